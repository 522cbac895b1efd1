"""What to do about a knowledge base: a pure function of what is wanted and what exists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from caseplane_operator.actions import Action, Event
from caseplane_operator.crds import Source as WantedSource
from caseplane_operator.platform_types import Ingestion, KnowledgeBase, Source

SCANNED = "object_store"
"""The kind of source whose files the platform lists itself; files of the others are sent to it."""
Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class WantedBase:
    """A spec in the platform's terms.

    Attributes:
        blocked: names of sources whose files belong to another knowledge base; they are left as they are.
        asked: a synchronisation is requested now.
        interval: time between two synchronisations; for None, only on request.
        sync_timeout: an ingestion that takes longer is started again.
    """

    name: str
    description: str = ""
    acl: list[str] = field(default_factory=list)
    sources: tuple[WantedSource, ...] = ()
    blocked: frozenset[str] = frozenset()
    asked: bool = False
    interval: timedelta | None = timedelta(hours=1)
    sync_timeout: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class SeenBase:
    """What exists.

    Attributes:
        made: names of the sources that the operator made; people may add others.
        started: ids of the sources that were synchronised for the present request.
    """

    base: KnowledgeBase | None = None
    sources: tuple[Source, ...] = ()
    ingestions: tuple[Ingestion, ...] = ()
    made: frozenset[str] = frozenset()
    started: frozenset[str] = frozenset()


@dataclass(frozen=True)
class AddBase(Action):
    body: Body
    reported_as = Event("KnowledgeBaseMade", "The platform has the knowledge base.")


@dataclass(frozen=True)
class PatchBase(Action):
    change: Body
    version: int
    reported_as = Event("KnowledgeBaseChanged", "The knowledge base was changed to match the spec.")


@dataclass(frozen=True)
class RemoveBase(Action):
    """Delete the knowledge base with its documents, by its name."""

    tenant_id: str
    name: str


@dataclass(frozen=True)
class AddSource(Action):
    name: str
    body: Body
    reported_as = Event("SourceAdded", "The knowledge base has a new source.")


@dataclass(frozen=True)
class PatchSource(Action):
    source_id: str
    change: Body
    reported_as = Event("SourceChanged", "A source was changed to match the spec.")


@dataclass(frozen=True)
class RemoveSource(Action):
    """Delete a source with its documents."""

    source_id: str
    reported_as = Event(
        "SourceRemoved", "A source that is no longer in the spec was deleted with its documents."
    )


@dataclass(frozen=True)
class StartSync(Action):
    """Look for changed files; `asked` on request, not by the schedule."""

    source_id: str
    asked: bool
    reported_as = Event("SyncStarted", "A source is synchronised on request.")

    @property
    def event(self) -> Event | None:
        return self.reported_as if self.asked else None


def plan(wanted: WantedBase, seen: SeenBase, *, now: datetime) -> tuple[Action, ...]:
    """What brings the platform closer to what is wanted; empty once it is there."""
    if seen.base is None:
        return (AddBase({"name": wanted.name, **_described(wanted)}),)
    change = _differing(_described(wanted), seen.base.model_dump())
    first = (PatchBase(change, seen.base.version),) if change else ()
    changes = (*first, *_sources(wanted, seen))
    # Sources are synchronised only once they match the spec.
    return changes or tuple(_syncs(wanted, seen, now=now))


def taken(wanted: WantedBase, seen: SeenBase) -> list[str]:
    """Names of wanted sources that exist with another kind and that the operator did not make: it may not delete them."""
    kinds = {source.name: source.kind for source in seen.sources if source.name not in seen.made}
    return [s.name for s in wanted.sources if kinds.get(s.name, s.kind) != s.kind]


def running(source: Source, ingestions: tuple[Ingestion, ...]) -> Ingestion | None:
    """The ingestion of a source that has not ended."""
    latest = newest(source.id, ingestions)
    return latest if latest is not None and latest.state == "running" else None


def newest(
    source_id: str, ingestions: tuple[Ingestion, ...], *, state: str | None = None
) -> Ingestion | None:
    """The latest ingestion of a source, of those in a state if one is named."""
    mine = (i for i in ingestions if i.source_id == source_id and state in (None, i.state))
    return max(mine, key=lambda i: i.created_at, default=None)


def next_sync(wanted: WantedBase, seen: SeenBase, *, now: datetime) -> timedelta | None:
    """Time until the schedule next requires a synchronisation."""
    if wanted.interval is None:
        return None
    dates = [s.last_synced_at for s in seen.sources if s.kind == SCANNED and s.last_synced_at]
    return max(min(dates) + wanted.interval - now, timedelta(0)) if dates else None


def overlap(one: str, other: str) -> bool:
    """Whether two prefixes of an inbox have files in common."""
    shorter, longer = sorted((one, other), key=len)
    return shorter in ("", longer) or longer.startswith(shorter + "/")


def _described(wanted: WantedBase) -> Body:
    return {"description": wanted.description, "acl": wanted.acl}


def _sources(wanted: WantedBase, seen: SeenBase) -> Iterator[Action]:
    there = {source.name: source for source in seen.sources}
    skipped = {*wanted.blocked, *taken(wanted, seen)}
    for source in wanted.sources:
        if source.name in skipped:
            continue
        known = there.get(source.name)
        body = {"prefix": source.prefix, "acl": source.acl, "base_uri": source.base_uri}
        if known is None:
            yield AddSource(source.name, {"name": source.name, "kind": source.kind, **body})
        elif known.kind != source.kind:
            yield RemoveSource(known.id)
        elif change := _differing(body, known.model_dump()):
            yield PatchSource(known.id, change)
    kept = {source.name for source in wanted.sources}
    yield from (RemoveSource(there[name].id) for name in sorted(seen.made - kept) if name in there)


def _syncs(wanted: WantedBase, seen: SeenBase, *, now: datetime) -> Iterator[StartSync]:
    ours = {s.name for s in wanted.sources} - wanted.blocked
    for source in seen.sources:
        if source.kind != SCANNED or source.name not in ours:
            continue
        ingestion = running(source, seen.ingestions)
        if ingestion is not None and ingestion.created_at + wanted.sync_timeout > now:
            continue
        asked = wanted.asked and source.id not in seen.started
        if asked or _due(source, wanted.interval, now):
            yield StartSync(source.id, asked)


def _due(source: Source, interval: timedelta | None, now: datetime) -> bool:
    if interval is None:
        return False
    return source.last_synced_at is None or source.last_synced_at + interval <= now


def _differing(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> Body:
    """Lists are access lists, whose order means nothing."""

    def plain(value: Any) -> Any:
        return sorted(value) if isinstance(value, list) else value

    return {name: value for name, value in wanted.items() if plain(value) != plain(there[name])}
