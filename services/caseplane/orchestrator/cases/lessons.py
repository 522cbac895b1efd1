"""What a resolved conversation teaches: pure, from its messages.

A case teaches the question that was not answered before, and what a person then said to everyone's use. Words that the
customer turned away, that only say what was done, or that concern this customer alone teach nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from caseplane.dialogue import Act, After, Said, understand
from caseplane.orchestrator.cases.schemas import Why
from caseplane.orchestrator.conversations.matter import asked_in, question_of
from caseplane.orchestrator.conversations.models import Message
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.states import Resolution
from caseplane.text.personal import asks_for_oneself, is_personal, sentences, without_marks
from caseplane.text.words import words

FEWEST_WORDS = 3
"""With a meaning of their own, that an answer to others needs."""
_GREETING = (
    r"(?:hi|hello|hey|dear|hallo|guten \w+|liebe[rs]?|sehr geehrte\w*|bonjour|bonsoir|cher|ch[èe]re|hola|buen[oa]s \w+"
    r"|estimad[oa]|buongiorno|buonasera|salve|gentile|ciao)"
)
_PLEASANTRY = re.compile(
    rf"\W*(?:{_GREETING}\b[^.!?\n]{{0,40}}"
    r"|(?:many |kind )?(?:thanks|thank you)\b[^.!?\n]{0,80}|(?:vielen |herzlichen )?dank\w*\b[^.!?\n]{0,80}|merci\b[^.!?\n]{0,80}"
    r"|(?:muchas )?gracias\b[^.!?\n]{0,80}|grazie\b[^.!?\n]{0,80}|(?:best|kind) regards.*|mit freundlichen.*|cordialement.*|saludos.*|(?:cordiali )?saluti.*"
    r"|sorry\b[^.!?\n]{0,80}|(?:i|we) apologi[sz]e\b.*|(?:es )?tut (?:mir|uns) leid\b.*|d[ée]sol[ée]\w*\b.*|lo siento\b.*|mi dispiace\b.*|lo sentimos\b.*|ci dispiace\b.*"
    r"|(?:please )?let (?:me|us) know\b.*|(?:i|we) hope (?:this|that|it) helps?\b.*|hope (?:this|that) helps?\b.*|does (?:this|that) help.*|feel free to\b.*"
    r"|(?:melden|schreiben) sie sich\b.*|ich hoffe,? das hilft.*|n'h[ée]sitez pas\b.*|no dude en\b.*|non esiti\b.*|(?:you're|you are) welcome\b.*|happy to help.*"
    r"|gern(?: geschehen)?|de rien|de nada|prego|have a (?:nice|great|good)\b.*)\W*",
    re.IGNORECASE,
)
_SALUTATION = re.compile(rf"\W*{_GREETING}\b[^,.!?\n:;]{{0,40}}[,!:]\s+(?=\S)", re.IGNORECASE)
_HOLDING = re.compile(
    r"\b(?:i|we)(?:'m|'re|'ll| am| are| will| have| need to| can)?(?: \w+){0,2} (?:look(?:ing|ed)? (?:in)?to|check(?:ing)?|investigat\w+|get(?:ting)? back to"
    r"|come back to|forward(?:ed|ing)?|pass(?:ed|ing)?|escalat\w+|working on|ask(?:ed|ing)? (?:my|our|the))\b"
    r"|\b(?:one|a|just a) moment\b|\bplease (?:wait|bear with)\b|\b(?:could|can|would) you (?:please )?(?:tell|send|give|share|provide|confirm|try)\b|\bwhich \w+ (?:do|are) you\b.*\?"
    r"|\b(?:ich|wir) (?:schaue?n?|prüfen?|kümmern?|klären?|melden?)\b|\beinen moment\b|\b(?:je|nous) (?:regarde|v[ée]rifi\w+|reviens|revenons|transmets)\b|\bun instant\b"
    r"|\b(?:lo |la )?(?:estoy|estamos) (?:revisando|investigando|comprobando)\b|\b(?:voy|vamos) a (?:revisar|comprobar|investigar)\b|\bun momento\b"
    r"|\b(?:sto|stiamo) (?:verificando|controllando)\b|\b(?:verifico|controllo|verifichiamo)\b|\bun attimo\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\W*(?:(?:it(?:'s| is| was| has been)?|this|that|all|everything|the \w+(?: \w+)?)(?: is| was| has been| has now been| should be)? )?(?:now |already |just )?"
    r"(?:fixed|solved|resolved|done|sorted(?: out)?|corrected|closed|handled|taken care of|repaired|works?(?: again| now)?|working(?: again| now)?)\b"
    r"(?:,? (?:by|via|with|through|after)\b.*|,? (?:now|again|on our (?:side|end)|for (?:you|now)|as discussed)\b.*)?"
    r"|\W*(?:i|we)(?:'ve| have)?(?: just| now| already| also)? (?!recommend|suggest|support|offer|need|advise|only)\w+(?:ed|set|sent|took|put|made|found|ran|did|rebuilt|restarted)\b(?![^.!?\n]*\b(?:so|therefore|please|you can|you need|now you|updat\w+|upgrad\w+|install)\b).*"
    r"|\W*(?:ist |wurde |habe (?:ich|wir) |ich habe |wir haben )?(?:das |es |den \w+ |die \w+ )?.{0,40}\b(?:erledigt|behoben|gelöst|gefixt|korrigiert|zurückgesetzt|repariert)\b.{0,60}"
    r"|\W*(?:c'est |le probl[èe]me est |probl[èe]me )?(?:r[ée]solu|corrig[ée]|r[ée]par[ée]|fait|r[ée]gl[ée])\b.{0,80}|\W*(?:j'ai|nous avons) .*"
    r"|\W*(?:ya )?(?:est[áa] )?(?:resuelto|solucionado|arreglado|corregido|hecho)\b.{0,80}|\W*(?:he|hemos) \w+(?:ado|ido|to|cho)\b.*"
    r"|\W*(?:[èe] )?(?:stato )?(?:risolto|corretto|sistemato|fatto|riparato)\b.{0,80}|\W*(?:ho|abbiamo) \w+to\b.*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Lesson:
    """What a case teaches, or why it does not.

    Attributes:
        question: that was not answered before; of a case without one, the customer's first words.
        resolution: what solved it, in the words that the customer read; empty if there are none.
        why_not: None if it teaches.
    """

    question: str
    resolution: str
    why_not: Why | None = None


def lesson_of(messages: Sequence[Message], resolution: Resolution | None) -> Lesson | None:
    """The lesson of a conversation; None if the customer wrote nothing."""
    first = next((m for m in messages if m.role == MessageRole.customer), None)
    if first is None:
        return None
    spoken = _of_agents(messages)
    said = [m for m in spoken if not _turned_away(m, messages)]
    if not spoken and resolution is Resolution.confirmed:
        said = _confirmed_answer(messages)
    before = [m for m in messages if m.seq < spoken[0].seq] if spoken else messages
    asking = question_of(before)
    question = without_marks(asked_in(asking.asked_redacted)) if asking else ""
    answer = "\n\n".join(m.asked_redacted for m in said)
    why = _why_not(question, answer, turned_away=bool(spoken) and not said, by_agent=bool(spoken))
    useful = _useful(answer) if spoken else answer
    return Lesson(question or first.asked_redacted, useful if why is None else answer, why)


def _of_agents(messages: Sequence[Message]) -> list[Message]:
    """What agents said publicly since the case last went to a person."""
    handed = [m.seq for m in messages if m.meta.get("kind") == "handoff"]
    said = [m for m in messages if m.role == MessageRole.agent and not _is_replaced(m, messages)]
    since = [m for m in said if m.seq > handed[-1]] if handed else said
    return since or said


def _is_replaced(message: Message, messages: Sequence[Message]) -> bool:
    return any(m.meta.get("replaces") == str(message.id) for m in messages)


def _turned_away(said: Message, messages: Sequence[Message]) -> bool:
    """Whether the customer said of it that it did not help, or doubted it, before anything else was said."""
    for message in messages:
        if message.seq <= said.seq:
            continue
        if message.role in (MessageRole.agent, MessageRole.assistant):
            return False
        if message.role == MessageRole.customer:
            act = understand(message.asked, after=After(Said.answer)).act
            if act in (Act.failure, Act.doubt):
                return True
    return False


def was_turned_away(resolution: str, messages: Sequence[Message]) -> bool:
    """Whether the customer turned a case's resolution away after the case was closed."""
    return any(
        _turned_away(m, messages)
        for m in messages
        if m.role in (MessageRole.agent, MessageRole.assistant)
        and resolution
        and (_useful(m.asked_redacted) or m.asked_redacted) in resolution
    )


def _confirmed_answer(messages: Sequence[Message]) -> list[Message]:
    """The assistant's last answer, if the customer did not turn it away."""
    answers = [m for m in messages if m.role == MessageRole.assistant and m.citations]
    return [answers[-1]] if answers and not _turned_away(answers[-1], messages) else []


def _why_not(question: str, answer: str, *, turned_away: bool, by_agent: bool) -> Why | None:
    if not question:
        return Why.no_question
    if turned_away:
        return Why.turned_away
    if not answer:
        return Why.no_answer
    if by_agent and (is_personal(answer) or asks_for_oneself(question)):
        return Why.person_bound
    if by_agent and sum(word.is_content for word in words(_useful(answer))) < FEWEST_WORDS:
        return Why.only_done
    return None


def _useful(answer: str) -> str:
    """The answer without sentences that greet, ask back, put off, or only say what was done."""
    paragraphs = []
    for paragraph in _SALUTATION.sub("", answer, count=1).split("\n"):
        kept = [each for each in sentences(paragraph) if not _says_nothing(each)]
        paragraphs.append(" ".join(kept))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(paragraphs)).strip()


def _says_nothing(sentence: str) -> bool:
    return bool(_PLEASANTRY.fullmatch(sentence) or _DONE.fullmatch(sentence) or _HOLDING.search(sentence))
