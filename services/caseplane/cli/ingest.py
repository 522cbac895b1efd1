"""Ingests a folder into a knowledge base: lists it, sends the files that the server lacks, waits, reports.

The server compares hashes, so a second run sends nothing and an interrupted run resumes. A file that changes
or disappears while it is sent is refused by name, so that the ingestion still ends.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from caseplane.cli.api import Api, part
from caseplane.cli.exits import CommandError, Exit, ProblemError
from caseplane.cli.origins import Choice, choose, choose_for_file, origin_of
from caseplane.cli.output import Meter
from caseplane.retrieval.parsing.folders import FolderFile, walk_folder
from caseplane.retrieval.schemas import ManifestEntry, RefusedEntry

if TYPE_CHECKING:
    import httpx

BATCH_BYTES = 8 << 20
BATCH_FILES = 50
POLL_SECONDS = 0.5
SHOWN = 10
"""Paths that a refusal names at most."""
DONE_STATES = ("indexed", "unchanged", "moved", "deleted", "failed")
NO_CHARACTER = "\N{REPLACEMENT CHARACTER}"


@dataclass
class Listing:
    """The files of a folder."""

    files: dict[str, Path] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, path: str, reason: str, detail: str) -> None:
        self.refused.append(refusal(path, reason, detail))


@dataclass
class Report:
    """The result of an ingestion."""

    ingestion: dict[str, Any]
    items: list[dict[str, Any]]
    seconds: float
    source: Choice | None = None

    @property
    def counts(self) -> dict[str, int]:
        return {state: n for state, n in self.ingestion["counts"].items() if n}

    @property
    def failed(self) -> list[dict[str, Any]]:
        return [item for item in self.items if item["state"] == "failed"]

    @property
    def remarked(self) -> list[dict[str, Any]]:
        """Documents that were indexed, but not whole."""
        return [item for item in self.items if item["state"] == "indexed" and item.get("detail")]

    @property
    def line(self) -> str:
        """One line: `378 indexed, 2 failed; 4,120 chunks in 31.2 s (12.2 documents/s)`."""
        counted = ", ".join(
            f"{self.counts[state]:,} {state}" for state in DONE_STATES if state in self.counts
        )
        worked = self.counts.get("indexed", 0)
        rate = f" ({worked / self.seconds:.1f} documents/s)" if worked and self.seconds else ""
        chunks = self.ingestion.get("chunks", 0)
        return f"{counted or 'no documents'}; {chunks:,} chunks in {self.seconds:.1f} s{rate}"


def refusal(path: str, reason: str, detail: str) -> dict[str, Any]:
    """A report entry for a file that is not sent, with its name made storable."""
    shown = "".join(c if c.isprintable() else NO_CHARACTER for c in path)[:1024] or NO_CHARACTER
    return RefusedEntry(path=shown, reason=reason, detail=detail[:1000]).model_dump(mode="json")


def list_folder(folder: Path) -> Listing:
    """Names and hashes of a folder's files; files that cannot be sent are refused with a reason."""
    listing = Listing()
    for file in walk_folder(folder):
        if file.error is not None:
            listing.refuse(file.uri, file.error.slug, file.error.detail)
            continue
        _enter(listing, file)
    return listing


def _enter(listing: Listing, file: FolderFile) -> None:
    try:
        entry = ManifestEntry(path=file.uri, sha256=_sha256(file.path), size_bytes=file.size)
    except OSError as exc:
        listing.refuse(file.uri, "unreadable", f"It cannot be read: {exc.strerror}.")
    except ValidationError as exc:
        listing.refuse(file.uri, "unsafe-path", f"Its name cannot be stored: {exc.errors()[0]['msg']}.")
    else:
        listing.files[entry.path] = file.path
        listing.entries.append(entry.model_dump(mode="json"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


Confirm = Callable[[dict[str, Any]], bool]
"""Asks whether a run may delete what the problem says; raises or returns."""


def refuse(problem: dict[str, Any]) -> bool:
    """Raises `CommandError` that says which documents would be deleted."""
    paths = problem["paths"]
    rest = problem["deletions"] - len(paths[:SHOWN])
    shown = ", ".join(paths[:SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")
    raise CommandError(
        f"This run would delete {problem['deletions']:,} of the {problem['documents']:,} documents of source"
        f" {problem['source']!r}: {shown}. Nothing was changed. Give --yes if that is meant, or --source NAME to make"
        " these files another source; --dry-run lists all.",
        Exit.conflict,
    )


async def ingest_folder(
    api: Api,
    base_id: str,
    folder: Path,
    *,
    source: str | None,
    meter: Meter,
    confirm: Confirm = refuse,
    **more: Any,
) -> Report:
    """Update a source of a knowledge base to the content of a folder.

    Args:
        api: with permission to change the knowledge base.
        base_id: of the knowledge base.
        folder: to list, with its subfolders.
        source: its name in the knowledge base; None finds it by where the folder lies.
        meter: shows the progress.
        confirm: is asked before many documents are deleted.
        more: further members of the sync request, such as `acl`.
    """
    meter.update(0, 0, what="Reading the folder")
    listing = await asyncio.to_thread(list_folder, folder)
    choice = await choose_source(api, base_id, folder, listing, source)
    wanted = {**_manifest(listing, choice), "origin": origin_of(folder).text, **more}
    begun = await _begin(api, base_id, wanted, meter, confirm)
    where = f"/knowledge-bases/{part(base_id)}/ingestions/{begun['id']}"
    sending = asyncio.create_task(_send(api, where, listing, begun["needed"]))
    try:
        done = await _follow(api, where, meter, sending)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    return Report(done, await api.rows(f"{where}/items"), meter.seconds, choice)


async def preview_folder(
    api: Api, base_id: str | None, folder: Path, *, source: str | None
) -> dict[str, Any]:
    """What an ingestion of a folder would do; nothing is done. No `base_id`: the knowledge base would be made."""
    listing = await asyncio.to_thread(list_folder, folder)
    if base_id is None:
        name = source or origin_of(folder).path.name
        added = [entry["path"] for entry in listing.entries]
        nothing: dict[str, Any] = {
            state: [] for state in ("changed", "reindexed", "moved", "unchanged", "deleted")
        }
        found: dict[str, Any] = {"documents": 0, "added": added, **nothing, "confirmation_needed": False}
    else:
        choice = await choose_source(api, base_id, folder, listing, source)
        name = choice.name
        found = await api.post(f"/knowledge-bases/{part(base_id)}/sync/preview", _manifest(listing, choice))
    return {"source": name, **found, "refused": listing.refused}


async def choose_source(api: Api, base_id: str, folder: Path, listing: Listing, named: str | None) -> Choice:
    """The source that a folder is: the one that is named, else the one that lies there."""
    if named is not None:
        return Choice(named, named)

    async def same(source_id: str) -> float:
        body = {"source": source_id, "files": listing.entries, "refused": listing.refused}
        seen = await api.post(f"/knowledge-bases/{part(base_id)}/sync/preview", body)
        return (len(seen["unchanged"]) + len(seen["reindexed"])) / (seen["documents"] or 1)

    sources = await api.get(f"/knowledge-bases/{part(base_id)}/sources")
    return await choose(sources, origin_of(folder), same)


def _manifest(listing: Listing, choice: Choice) -> dict[str, Any]:
    return {"source": choice.source, "files": listing.entries, "refused": listing.refused}


async def _begin(
    api: Api, base_id: str, wanted: dict[str, Any], meter: Meter, confirm: Confirm
) -> dict[str, Any]:
    where = f"/knowledge-bases/{part(base_id)}/sync"
    try:
        begun: dict[str, Any] = await api.post(where, wanted)
    except ProblemError as exc:
        if not exc.is_a("too-many-deletions"):
            raise
        with meter.paused():
            if not confirm(exc.problem):
                raise CommandError("Nothing was changed.", Exit.interrupted) from exc
        begun = await api.post(where, {**wanted, "confirm_deletions": True})
    return begun


async def upload_file(api: Api, base_id: str, file: Path, *, source: str | None, meter: Meter) -> Report:
    """Add one file, or the files of one zip archive, to a source; others of the source stay."""
    content = await asyncio.to_thread(file.read_bytes)
    choice, path = await _source_of_file(api, base_id, file, source)
    begun = await api.call(
        "POST",
        f"/knowledge-bases/{part(base_id)}/documents",
        params={"source": choice.name, "path": path},
        files=[("file", (file.name, content))],
    )
    where = f"/knowledge-bases/{part(base_id)}/ingestions/{begun['id']}"
    done = await _follow(api, where, meter, None)
    return Report(done, await api.rows(f"{where}/items"), meter.seconds, choice)


async def _source_of_file(api: Api, base_id: str, file: Path, named: str | None) -> tuple[Choice, str]:
    if named is not None:
        return Choice(named, named), file.name
    where = f"/knowledge-bases/{part(base_id)}/sources"
    choice, path = choose_for_file(await api.get(where), file)
    if not choice.source:
        origin = origin_of(file.parent).text
        made = await api.post(where, {"name": choice.name, "origin": origin})
        choice = replace(choice, source=made["id"])
    return choice, path


async def follow(api: Api, base_id: str, ingestion_id: str, *, meter: Meter) -> Report:
    """Wait for an ingestion that needs no files from here."""
    where = f"/knowledge-bases/{part(base_id)}/ingestions/{part(ingestion_id)}"
    done = await _follow(api, where, meter, None)
    return Report(done, await api.rows(f"{where}/items"), meter.seconds)


async def ingest_folder_for_demo(http: "httpx.AsyncClient", base_id: str, folder: Path) -> str:
    """Ingest a folder and return its report line."""
    with Meter(f"Learning {folder.name}") as meter:
        report = await ingest_folder(Api(http), base_id, folder, source=folder.name, meter=meter)
    return report.line


async def _follow(api: Api, where: str, meter: Meter, sending: "asyncio.Task[None] | None") -> dict[str, Any]:
    while True:
        if sending is not None and sending.done():
            sending.result()  # raises the error of sending
        now: dict[str, Any] = await api.get(where)
        counts = now["counts"]
        meter.update(sum(counts.get(state, 0) for state in DONE_STATES), now["total"], what="Indexing")
        if now["state"] == "done":
            return now
        if now["state"] != "running":
            raise CommandError(
                "Another ingestion of the same source took over; this one ends.", Exit.conflict
            )
        await asyncio.sleep(POLL_SECONDS)


async def _send(api: Api, where: str, listing: Listing, needed: list[str]) -> None:
    for batch in _batches(listing, needed):
        parts: list[tuple[str, tuple[str, bytes]]] = []
        gone: list[dict[str, Any]] = []
        names: dict[str, str] = {}
        for path in batch:
            try:
                content = await asyncio.to_thread(listing.files[path].read_bytes)
            except OSError as exc:
                gone.append(refusal(path, "unreadable", f"It could not be read any more: {exc.strerror}."))
                continue
            names[hashlib.sha256(content).hexdigest()] = path
            parts.append(("file", ("file", content)))
        if parts:
            gone += await _send_batch(api, where, parts, names)
        if gone:
            await api.call("POST", f"{where}/refuse", json=gone)


async def _send_batch(
    api: Api, where: str, parts: list[tuple[str, tuple[str, bytes]]], names: dict[str, str]
) -> list[dict[str, Any]]:
    """Send files; returns a refusal for each that the server rejects."""
    try:
        received = await api.call("POST", f"{where}/files", files=parts)
    except ProblemError as exc:
        if exc.status != 413 or len(parts) > 1:
            raise
        return [refusal(path, "too-large", str(exc)) for path in names.values()]
    changed = "It changed while the folder was read; the next run takes it."
    return [refusal(names[digest], "changed", changed) for digest in received["unknown"] if digest in names]


def _batches(listing: Listing, needed: list[str]) -> Iterator[list[str]]:
    sizes = {entry["path"]: entry["size_bytes"] for entry in listing.entries}
    batch: list[str] = []
    size = 0
    for path in needed:
        if batch and (size + sizes[path] > BATCH_BYTES or len(batch) >= BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += sizes[path]
    if batch:
        yield batch
