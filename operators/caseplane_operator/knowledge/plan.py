"""What to do about a knowledge base: a pure function of what is wanted and what is seen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from caseplane_operator.crds import Source as WantedSource
from caseplane_operator.platform_types import Ingestion, KnowledgeBase, Source

SCANNED = "object_store"
"""The kind of source that the platform looks into by itself; of others it is told."""
Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class WantedBase:
    """A spec in the platform's words.

    Attributes:
        blocked: names of sources whose files belong to another knowledge base; they are left as they are.
        asked: somebody wants a look at the sources now.
        interval: time between two looks; None looks only when asked.
        patience: an ingestion that takes longer is started anew.
    """

    name: str
    description: str = ""
    acl: list[str] = field(default_factory=list)
    sources: tuple[WantedSource, ...] = ()
    blocked: frozenset[str] = frozenset()
    asked: bool = False
    interval: timedelta | None = timedelta(hours=1)
    patience: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class SeenBase:
    """What there is.

    Attributes:
        made: names of the sources that we made; others are somebody's own.
        started: ids of the sources that were looked at because somebody asked.
    """

    base: KnowledgeBase | None = None
    sources: tuple[Source, ...] = ()
    ingestions: tuple[Ingestion, ...] = ()
    made: frozenset[str] = frozenset()
    started: frozenset[str] = frozenset()


class Action:
    """One change of the platform; making it twice does no harm."""


@dataclass(frozen=True)
class AddBase(Action):
    """Make the knowledge base."""

    body: Body


@dataclass(frozen=True)
class PatchBase(Action):
    """Change what describes it."""

    change: Body
    version: int


@dataclass(frozen=True)
class AddSource(Action):
    """Make a source."""

    name: str
    body: Body


@dataclass(frozen=True)
class PatchSource(Action):
    """Change a source where it is."""

    source_id: str
    change: Body


@dataclass(frozen=True)
class RemoveSource(Action):
    """Delete a source with its documents."""

    source_id: str


@dataclass(frozen=True)
class StartSync(Action):
    """Look for changed files; `asked` by a person, not by the schedule."""

    source_id: str
    asked: bool


def plan(wanted: WantedBase, seen: SeenBase, *, now: datetime) -> tuple[Action, ...]:
    """What brings the platform nearer to what is wanted; nothing, once it is there."""
    if seen.base is None:
        return (AddBase({"name": wanted.name, **_described(wanted)}),)
    change = _base_change(wanted, seen.base)
    first = (PatchBase(change, seen.base.version),) if change else ()
    changes = (*first, *_sources(wanted, seen))
    # Looked at when they are as they shall be, and not before.
    return changes or tuple(_syncs(wanted, seen, now=now))


def taken(wanted: WantedBase, seen: SeenBase) -> list[str]:
    """Names of wanted sources that somebody else made, of another kind: their documents are not ours to delete."""
    kinds = {source.name: source.kind for source in seen.sources if source.name not in seen.made}
    return [s.name for s in wanted.sources if kinds.get(s.name, s.kind) != s.kind]


def running(source: Source, ingestions: tuple[Ingestion, ...]) -> Ingestion | None:
    """The ingestion of a source that is under way."""
    latest = newest(source.id, ingestions)
    return latest if latest is not None and latest.state == "running" else None


def newest(
    source_id: str, ingestions: tuple[Ingestion, ...], *, state: str | None = None
) -> Ingestion | None:
    """The latest ingestion of a source, in a state if one is named."""
    mine = (i for i in ingestions if i.source_id == source_id and state in (None, i.state))
    return max(mine, key=lambda i: i.created_at, default=None)


def next_look(wanted: WantedBase, seen: SeenBase, *, now: datetime) -> timedelta | None:
    """Time until a source is to be looked at by schedule."""
    if wanted.interval is None:
        return None
    dates = [s.last_synced_at for s in seen.sources if s.kind == SCANNED and s.last_synced_at]
    return max(min(dates) + wanted.interval - now, timedelta(0)) if dates else None


def overlap(one: str, other: str) -> bool:
    """Whether two prefixes of an inbox hold files in common."""
    shorter, longer = sorted((one, other), key=len)
    return shorter in ("", longer) or longer.startswith(shorter + "/")


def _described(wanted: WantedBase) -> Body:
    return {"description": wanted.description, "acl": wanted.acl}


def _base_change(wanted: WantedBase, base: KnowledgeBase) -> Body:
    return _differing(_described(wanted), {"description": base.description, "acl": base.acl})


def _sources(wanted: WantedBase, seen: SeenBase) -> Iterator[Action]:
    there = {source.name: source for source in seen.sources}
    untouchable = {*wanted.blocked, *taken(wanted, seen)}
    for source in wanted.sources:
        if source.name in untouchable:
            continue
        known = there.get(source.name)
        body = source_body(source)
        if known is None:
            yield AddSource(source.name, {"name": source.name, "kind": source.kind, **body})
        elif known.kind != source.kind:
            yield RemoveSource(known.id)
        elif change := _differing(body, {name: getattr(known, name) for name in body}):
            yield PatchSource(known.id, change)
    kept = {source.name for source in wanted.sources}
    yield from (RemoveSource(there[name].id) for name in sorted(seen.made - kept) if name in there)


def source_body(source: WantedSource) -> Body:
    """A source without its name and kind."""
    return {"prefix": source.prefix, "acl": source.acl, "base_uri": source.base_uri}


def _syncs(wanted: WantedBase, seen: SeenBase, *, now: datetime) -> Iterator[StartSync]:
    ours = {s.name for s in wanted.sources} - wanted.blocked
    for source in seen.sources:
        if source.kind != SCANNED or source.name not in ours:
            continue
        under_way = running(source, seen.ingestions)
        if under_way is not None and under_way.created_at + wanted.patience > now:
            continue
        asked = wanted.asked and source.id not in seen.started
        if asked or _due(source, wanted.interval, now):
            yield StartSync(source.id, asked)


def _due(source: Source, interval: timedelta | None, now: datetime) -> bool:
    if interval is None:
        return False
    return source.last_synced_at is None or source.last_synced_at + interval <= now


def _differing(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> Body:
    """Lists are access lists: their order means nothing."""

    def plain(value: Any) -> Any:
        return sorted(value) if isinstance(value, list) else value

    return {name: value for name, value in wanted.items() if plain(value) != plain(there[name])}
