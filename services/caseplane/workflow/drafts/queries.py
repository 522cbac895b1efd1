"""What is searched for to answer a ticket: its questions, without what documents cannot know."""

import re
from collections.abc import Iterator

from caseplane.dialogue import split_questions, understand
from caseplane.text.personal import sentences
from caseplane.triage.drafting import Situation, asked

LONGEST_QUERY = 2_000
MOST_QUERIES = 4
_NUMBERED = re.compile(r"\b[A-Z]{2,5}-\d+\b|(?<![\w&/])#\d+\b|\b0x[0-9A-Fa-f]+\b|\[[a-z]+\]")


def queries_of(situation: Situation) -> list[str]:
    """Wordings to search for, one after another until an answer passes; none for a ticket without words."""
    found = [_plain(wording, situation)[:LONGEST_QUERY] for wording in _wordings(situation)]
    return list(dict.fromkeys(wording for wording in found if wording))[:MOST_QUERIES]


def _wordings(situation: Situation) -> Iterator[str]:
    whole = asked(situation)
    questions = "\n".join(understand(whole).questions)
    yield f"{situation.subject}\n{questions}" if questions else whole
    yield questions
    for part in split_questions(questions):
        # Background may hide the question from a search that weighs every word.
        told = [sentence for sentence in sentences(part.asks) if sentence.endswith("?")]
        yield " ".join(told) or part.asks


def _plain(wording: str, situation: Situation) -> str:
    """Without numbers of orders and the like: no document has them, and a search would take their lack for a doubt."""
    for value in situation.fields.values():
        if any(map(str.isdigit, value)):
            wording = wording.replace(value, " ")
    return re.sub(r"[ \t]{2,}", " ", _NUMBERED.sub(" ", wording)).strip()
