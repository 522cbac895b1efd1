"""Compares what a source holds with what is indexed of it, and says what there is to do.

Hashes decide, so a second run over the same files does nothing, and a file that only moved keeps its
chunks and vectors.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Known:
    """An indexed document."""

    id: UUID
    uri: str
    sha256: str
    current: bool = True
    """Whether it was indexed the way it would be today (parser, chunks, embedding model)."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Hashes of the other files that it was read with, by path; an empty one was looked for and not there."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file as the source has it now."""

    uri: str
    sha256: str
    size_bytes: int = 0


@dataclass(slots=True)
class Plan:
    """What to do; every found URI is in exactly one of the first four lists."""

    unchanged: list[Known] = field(default_factory=list)
    moved: list[tuple[Known, Found]] = field(default_factory=list)
    again: list[Known] = field(default_factory=list)
    """Same bytes, to be indexed again; the bytes are in the store."""
    needed: list[tuple[Known | None, Found]] = field(default_factory=list)
    """New and changed files, the latter with the document they replace."""
    gone: list[Known] = field(default_factory=list)
    known: int = 0
    """Documents that were compared."""

    @property
    def found(self) -> set[str]:
        """URIs of all files that were found."""
        return {
            *(d.uri for d in self.unchanged),
            *(f.uri for _, f in self.moved),
            *(d.uri for d in self.again),
            *(f.uri for _, f in self.needed),
        }

    def deletes_more_than(self, share: float) -> bool:
        """Whether more than a share of the source's documents would go."""
        return len(self.gone) > share * self.known


def make_plan(
    known: Iterable[Known], found: Sequence[Found], *, kept: Iterable[str] = (), whole: bool = True
) -> Plan:
    """Plan how to get from what is known to what was found.

    Args:
        known: the source's documents, one per URI.
        found: all its files; of several with one URI the last counts.
        kept: URIs that could not be read now; their documents are neither deleted nor moved.
        whole: whether `found` is all that the source has; else what is not found is as it was.

    Returns:
        The plan; `gone` are documents that are neither found, nor kept, nor moved.
    """
    by_uri = {document.uri: document for document in known}
    files = {file.uri: file for file in found}
    kept = set(kept)
    plan = Plan(known=len(by_uri))
    missing: dict[str, list[Known]] = defaultdict(list)
    for uri, document in sorted(by_uri.items(), reverse=True):
        if uri not in files and uri not in kept:
            missing[document.sha256].append(document)
    for uri, file in files.items():
        present = by_uri.get(uri)
        if present and present.sha256 == file.sha256:
            same = present.current and not _parts_changed(present, files, kept, whole=whole)
            (plan.unchanged if same else plan.again).append(present)
        elif present is None and (candidates := missing.get(file.sha256)):
            plan.moved.append((candidates.pop(), file))
        else:
            plan.needed.append((present, file))
    plan.gone = [document for documents in missing.values() for document in documents]
    return plan


def _parts_changed(
    document: Known, files: Mapping[str, Found], kept: Collection[str], *, whole: bool
) -> bool:
    for path, sha256 in document.parts.items():
        if path in kept or (path not in files and not whole):
            continue
        now = files[path].sha256 if path in files else ""
        if now != sha256:
            return True
    return False
