"""Three simple intents that need no model: asking for a person, confirming a solution, thanking.

Each is a set of phrases in the major languages of support, chosen so that a question about the subject
("how do I install the agent?") does not match. A missed intent costs one more turn; a false match closes
or escalates a case, so doubtful cases do not match.
"""

import re

from caseplane.dialogue.calls import wants_a_call

_PERSON = (
    r"(?:(?:real|live|actual|human|proper) )?(?:human(?: being)?s?|persons?|people|representatives?"
    r"|reps?|operators?|supervisors?|managers?|somebody|someone|(?:support|customer service) "
    r"(?:agents?|staff|team|reps?|representatives?|persons?|people|specialists?)|advis[oe]rs?"
    r"|(?:live|human|real) (?:agents?|chat|support)|staff(?: members?)?|customer (?:service|support))"
)
_WANTS_EN = re.compile(
    rf"\b(?:talk|speak|chat|connect me|transfer me|escalate(?: me| this| it)?|hand(?: me)? over"
    rf"|put me through|pass me|get me|forward me|switch me)\b(?: on)? ?(?:directly |now |please )?"
    rf"(?:to|with|through to|over to|onto)? ?(?:an? |the |some |your |another )?"
    rf"(?:{_PERSON}|agents?)\b(?! (?:pod|process|config|version|install|plugin|setting|mode)\w*)"
    rf"|\b(?:i(?:'d| would)? (?:like|want|need|prefer|demand)|give me|get me|let me have|i want|find me)"
    rf" (?:to (?:have|get|see) )?(?:an? |some |your |the )?(?:{_PERSON}|agent)"
    rf"(?: (?:to (?:help|call|contact|talk|speak|look|handle|assist|answer)|please|now|here|on)\b|\s?[.,!?]|\s?$)"
    rf"|\b(?:is|are) there (?:an? |any )?(?:{_PERSON}|agent)(?: \w+){{0,3}} (?:i can|who can|to) "
    rf"(?:talk|speak|chat|help)"
    rf"|\b(?:can|could|may|will) (?:i|you|somebody|someone|a human|a (?:real )?person)\b[^.!?\n]{{0,20}}"
    rf"(?:have|get|reach|contact|call me|ring me) ?(?:an? |the )?(?:human|real person|live agent"
    rf"|representative|person from|supervisor|manager)\b"
    rf"|\b(?:not|no more|stop with (?:the|this)|enough of (?:the|this)) (?:a |the |this )?(?:ro)?bots?\b"
    rf"[^.!?\n]{{0,30}}\b(?:human|person|someone|people)\b",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"\W*(?:(?:an?|the|please|pls|i said|just|real|live|human|customer|now|give me|une?|un[ao]|uma?|ein|einen|een|en) ){0,3}"
    r"(?:human(?: being)?|(?:real |live )?person|(?:live |real |human |support )?agent|representative"
    r"|operator|supervisor|manager|customer (?:service|support)|mitarbeiter|mensch|agente|humano"
    r"|operatore|humain|conseill(?:er|[èe]re)|asesor|atendente|medewerker|konsultant|cz[łl]owiek|оператор|менеджер|человек"
    r"|handl[äa]ggare|medarbetare|m[äa]nniska|人工|人工客服|转人工|オペレーター|担当者|상담원|상담사)"
    r"(?:[ ,]+(?:please|pls|now|bitte|por favor|per favore|s'il vous pla[iî]t|svp|graag|alstublieft|prosz[ęe]|tack"
    r"|пожалуйста|お願いします))?\W*",
    re.IGNORECASE,
)
_WANTS_OTHER = re.compile(
    # German
    r"\b(?:mit|zu|an) (?:einem|einer|einen|eine|ihrem|jemandem?|ihren)? ?(?:echten |richtigen |realen )?"
    r"(?:mensch\w*|person|mitarbeiter\w*|jemand\w*|berater\w*|kundenservice|kundendienst|support)\b"
    r"[^.!?\n]{0,40}\b(?:sprechen|reden|verbinden|verbunden|chatten|weiterleiten|telefonieren)"
    r"|\b(?:verbinden|leiten) sie mich\b[^.!?\n]{0,30}\b(?:mitarbeiter|mensch|berater|person|kollegen)"
    # French
    r"|\b(?:parler|discuter|[ée]changer|mettre en relation|pass(?:er|ez)|transf[ée]re[rz]|joindre|contacter)\b"
    r"[^.!?\n]{0,25}\b(?:humain|(?:vraie )?personne|conseiller\w*|agent|op[ée]rateur|quelqu'un)"
    # Spanish, Portuguese, Italian
    r"|\b(?:hablar|comunicar(?:me)?|chatear|p[áa]s[ae]me|contactar|falar|conversar|parlare|chattare"
    r"|passatemi|mi passi|transferir|transfiera\w*)\b[^.!?\n]{0,25}\b(?:humano|humana|persona|agente"
    r"|asesor\w*|representante|alguien|operador\w*|atendente|pessoa|algu[ée]m|umano|operatore"
    r"|operatrice|qualcuno|consulente)\b"
    # Dutch, Polish
    r"|\b(?:spreken|praten)\b[^.!?\n]{0,20}\bmet\b[^.!?\n]{0,20}\b(?:mens|medewerker|persoon|iemand)"
    r"|\bmet (?:een|iemand) ?(?:echte |echt )?(?:mens|medewerker|persoon)?\b[^.!?\n]{0,20}"
    r"\b(?:spreken|praten|chatten)"
    r"|\b(?:rozmawia[ćc]|porozmawia[ćc]|po[łl][ąa]cz\w*)\b[^.!?\n]{0,20}\b(?:cz[łl]owiek\w*"
    r"|konsultant\w*|osob\w*|pracownik\w*)"
    r"|\b(?:wil|wens|moet|kan|mag)\b[^.!?\n]{0,20}\b(?:iemand|een (?:mens|medewerker|persoon)) (?:spreken|aan de lijn)"
    # Swedish
    r"|\b(?:prata|tala|chatta|koppla(?:s| mig)?)\b[^.!?\n]{0,20}\b(?:med|till)\b[^.!?\n]{0,20}\b(?:m[äa]nniska|person"
    r"|medarbetare|handl[äa]ggare|n[åa]gon|kundtj[äa]nst)"
    # Russian, Chinese, Japanese, Korean
    r"|(?:поговорить|соедините|переключите|связаться|позовите)[^.!?\n]{0,25}"
    r"(?:человек|оператор|сотрудник|менеджер|специалист)"
    r"|(?:转|轉|找|要|接)(?:接)?(?:人工|真人|客服人员|客服人員)|人工客服|(?:和|跟|与)(?:真人|人工|客服)"
    r"|(?:人間|担当者|オペレーター|スタッフ)(?:に|と)(?:話|つな|繋|代)"
    r"|상담원|사람(?:과|이랑|하고) (?:이야기|대화|통화)",
    re.IGNORECASE,
)
_DECLINES = re.compile(
    r"\b(?:don'?t|do not|didn'?t|no need|not|never|without|instead of|rather than)"
    r"(?: (?:to|want|need|have|having|wish|like|would|talk\w*|speak\w*|yet|really)){0,4}$"
    r"|\b(?:do|does|must|should) (?:i|we|one|you) (?:(?:really|actually|always) )?(?:have|need)? ?(?:to)?$",
    re.IGNORECASE,
)

_THANKS = re.compile(
    r"\b(?:thank(?:s| you|u)?|thx|ty|tysm|cheers|much appreciated|appreciate (?:it|that|your help)"
    r"|danke\w*|vielen dank|merci|gracias|grazie|obrigad[oa]|bedankt|dank (?:je|u)|dzi[ęe]kuj[ęe]"
    r"|tack|спасибо|благодарю)\b|谢谢|謝謝|多谢|感谢|ありがとう|감사|고마워",
    re.IGNORECASE,
)
_SOLVED = re.compile(
    r"\b(?:(?:that|this|it|which|everything|all|problem|issue)(?:'s| is| has| was| has been|'s been)?"
    r" ?(?:all |now |totally |completely |finally |already )*(?:solved|resolved|fixed|sorted(?: out)?"
    r"|works?|worked|working|helped|did (?:it|the trick)|done the trick|answers? (?:my|the) question"
    r"|perfect|exactly what i need(?:ed)?)(?: (?:now|again|perfectly|great|fine|well|it|me|my \w+))*"
    r"|^(?:solved|resolved|fixed|sorted)(?: it| now| my (?:problem|issue))?|it works|works now"
    r"|(?:i'?m|we'?re|i am|we are) (?:all )?(?:good|set|sorted)(?: now)?|all (?:good|set|sorted)(?: now)?"
    r"|got it (?:working|to work|sorted|fixed)|you can close (?:this|the|my)|(?:please )?close (?:this|the|my) (?:ticket|case|chat)"
    r"|(?:das|es) (?:hat (?:funktioniert|geklappt|geholfen)|funktioniert(?: jetzt| nun)?|klappt)"
    r"|problem (?:ist )?gel[öo]st|(?:ist |hat sich )(?:erledigt|gel[öo]st)"
    r"|(?:[çc]a|cela) (?:marche|fonctionne|a (?:march[ée]|fonctionn[ée]))|probl[èe]me (?:est )?r[ée]solu"
    r"|(?:ya |ahora )?funciona(?: ahora| ya| agora| bien)?|(?:ya )?(?:est[áa] )?(?:solucionado|resuelto)"
    r"|problema (?:resuelto|solucionado|risolto|resolvido)|(?:ora |adesso )funziona|(?:ha )?funzionato"
    r"|risolto|resolvido|deu certo|(?:het )?werkt (?:nu|weer)|opgelost|dzia[łl]a|заработало|всё работает"
    r"|проблема решена)\b|解决了|解決了|(?<!太)好了|可以了|解決しました|できました|해결",
    re.IGNORECASE,
)
_YES = re.compile(
    r"\W*(?:yes|yep|yeah|yup|sure|ja|jawohl|oui|s[íi]|sim|tak|да|是的?|はい|네)\b[^?]{0,40}$", re.IGNORECASE
)
_HELPED = re.compile(
    r"\b(?:help(?:ed|s|ful)|geholfen|a(?:vez)? (?:bien |beaucoup )?aid[ée]e?|ayud(?:[óo]|ado|aste|aron)|aiutato|ajudou)\b",
    re.IGNORECASE,
)
# With any of these, a thank-you or an "it works" does not end the case.
_NOT_OVER = re.compile(
    r"\?|\b(?:but|however|still|except|unless|not|no|nothing|never|yet|didn'?t|doesn'?t|don'?t|isn'?t"
    r"|wasn'?t|can'?t|cannot|won'?t|hasn'?t|haven'?t|couldn'?t|though|although|another (?:question"
    r"|problem|issue)|one more|also|wrong|fail\w*|error\w*|in advance|would be|if|until|once|when|how"
    r"|why|what|where|which one|who|need|want|please (?!close)|aber|nicht|noch|kein\w*|leider|trotzdem"
    r"|im voraus|mais|pas|toujours|encore|d'avance|pero|todav[íi]a|a[úu]n|de antemano|ma|ancora|per[òo]"
    r"|anticipo|mas|ainda|n[ãa]o|maar|niet|nog|ale|nie|non|purtroppo|malheureusement|lamentablemente|desafortunadamente"
    r"|infelizmente|helaas|но|не|ещё|еще|inte|men|tyv[äa]rr)\b|但|不|没|沒|が、|ません|안 |않|못",
    re.IGNORECASE,
)
_SAYS_NO_PROBLEM = re.compile(
    r"\b(?:no (?:more|further|other) (?:questions?|problems?|issues?|help)|no problems?(?: now| anymore)?"
    r"|nothing else|not? need(?:ed)? (?:any(?:thing)?|more|further))\b",
    re.IGNORECASE,
)
_LONGEST_REQUEST = 4000
_LONGEST_CONFIRMATION = 240
_MOST_WORDS_OF_THANKS = 12


def wants_person(text: str) -> bool:
    """Whether the customer asks for a human being."""
    text = _plain(text[:_LONGEST_REQUEST])
    if _ALONE.fullmatch(text):
        return True
    for pattern in (_WANTS_EN, _WANTS_OTHER):
        for match in pattern.finditer(text):
            if not _DECLINES.search(text[max(0, match.start() - 50) : match.start()].rstrip()):
                return True
    return wants_a_call(text)


def is_confirmation(text: str) -> bool:
    """Whether the customer says that the problem is solved; a thank-you alone does not."""
    text = _plain(text)
    if len(text) > _LONGEST_CONFIRMATION:
        return False
    cleaned = _SAYS_NO_PROBLEM.sub(" ", text)
    if _NOT_OVER.search(cleaned):
        return False
    agreed = bool(_YES.match(cleaned)) and bool(_HELPED.search(cleaned) or _THANKS.search(cleaned))
    helped = bool(_THANKS.search(cleaned)) and bool(_HELPED.search(cleaned))
    return bool(_SOLVED.search(cleaned)) or agreed or helped


def is_thanks(text: str) -> bool:
    """Whether the message is a thank-you and nothing more."""
    text = _plain(text)
    return (
        len(text) <= _LONGEST_CONFIRMATION
        and len(text.split()) <= _MOST_WORDS_OF_THANKS
        and bool(_THANKS.search(text))
        and not _NOT_OVER.search(_SAYS_NO_PROBLEM.sub(" ", text))
    )


def _plain(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").split())
