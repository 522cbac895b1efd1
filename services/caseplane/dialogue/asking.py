"""Whether a stretch of text asks or requests something, by how it begins; in the languages of our notices, pt and nl."""

import re

from caseplane.dialogue.folding import tokens
from caseplane.text.folding import fold
from caseplane.text.stop_words import ANSWER, TAGS
from caseplane.text.words import key_of, keys

_GREETED = r"(?:(?:hi|hello|hey|hallo|bonjour|hola|ciao|please|bitte|thanks?|danke|so|ok|okay|well|also|and|but|then|und|aber|et|mais|y|pero|e|ma|en|maar|mas)\b[\s,!.]*)*"
_PEOPLE = (
    r"(?:i|we|you|one|he|she|it|they|there|this|that|these|those|the|a|an|my|our|your|his|her|its|their|any|some|all"
    r"|anyone|someone|somebody|people|users?|customers?|guests?|members?|admins?)"
)
_WH = r"(?:how|what(?:'s)?|where(?:'s)?|when|why|who|whom|whose|which|how's)"
_AUX = (
    r"(?:can|could|may|might|do|does|did|is|are|am|was|were|will|would|should|shall|must|has|have|had"
    r"|(?:ca|do|does|did|is|are|wo|could|would|should|has|have)n'?t)"
)
_WH_OTHER = (
    r"(?:wie|was|wo|wohin|woher|wann|warum|wieso|weshalb|wer|wen|wem|wieviel|womit|wofur|welche[rsnm]?"
    r"|comment|pourquoi|quand|combien|quel(?:le)?s?|est-ce|qu'est-ce|ou(?= (?:puis|peut|est|sont|trouver|se|je|dois))"
    r"|como|donde|cuando|cuant[oa]s?|cual(?:es)?|por que|porque|quien|que(?= (?:hago|pasa|puedo|es|significa|debo|cuesta))"
    r"|come|dove|quando|quant[oaie]|perche|quale|quali|cosa|che cosa|cos'e|qual|onde|o que"
    r"|hoe|wat|waar|wanneer|waarom|wie|welke|hoeveel)"
)
_AUX_OTHER = (
    r"(?:kann|konnen|konnte|darf|durfen|muss|mussen|soll|sollte|gibt es|geht|ist|sind|hat|haben|wird|werden)"
    r"(?= (?:ich|wir|man|es|er|sie|das|der|die|ein|eine|mein|unser|der|jemand))"
    r"|(?:puis-je|peut-on|pouvez-vous|dois-je|faut-il|y a-t-il|est-il)"
    r"|(?:puedo|podemos|se puede|debo|hay|tengo que)|(?:posso|possiamo|si puo|devo|c'e)|(?:ha|podemos|da para)(?= )"
    r"|(?:kan|kunnen|mag|moet|is er)(?= )"
)
_REQUEST = (
    r"(?:(?:please|can you|could you|would you|kindly) )*(?:tell me|explain|show me|let me know|help me|advise|describe)\b"
    r"|i(?:'d| would|'m| am)? (?:also )?(?:want|need|like|wish|have) to\b|i (?:also )?(?:want|need)\b|i(?:'m| am) (?:trying|looking)\b|i wonder\b"
    r"|we (?:also )?(?:want|need|would like) |looking for\b|is there\b|any way to\b|(?:how|where|what) to\b"
    r"|(?:ich|wir) (?:mochte|mochten|will|wollen|brauche|muss|wurde gern)\b|erklaren sie|sagen sie mir"
    r"|(?:je|nous) (?:veux|voudrais|voudrions|souhaite|dois|cherche)|j'aimerais|dites-moi|expliquez"
    r"|(?:quiero|necesito|quisiera|queremos|necesitamos|me gustaria)\b|digame|explique"
    r"|(?:vorrei|voglio|devo|ho bisogno|vorremmo)\b|mi dica|spieghi"
    r"|(?:quero|preciso|gostaria)\b|ik (?:wil|moet|zou graag)\b"
)
_OPENS = re.compile(rf"{_GREETED}(?:{_WH}\b|{_AUX} {_PEOPLE}\b|{_WH_OTHER}\b|{_AUX_OTHER}|{_REQUEST})")
CLAUSE = re.compile(
    rf"(?:{_WH} (?:{_AUX}\b|to\b|much\b|many\b|long\b|often\b|{_PEOPLE}\b|\w+ {_AUX}\b)|{_AUX} {_PEOPLE}\b|{_WH_OTHER} |{_AUX_OTHER})"
)
"""The beginning of a question within a sentence, in folded text."""
DIRECT = re.compile(
    rf"(?:{_WH} (?:{_AUX}|to|much|many)\b|(?:wie|wo|comment|donde|dove|onde|hoe|waar|combien|cuanto|quanto)\b|como\b|come\b)"
)
"""The beginning of a question that cannot be a subordinate clause."""
FRAME = re.compile(
    r"(?:how (?:do|can|could|should|would|does one) (?:i|we|you|one)|how to|can (?:i|we)|may (?:i|we)|where (?:do|can) (?:i|we)"
    r"|is it possible to|i (?:want|need|would like) to|i'd like to|(?:please )?tell me how to"
    r"|wie (?:kann|muss|soll) (?:ich|man)|kann (?:ich|man)|comment (?:puis-je|peut-on|faire pour)?|puis-je|peut-on"
    r"|como (?:puedo|se puede)?|puedo|come (?:posso|si puo|faccio a|si fa a)?|posso|hoe (?:kan|moet) (?:ik|je))\b"
)
"""The part of a question that a second task shares with the first: "how do I"."""
VERBS = keys(
    "enable configure set activate use switch turn add create define register make change update edit modify replace rotate"
    " reset delete remove uninstall drop install deploy see view list show get find check monitor run start launch execute"
    " trigger stop disable pause hold suspend prevent deactivate restrict limit permit allow exclude ignore skip undo revert"
    " rollback restore export import download upload invite cancel upgrade downgrade renew pay refund transfer move copy"
    " duplicate rename share publish archive connect disconnect integrate link merge migrate sync schedule send receive"
    " block unblock unsubscribe subscribe verify log sign close open save print search filter sort assign approve reject"
)
_INFINITIVE = re.compile(r"\w{2,}(?:er|ir|oir|re|ar|are|ere|ire)$")
_EMPTY = frozenset(
    """
    help question questions idea ideas possible know tell wrong work works please anyone anybody someone there advice sense
    help assist understand normal issue problem happening happen happens going fix solve solution resolve ok fine right correct
    hilfe frage fragen idee moglich wissen sagen falsch jemand rat normal problem helfen aide question idee possible savoir
    probleme normal quelqu'un aider ayuda pregunta idea posible saber problema normal alguien ayudar aiuto domanda
    possibile sapere qualcuno aiutare thing things thanks thank hi hello hey bug case info information feedback
    """.split()
)
_STOP = ANSWER | frozenset(fold(word) for word in TAGS) | _EMPTY
_KIND = re.compile(
    r"(?:how (?:much|many|long|often|far|big|large)|when|where|who|which|wieviel|wie (?:viel|lange|oft|teuer)|wann|wo|combien|quand"
    r"|cuanto|cuando|donde|quanto|dove|hoeveel|waar|wanneer)\b"
)


def asks(text: str) -> bool:
    """Whether a sentence asks or requests something."""
    return _ends_asking(text) or opens_question(text)


def opens_question(text: str) -> bool:
    """Whether a sentence begins as a question or a request does, with or without a question mark."""
    return bool(_OPENS.match(fold(text).lstrip(" ¿-*•")))


def _ends_asking(text: str) -> bool:
    return text.rstrip(" \"'”»)*_").endswith(("?", "？", "؟"))  # noqa: RUF001


def subjects(text: str) -> list[str]:
    """Keys of the words that say what a text is about."""
    return [
        key_of(word) for word in tokens(text) if word not in _STOP and not word.isdecimal() and len(word) > 1
    ]


def says_something(text: str) -> bool:
    """Whether a question can stand beside another: "Why?" and "Any idea?" belong to what was said before."""
    return bool(subjects(text)) or bool(_KIND.search(fold(text)))


def begins_with_verb(text: str) -> bool:
    """Whether a text begins with the verb of a task, as the second of "how do I delete x and export y" does."""
    said = tokens(text)
    if said and said[0] == "to":
        said = said[1:]
    return bool(said) and (key_of(said[0]) in VERBS or bool(_INFINITIVE.match(said[0])))


def topic_words(text: str) -> str:
    """What a question is about, without what it wants done: "workspace" of "How do I delete a workspace?"."""
    said = [word for word in fold(text).replace("?", " ").split() if any(map(str.isalnum, word))]
    told = [word for word in said if any(part not in _STOP for part in tokens(word))]
    things = [word for word in told if key_of(tokens(word)[0]) not in VERBS]
    return " ".join(things or told)
