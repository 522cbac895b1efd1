"""Cuts a document into chunks that an embedder can read whole and a citation can point into.

A chunk is a stretch of the stored text, never a rewriting of it: `text[start:end]` is the chunk.
Where it stands (its heading path) is kept with it, because "it is limited to three" is found and
understood only under "Free plan > Projects". Sections stay apart unless one is too small to stand
alone and asks no question; blocks stay whole if they fit; what introduces a list or code stays with it.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from caseplane.retrieval.parsing.documents import Block, BlockKind, ParsedDocument
from caseplane.retrieval.parsing.settings import ChunkSettings
from caseplane.retrieval.parsing.splitting import split_span
from caseplane.retrieval.parsing.tokens import TokenCounter, estimate_tokens

Path = tuple[str, ...]
Leads = tuple[int | None, ...]
"""Where each heading of a path starts, if nothing but headings lies between it and the text."""
Pages = tuple[tuple[int, int], ...]
"""Where in a chunk each of its pages begins, and the page's number; empty where a format has none."""
SEPARATOR = " > "
_ASKS = ("?", "\uff1f")
_INTRODUCED = frozenset({BlockKind.list, BlockKind.code, BlockKind.table, BlockKind.quote})


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk; offsets are characters of the stored text."""

    index: int
    start: int
    end: int
    raw_text: str
    heading_path: Path
    tokens: int
    pages: Pages = ()

    @property
    def context(self) -> str:
        return SEPARATOR.join(self.heading_path)


def indexed(context: str, text: str) -> str:
    """What is embedded and searched: where it stands, then what it says."""
    return f"{context}\n{text}" if context else text


@dataclass(slots=True)
class _Unit:
    start: int
    end: int
    tokens: int
    kind: BlockKind


@dataclass(slots=True)
class _Section:
    path: Path
    leads: Leads
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    path: Path
    start: int
    end: int
    tokens: int
    leads: Leads


def chunk_document(
    document: ParsedDocument,
    *,
    settings: ChunkSettings | None = None,
    count: TokenCounter = estimate_tokens,
) -> list[Chunk]:
    """Cut a document into chunks.

    Args:
        document: what a parser returned.
        settings: sizes, in tokens of `count`.
        count: tokens of a text; must be additive over pieces cut at white space, as the estimate
            and WordPiece are.

    Returns:
        Chunks in order, not overlapping, which together hold all text that is not a heading; each
        of at most `max_tokens` tokens together with its heading path.
    """
    packer = _Packer(document.text, settings or ChunkSettings(), count)
    pages = _PageMarks(document)
    drafts = [draft for section in _sections(document) for draft in packer.pack(section)]
    return [
        Chunk(
            index=index,
            start=draft.start,
            end=draft.end,
            raw_text=document.text[draft.start : draft.end],
            heading_path=packer.shown(draft.path),
            tokens=draft.tokens,
            pages=pages.within(draft.start, draft.end),
        )
        for index, draft in enumerate(packer.join_small(drafts))
    ]


class _PageMarks:
    """Where pages begin in a text."""

    def __init__(self, document: ParsedDocument) -> None:
        self._marks: list[tuple[int, int]] = []
        for block in document.blocks:
            if block.page is not None and (not self._marks or self._marks[-1][1] != block.page):
                self._marks.append((block.start, block.page))

    def within(self, start: int, end: int) -> Pages:
        first = max(bisect_right(self._marks, start, key=lambda mark: mark[0]) - 1, 0)
        last = bisect_left(self._marks, end, key=lambda mark: mark[0])
        return tuple((max(at - start, 0), page) for at, page in self._marks[first:last])


def _sections(document: ParsedDocument) -> Iterator[_Section]:
    open_headings: list[tuple[int, str]] = []
    root = (document.title,) if document.title else ()
    section = _Section(root, (None,) * len(root))
    starts: list[int | None] = []
    last_heading: Block | None = None
    for block in document.blocks:
        if block.kind is not BlockKind.heading:
            section.blocks.append(block)
            continue
        if section.blocks:
            yield section
            starts = [None] * len(starts)
        elif last_heading and block.level <= last_heading.level:
            section.blocks.append(last_heading)  # a heading over nothing is still said somewhere
            yield section
            starts = [None] * len(starts)
        while open_headings and open_headings[-1][0] >= block.level:
            open_headings.pop()
            starts.pop()
        if block.title:
            open_headings.append((block.level, block.title))
            starts.append(block.start)
        titles = tuple(title for _, title in open_headings)
        if titles[:1] == root:
            section = _Section(titles, tuple(starts))
        else:
            section = _Section(root + titles, (None,) * len(root) + tuple(starts))
        last_heading = block if block.title else None
    if not section.blocks and last_heading:
        section.blocks.append(last_heading)
    if section.blocks:
        yield section


def _whole_lists(units: Sequence[_Unit], budget: int) -> Iterator[_Unit]:
    """Units with the items of each list as one, where they fit: half of a procedure misleads."""
    for kind, group in groupby(units, key=lambda unit: unit.kind):
        run = list(group)
        tokens = sum(unit.tokens for unit in run)
        if kind is BlockKind.list and tokens <= budget:
            yield _Unit(run[0].start, run[-1].end, tokens, kind)
        else:
            yield from run


class _Packer:
    def __init__(self, text: str, settings: ChunkSettings, count: TokenCounter) -> None:
        self._text, self._settings, self._count = text, settings, count
        self._shown: dict[Path, tuple[Path, int]] = {}

    def shown(self, path: Path) -> Path:
        """The path as it is indexed: cut in the middle to its share of the ceiling."""
        return self._fitted(path)[0]

    def pack(self, section: _Section) -> Iterator[_Draft]:
        budget = self._budget(section.path)
        pieces = [unit for block in section.blocks for unit in self._units(block, budget)]
        units = list(_whole_lists(pieces, budget))
        total = sum(unit.tokens for unit in units)
        # Even shares: a section a little over the ceiling becomes two halves, not a whole and a rest.
        share = total / max(math.ceil(total / budget), 1)
        held: list[_Unit] = []
        leads = section.leads
        for unit in units:
            size = sum(u.tokens for u in held)
            full = size + unit.tokens > budget
            enough = size + unit.tokens / 2 > share and not self._introduces(held, unit)
            if held and (full or enough):
                carried = self._carried(held, unit, budget)
                yield self._draft(section.path, held, leads)
                held, leads = carried, (None,) * len(leads)
            held.append(unit)
        if held:
            yield self._draft(section.path, held, leads)

    def join_small(self, drafts: list[_Draft]) -> list[_Draft]:
        """Join each chunk below the minimum to the neighbour it has more headings in common with."""
        done: list[_Draft] = []
        pending = list(reversed(drafts))
        while pending:
            draft = pending.pop()
            left = done[-1] if done else None
            right = pending[-1] if pending else None
            with_left = self._joined(left, draft) if left else None
            if draft.tokens >= self._settings.min_tokens:
                small_left = left is not None and left.tokens < self._settings.min_tokens
                if with_left and small_left:
                    done[-1] = with_left
                else:
                    done.append(draft)
                continue
            with_right = self._joined(draft, right) if right else None
            if with_left and (not with_right or len(with_left.path) >= len(with_right.path)):
                done[-1] = with_left
            elif with_right:
                pending[-1] = with_right
            else:
                done.append(draft)
        return done

    def _joined(self, first: _Draft, second: _Draft) -> _Draft | None:
        common = 0
        while common < min(len(first.path), len(second.path)) and first.path[common] == second.path[common]:
            common += 1
        path = first.path[:common]
        if not path and (first.path or second.path):
            return None
        if any(draft.path != path and draft.path[-1].endswith(_ASKS) for draft in (first, second)):
            return None  # an entry of an FAQ is found, and answered from, under its question
        # Headings that are no longer in the path must be in the text.
        dropped = [at for at in first.leads[common:] if at is not None]
        if first.path != path and not dropped:
            return None
        start = dropped[0] if dropped else first.start
        tokens = self._count(self._text[start : second.end])
        if tokens > self._budget(path):
            return None
        leads = first.leads if first.path == path else (None,) * common
        return _Draft(path, start, second.end, tokens, leads)

    def _units(self, block: Block, budget: int) -> Iterator[_Unit]:
        pieces = split_span(
            self._text, (block.start, block.end), kind=block.kind, budget=budget, count=self._count
        )
        for start, end, tokens in pieces:
            yield _Unit(start, end, tokens, block.kind)

    def _introduces(self, held: list[_Unit], unit: _Unit) -> bool:
        return bool(
            held
            and held[-1].kind is BlockKind.paragraph
            and unit.kind in _INTRODUCED
            and self._text[held[-1].end - 1] == ":"
        )

    def _carried(self, held: list[_Unit], unit: _Unit, budget: int) -> list[_Unit]:
        """Take the last paragraph along if it introduces what comes next."""
        if len(held) > 1 and self._introduces(held, unit) and held[-1].tokens + unit.tokens <= budget:
            return [held.pop()]
        return []

    def _draft(self, path: Path, units: list[_Unit], leads: Leads) -> _Draft:
        tokens = sum(unit.tokens for unit in units)
        return _Draft(path, units[0].start, units[-1].end, tokens, leads)

    def _budget(self, path: Path) -> int:
        return max(self._settings.max_tokens - self._fitted(path)[1], 8)

    def _fitted(self, path: Path) -> tuple[Path, int]:
        if path not in self._shown:
            limit = min(self._settings.max_context_tokens, self._settings.max_tokens // 2)
            kept = path
            while len(kept) > 1 and self._count(SEPARATOR.join(kept)) > limit:
                middle = len(kept) // 2 if len(kept) > 2 else 0
                kept = kept[:middle] + kept[middle + 1 :]
            if self._count(SEPARATOR.join(kept)) > limit:
                span = (0, len(kept[0]))
                pieces = split_span(
                    kept[0], span, kind=BlockKind.paragraph, budget=max(limit, 1), count=self._count
                )
                kept = tuple(kept[0][s:e] for s, e, _ in [next(pieces)]) if limit else ()
            self._shown[path] = (kept, self._count(SEPARATOR.join(kept)))
        return self._shown[path]
