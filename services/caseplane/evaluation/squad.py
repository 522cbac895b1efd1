"""Reads SQuAD 2.0: paragraphs, questions, and which of them the paragraphs do not answer."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from caseplane.core.errors import InvalidInputError
from caseplane.evaluation.workspace import Passage


class _Answer(BaseModel):
    text: str
    answer_start: Annotated[int, Field(ge=0)]


class _Question(BaseModel):
    question: str
    is_impossible: bool = False
    answers: list[_Answer] = []


class _Paragraph(BaseModel):
    context: str
    qas: list[_Question]


class _Article(BaseModel):
    title: str
    paragraphs: list[_Paragraph]


class _Squad(BaseModel):
    data: list[_Article]


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """A question with its paragraph and accepted answers.

    Attributes:
        article: title of the article; questions of one article resemble one another.
        passage: key of the paragraph it was written for.
        answers: accepted answers with their start in the paragraph; none if unanswerable.
    """

    text: str
    article: str
    passage: str
    answers: tuple[tuple[str, int], ...]

    @property
    def answerable(self) -> bool:
        return bool(self.answers)

    def answered_by(self, content: str) -> bool:
        """Whether a text contains an accepted answer, ignoring case and white space."""
        flat = " ".join(content.split()).casefold()
        return any(" ".join(answer.split()).casefold() in flat for answer, _ in self.answers)


def load_squad(path: Path) -> tuple[list[Passage], list[SquadQuestion]]:
    """Read a file.

    Raises:
        InvalidInputError: it cannot be read, or is not in SQuAD 2.0 form.
    """
    try:
        squad = _Squad.model_validate(json.loads(path.read_bytes()))
    except OSError as exc:
        raise InvalidInputError(f"{path} cannot be read: {exc.strerror}.") from exc
    except (ValueError, ValidationError) as exc:
        raise InvalidInputError(f"{path} is not in SQuAD 2.0 form: {exc}") from exc
    passages: list[Passage] = []
    questions: list[SquadQuestion] = []
    for article in squad.data:
        title = article.title.replace("_", " ")
        for paragraph in article.paragraphs:
            key = f"passage-{len(passages)}"
            passages.append(Passage(key=key, title=title, text=paragraph.context))
            questions += [
                SquadQuestion(
                    text=asked.question,
                    article=article.title,
                    passage=key,
                    answers=()
                    if asked.is_impossible
                    else tuple((answer.text, answer.answer_start) for answer in asked.answers),
                )
                for asked in paragraph.qas
            ]
    return passages, questions
