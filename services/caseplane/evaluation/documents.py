"""`caseplane eval documents`: what becomes of labelled questions about a folder of documentation.

Asks the whole product as a customer would: the platform runs in this process, the folder is uploaded, each question
is a conversation of its own. Definitions in the report:

- an answerable question is *right* if the reply holds one string of every list of its `must`, case ignored; answered
  otherwise it is *wrong*;
- `asked_back` counts replies that ask the customer to choose, `handed_over` those that go to a person;
- a *false answer* is a reply to a question that the documents do not answer;
- `right_of_answerable` is right out of answerable, `wrong_of_answered` wrong and false out of all that were answered,
  `unanswerable_answered` false answers out of unanswerable.
"""

import asyncio
import io
import json
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from caseplane.core.errors import InvalidInputError
from caseplane.evaluation.workspace import Progress
from caseplane.local.data import DataFolder
from caseplane.local.platform import ensure_tenant, open_platform
from caseplane.retrieval.parsing.folders import walk_folder

TENANT = "evaluation"
POLL_SECONDS = 0.5
WAIT_SECONDS = 50


class Labelled(BaseModel):
    """One line of a file of questions; further fields are for people."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    kb: str = ""
    """Subfolder of the documents; empty is the folder itself."""
    question: str | None = None
    turns: tuple[str, ...] = ()
    """What the customer says in turn; the reply to the last is judged."""
    answerable: bool
    kind: str = "other"
    must: tuple[tuple[str, ...], ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> "Labelled":
        if not self.said:
            raise ValueError("it has neither question nor turns")
        return self

    @property
    def said(self) -> tuple[str, ...]:
        return self.turns or ((self.question,) if self.question else ())

    def answered_by(self, content: str) -> bool:
        """Whether a reply says all that it must."""
        low = content.casefold()
        return all(any(each.casefold() in low for each in alternatives) for alternatives in self.must)


class Verdict(StrEnum):
    """What became of a question."""

    right = "right"
    wrong = "wrong"
    handed_over = "handed_over"
    asked_back = "asked_back"
    false_answer = "false_answer"


class Judged(BaseModel):
    """A question with its reply."""

    id: str
    kind: str
    verdict: Verdict
    said: tuple[str, ...]
    content: str
    confidence: float | None
    reason: str | None
    sources: list[str]


class DocumentsReport(BaseModel):
    """The output of `eval documents`; the module docstring has the definitions."""

    questions: int
    answerable: int
    right: int
    wrong: int
    handed_over: int
    asked_back: int
    false_answers: int
    right_of_answerable: float | None
    wrong_of_answered: float | None
    unanswerable_answered: float | None
    by_kind: dict[str, dict[str, int]]
    replies: list[Judged] = Field(repr=False)


def evaluate_documents(
    folder: Path,
    questions: Path,
    limit: int | None = None,
    *,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> DocumentsReport:
    """Measure replies to labelled questions.

    Args:
        folder: of documents; the questions' `kb` names its subfolders.
        questions: JSON lines, each a `Labelled`.
        limit: questions asked at most, spread evenly; None asks all.
        keep: folder for the indexed documents, so that the next run only asks; None uses a temporary one.
        progress: receives the progress.

    Raises:
        InvalidInputError: a file cannot be read, or a folder that a question names is missing.
    """
    labelled = load_labelled(questions)
    if limit is not None and limit < len(labelled):
        labelled = [labelled[index * len(labelled) // limit] for index in range(limit)]
    with tempfile.TemporaryDirectory(prefix="caseplane-eval-") as temporary:
        return report(asyncio.run(_ask_all(folder, labelled, keep or Path(temporary), progress)), labelled)


def load_labelled(path: Path) -> list[Labelled]:
    """Read the questions.

    Raises:
        InvalidInputError: the first line that is not one, by its number.
    """
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(Labelled.model_validate_json(line))
        except ValidationError as exc:
            raise InvalidInputError(f"{path.name}, line {number}: {exc.errors()[0]['msg']}.") from exc
    if not found:
        raise InvalidInputError(f"{path.name} has no questions.")
    return found


def report(judged: Sequence[Judged], labelled: Sequence[Labelled]) -> DocumentsReport:
    """Count verdicts."""
    counts = dict.fromkeys(Verdict, 0)
    by_kind: dict[str, dict[str, int]] = {}
    for each in judged:
        counts[each.verdict] += 1
        of_kind = by_kind.setdefault(each.kind, {verdict.value: 0 for verdict in Verdict})
        of_kind[each.verdict] += 1
    answerable = sum(each.answerable for each in labelled)
    false, wrong, right = counts[Verdict.false_answer], counts[Verdict.wrong], counts[Verdict.right]
    return DocumentsReport(
        questions=len(labelled),
        answerable=answerable,
        right=right,
        wrong=wrong,
        handed_over=counts[Verdict.handed_over],
        asked_back=counts[Verdict.asked_back],
        false_answers=false,
        right_of_answerable=_share(right, answerable),
        wrong_of_answered=_share(wrong + false, right + wrong + false),
        unanswerable_answered=_share(false, len(labelled) - answerable),
        by_kind=dict(sorted(by_kind.items())),
        replies=list(judged),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


async def _ask_all(
    folder: Path, labelled: Sequence[Labelled], data: Path, progress: Progress | None
) -> list[Judged]:
    async with _tenant(data) as api:
        bases = {}
        for name in sorted({each.kb for each in labelled}):
            bases[name] = await _index(api, folder / name, name or folder.name, progress)
        done = []
        for number, each in enumerate(labelled, 1):
            done.append(judge(each, await _converse(api, bases[each.kb], each)))
            if progress is not None:
                progress("Asking", number, len(labelled))
    return done


@asynccontextmanager
async def _tenant(data: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An admin of a tenant on a platform in this process."""
    folder = DataFolder(data)
    async with open_platform(folder) as platform, platform.app.router.lifespan_context(platform.app):
        async with platform.client(folder.secrets().platform_admin_key) as admin:
            key = await ensure_tenant(admin, folder, TENANT, "Evaluation")
        async with platform.client(key) as api:
            yield api


async def _index(api: httpx.AsyncClient, folder: Path, name: str, progress: Progress | None) -> str:
    """Upload a folder into the knowledge base of its name; what is there already is not indexed again."""
    archive = ("documents.zip", await asyncio.to_thread(_zipped, folder))
    known = (await _call(api, "GET", "/knowledge-bases"))["items"]
    base = next((each["id"] for each in known if each["name"] == name), None)
    if base is None:
        base = (await _call(api, "POST", "/knowledge-bases", json={"name": name}))["id"]
    where = f"/knowledge-bases/{base}"
    begun = await _call(api, "POST", f"{where}/documents", files=[("file", archive)])
    while True:
        state = await _call(api, "GET", f"{where}/ingestions/{begun['id']}")
        open_ = sum(state["counts"].get(each, 0) for each in ("awaited", "stored"))
        if progress is not None:
            total = sum(state["counts"].values())
            progress("Indexing", total - open_, total)
        if state["state"] != "running":
            return str(base)
        await asyncio.sleep(POLL_SECONDS)


def _zipped(folder: Path) -> bytes:
    if not folder.is_dir():
        raise InvalidInputError(f"There is no folder {folder}.")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in walk_folder(folder):
            if file.error is None:
                archive.write(file.path, file.uri)
    return buffer.getvalue()


async def _converse(api: httpx.AsyncClient, base: str, labelled: Labelled) -> Mapping[str, Any]:
    """Say everything in a new conversation; the reply to the last."""
    opened = {"channel": "api", "customer_id": labelled.id, "knowledge_base_ids": [base]}
    session = (await _call(api, "POST", "/sessions", json=opened))["session_id"]
    reply: Mapping[str, Any] = {}
    for text in labelled.said:
        reply = await _call(
            api,
            "POST",
            f"/sessions/{session}/messages",
            params={"wait": WAIT_SECONDS},
            json={"content": text},
        )
    return reply


async def _call(api: httpx.AsyncClient, method: str, path: str, **more: Any) -> Any:
    answer = await api.request(method, f"/api/v1{path}", **more)
    if answer.is_error:
        raise InvalidInputError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
    return json.loads(answer.content)


def judge(labelled: Labelled, outcome: Mapping[str, Any]) -> Judged:
    """Compare what came of a question with its label."""
    reply, escalation = outcome.get("reply"), outcome.get("escalation")
    content = reply["content"] if reply else ""
    cited = reply["citations"] if reply else []
    return Judged(
        id=labelled.id,
        kind=labelled.kind,
        verdict=_verdict(labelled, content, cited, asks=_asks(reply) and escalation is None),
        said=labelled.said,
        content=content,
        confidence=reply.get("confidence") if reply else None,
        reason=escalation["reason"] if escalation else None,
        sources=list(dict.fromkeys(_addresses(cited))),
    )


def _addresses(cited: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return (each["uri"] for each in cited)


def _asks(reply: Mapping[str, Any] | None) -> bool:
    """Whether a reply asks the customer what is meant."""
    return reply is not None and bool(reply.get("choices") or reply["content"].rstrip().endswith("?"))


def _verdict(labelled: Labelled, content: str, cited: Sequence[object], *, asks: bool) -> Verdict:
    if not cited:  # an answer cites; what does not is a question back, or says that the documents do not tell
        return Verdict.asked_back if asks else Verdict.handed_over
    if not labelled.answerable:
        return Verdict.false_answer
    return Verdict.right if labelled.answered_by(content) else Verdict.wrong
