"""Reads what a customer's message does."""

import re
from collections.abc import Sequence

from caseplane.dialogue.acts import Act, After, Said, Understanding
from caseplane.dialogue.asking import asks
from caseplane.dialogue.intents import is_confirmation, is_thanks, wants_person
from caseplane.dialogue.picking import PickKind, picked
from caseplane.dialogue.segments import Segment, normal, recognised, segments

_DECISIVE = (
    Act.asks_about_assistant,
    Act.failure,
    Act.doubt,
    Act.none_of_them,
    Act.announcement,
    Act.acknowledgement,
    Act.thanks,
    Act.farewell,
    Act.greeting,
)
"""Of several acts without a question, the first of these decides on the reply."""
_DEPEND = frozenset({Act.failure, Act.doubt, Act.acknowledgement, Act.none_of_them})
"""Acts that mean something only after something was said."""
_LEADS = re.compile(
    r"\s*((?:[^\W\d_]|['’])+(?:\s+(?:[^\W\d_]|['’])+){0,2}?)\s+"  # noqa: RUF001
    r"(?=(?:how|what|where|when|why|who|which|can|could|is|are|do|does|did|my|our|the|i|i'?m|we|but|and|please|quick|wie|was|wo"
    r"|wann|warum|wer|welche\w*|kann|k[oö]nnen|ich|wir|mein\w*|aber|und|bitte|comment|o[uù]|quand|pourquoi|est|je|j'|mon|ma|mais"
    r"|et|c[oó]mo|qu[eé]|d[oó]nde|cu[aá]ndo|por|puedo|mi|pero|y|come|dove|quando|perch[eé]|posso|il|la|ma|como|onde|meu"
    r"|minha|mas|hoe|waar|wanneer|waarom|mijn|maar|en)\b)",
    re.IGNORECASE,
)
_LEADING = frozenset({Act.greeting, Act.thanks, Act.acknowledgement})


def understand(text: str, *, after: After = After()) -> Understanding:  # noqa: B008 - frozen
    """What a message does after what was said before it.

    Small talk before and after the content is left out of the questions; small talk amid the content stays.

    Args:
        text: the message, or several that came together, one a line.
        after: what was last said to the customer, small talk left out.
    """
    found = [_seen_after(segment, after) for segment in segments(text)]
    begin, end = _content(text, found)
    small = [segment for segment in found if segment.end <= begin or segment.start >= end]
    acts = [segment.act for segment in small if segment.act is not None]
    shown = {segment.language for segment in small if segment.language}
    language = shown.pop() if len(shown) == 1 else None
    if wants_person(text) and acts != [Act.asks_about_assistant]:
        return Understanding(
            Act.wants_person, (*acts, Act.wants_person), _questions(text, begin, end), language=language
        )
    if after.said is Said.clarification and (reply := _reply(text, after, language)):
        return reply
    if after.said in (Said.answer, Said.person, Said.closing) and is_confirmation(text):
        return Understanding(Act.confirmation, (Act.confirmation,), language=language)
    questions = _questions(text, begin, end)
    if questions:
        failed = Act.failure in acts and after.said is not Said.nothing
        return Understanding(
            Act.failure if failed else Act.question, (*acts, Act.question), questions, language=language
        )
    if not acts and is_thanks(text):
        acts = [Act.thanks]
    return Understanding(_decisive(acts), tuple(acts), language=language)


def _reply(text: str, after: After, language: str | None) -> Understanding | None:
    """What a reply to a question with choices does; None if it is about something else."""
    pick = picked(text, after.choices)
    if pick is None:
        return None
    rest = _questions(pick.rest, *_content(pick.rest, segments(pick.rest)))
    asked = tuple(each for each in rest if asks(each))
    if pick.kind is PickKind.chosen:
        beside = "" if asked else " ".join(rest)
        acts = (Act.choice, Act.question) if asked else (Act.choice,)
        return Understanding(Act.choice, acts, asked, pick.places, beside, language)
    if pick.kind is PickKind.none and rest:
        return Understanding(Act.question, (Act.none_of_them, Act.question), rest, language=language)
    act = Act.none_of_them if pick.kind is PickKind.none else Act.acknowledgement
    return Understanding(act, (act,), language=language)


def _decisive(acts: Sequence[Act]) -> Act:
    return next((act for act in _DECISIVE if act in acts), Act.acknowledgement)


def _questions(text: str, begin: int, end: int) -> tuple[str, ...]:
    """What is left to be searched for."""
    content = text[begin:end].strip()
    return (content,) if content else ()


def _content(text: str, found: list[Segment]) -> tuple[int, int]:
    """Start and end of the content: from the first to the last segment that is neither small talk nor filler."""
    content = [segment for segment in found if segment.act is None and not segment.filler]
    if not content:
        return len(text), len(text)
    begin, last = content[0].start, content[-1]
    following = [segment.start for segment in found if segment.start >= last.end]
    end = min(following, default=len(text))
    return _after_lead(text, begin, end), end


def _after_lead(text: str, begin: int, end: int) -> int:
    """The start of the content behind small talk that no punctuation ends: "hi how do I …"."""
    lead = _LEADS.match(text, begin, end)
    if lead and recognised(normal(lead[1]))[0] in _LEADING:
        return lead.end()
    return begin


def _seen_after(segment: Segment, after: After) -> Segment:
    """The segment as what was said before lets it be understood."""
    if segment.act is Act.failure and after.said is Said.clarification:
        return Segment(segment.start, segment.end, Act.none_of_them, segment.language)
    if segment.act is Act.none_of_them and after.said is not Said.clarification:
        return Segment(segment.start, segment.end, None, segment.language)
    return segment
