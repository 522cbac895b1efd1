"""Every SQL statement on fingerprints and links, for one tenant and in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.halfvec import vector_literal
from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.triage.duplicates import Fingerprint
from caseplane.triage.duplicates.identifiers import Names
from caseplane.triage.results import Match
from caseplane.workflow.duplicates.models import TicketLink

# A repeated ticket changes nothing, so that no dead version of its vector stays in the index.
REMEMBER = text("""
    INSERT INTO workflow.fingerprints AS f (tenant_id, id, customer_id, created_at, profile, dimension, embedding,
        digest, terms, codes, versions, numbers, negative)
    VALUES (:tenant_id, :id, :customer_id, :created_at, :profile, :dimension, CAST(:embedding AS halfvec),
        :digest, :terms, :codes, :versions, :numbers, :negative)
    ON CONFLICT (tenant_id, id) DO UPDATE SET profile = excluded.profile, dimension = excluded.dimension,
        embedding = excluded.embedding, digest = excluded.digest, terms = excluded.terms, codes = excluded.codes,
        versions = excluded.versions, numbers = excluded.numbers, negative = excluded.negative
        WHERE (f.digest, f.profile) IS DISTINCT FROM (excluded.digest, excluded.profile)
""")
REMEMBER_CODES = text("""
    INSERT INTO workflow.fingerprint_codes (tenant_id, code, ticket_id, created_at)
    SELECT :tenant_id, code, :id, :created_at FROM unnest(CAST(:codes AS text[])) AS code
    ON CONFLICT DO NOTHING
""")
_COLUMNS = """f.id, f.customer_id, f.created_at, f.terms, f.codes, f.versions, f.numbers, f.negative,
    1 - (f.embedding <=> CAST(:query AS halfvec)) AS similarity"""
# Each source of candidates has an index, so that none reads all tickets: the vectors' graph, the customer's newest
# tickets, the newest tickets with one of the codes. What they find is compared exactly.
CANDIDATES = text(f"""
    WITH candidates AS (
        SELECT ticket_id FROM workflow.nearest_tickets(:profile, CAST(:query AS halfvec), :wanted)
        UNION
        (SELECT id FROM workflow.fingerprints WHERE tenant_id = :tenant_id AND customer_id = :customer_id
            AND created_at >= :since ORDER BY created_at DESC LIMIT :wanted)
        UNION
        (SELECT c.ticket_id FROM unnest(CAST(:codes AS text[])) AS named, LATERAL (
            SELECT ticket_id FROM workflow.fingerprint_codes
            WHERE tenant_id = :tenant_id AND code = named ORDER BY created_at DESC LIMIT 10) AS c)
    )
    SELECT {_COLUMNS} FROM candidates JOIN workflow.fingerprints f ON f.tenant_id = :tenant_id AND f.id = ticket_id
    WHERE f.id <> :id AND f.profile = :profile
""")  # noqa: S608 - only constants of this file
# Exact over a stretch of time, by the index of times: a storm is many nearly equal vectors, where a graph is weakest.
AROUND = text("""
    SELECT * FROM (
        SELECT id, customer_id, created_at, embedding::text AS vector,
            1 - (embedding <=> CAST(:query AS halfvec)) AS similarity
        FROM workflow.fingerprints
        WHERE tenant_id = :tenant_id AND created_at > :since AND created_at <= :until AND profile = :profile
    ) AS f WHERE similarity >= :floor ORDER BY created_at DESC LIMIT :limit
""")
CENTRE_NEAR = text("""
    SELECT avg(embedding::vector)::halfvec::text AS centre, count(*) AS number FROM workflow.fingerprints
    WHERE tenant_id = :tenant_id AND created_at > :since AND created_at <= :until AND profile = :profile
        AND 1 - (embedding <=> CAST(:query AS halfvec)) >= :floor
""")
ALIKE = text("""
    SELECT count(*) FILTER (WHERE 1 - (embedding <=> CAST(:query AS halfvec)) >= :floor) AS alike, count(*) AS tickets
    FROM (
        SELECT embedding FROM workflow.fingerprints
        WHERE tenant_id = :tenant_id AND created_at > :since AND created_at <= :until AND profile = :profile
        ORDER BY created_at DESC LIMIT :limit
    ) AS f
""")
COUNT = text("""
    SELECT count(*) FROM workflow.fingerprints
    WHERE tenant_id = :tenant_id AND created_at > :since AND created_at <= :until
""")
SUGGEST = text("""
    INSERT INTO workflow.ticket_links (tenant_id, id, ticket_id, other_id, kind, score, reason, state)
    VALUES (:tenant_id, :id, :ticket_id, :other_id, :kind, :score, :reason, 'suggested')
    ON CONFLICT (tenant_id, least(ticket_id, other_id), greatest(ticket_id, other_id)) DO NOTHING
""")


@dataclass(frozen=True)
class Stored:
    """A stored ticket beside the one that is looked at."""

    ticket_id: UUID
    fingerprint: Fingerprint
    similarity: float


@dataclass(frozen=True, eq=False)
class Near:
    """A ticket near a point."""

    ticket_id: UUID
    customer: str | None
    vector: NDArray[np.float32]
    similarity: float


class Fingerprints:
    """What is compared of the tenant's tickets."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def remember(self, ticket_id: UUID, read: Fingerprint, *, profile: str, digest: bytes) -> None:
        """Keep a ticket's fingerprint; a second time with the same text changes nothing."""
        assert read.vector is not None
        values = {
            "tenant_id": self._tenant_id,
            "id": ticket_id,
            "customer_id": read.customer,
            "created_at": read.at,
            "profile": profile,
            "dimension": len(read.vector),
            "embedding": vector_literal(read.vector),
            "digest": digest,
            "terms": sorted(read.terms),
            "codes": sorted(read.names.codes),
            "versions": sorted(read.names.versions),
            "numbers": sorted(read.names.numbers),
            "negative": read.negative,
        }
        await self._tx.execute(REMEMBER, values)
        if read.names.codes:
            await self._tx.execute(
                REMEMBER_CODES, {k: values[k] for k in ("tenant_id", "id", "created_at", "codes")}
            )

    async def candidates(
        self, ticket_id: UUID, read: Fingerprint, *, profile: str, since: datetime, wanted: int
    ) -> list[Stored]:
        """Tickets that may be about the same thing, from the indexes."""
        assert read.vector is not None
        rows = await self._tx.execute(
            CANDIDATES,
            self._scope(vector_literal(read.vector), profile)
            | {
                "id": ticket_id,
                "customer_id": read.customer,
                "codes": sorted(read.names.codes)[:10],
                "since": since,
                "wanted": wanted,
            },
        )
        return [_stored(row) for row in rows]

    async def around(
        self, centre: str, *, profile: str, since: datetime, until: datetime, floor: float, limit: int
    ) -> list[Near]:
        """Tickets of a stretch of time whose vectors are near a centre, the newest first."""
        rows = await self._tx.execute(
            AROUND,
            self._scope(centre, profile) | {"since": since, "until": until, "floor": floor, "limit": limit},
        )
        return [
            Near(
                row.id, row.customer_id, np.fromstring(row.vector[1:-1], np.float32, sep=","), row.similarity
            )
            for row in rows
        ]

    async def centre_near(
        self, centre: str, *, profile: str, since: datetime, until: datetime, floor: float
    ) -> tuple[str | None, int]:
        """The mean of the vectors near a point, of a stretch of time, and their number."""
        rows = await self._tx.execute(
            CENTRE_NEAR, self._scope(centre, profile) | {"since": since, "until": until, "floor": floor}
        )
        row = rows.one()
        return row.centre, row.number

    async def alike(
        self, centre: str, *, profile: str, since: datetime, until: datetime, floor: float, limit: int
    ) -> tuple[int, int]:
        """How many of the newest tickets of a stretch of time are near a centre, and how many there are."""
        row = (
            await self._tx.execute(
                ALIKE,
                self._scope(centre, profile)
                | {"since": since, "until": until, "floor": floor, "limit": limit},
            )
        ).one()
        return row.alike, row.tickets

    async def count(self, *, since: datetime, until: datetime) -> int:
        """Tickets of a stretch of time."""
        named = {"tenant_id": self._tenant_id, "since": since, "until": until}
        return int((await self._tx.execute(COUNT, named)).scalar_one())

    def _scope(self, query: str, profile: str) -> dict[str, Any]:
        return {"tenant_id": self._tenant_id, "query": query, "profile": profile}


class Links(TenantRepository[TicketLink]):
    """Links between the tenant's tickets."""

    async def suggest(self, ticket_id: UUID, matches: Sequence[Match]) -> None:
        """Link a ticket with those like it, unless they are linked or were parted, in either order."""
        rows = [
            {
                "tenant_id": self._tenant_id,
                "id": new_id(),
                "ticket_id": ticket_id,
                "other_id": match.ticket_id,
                "kind": match.kind,
                "score": match.score,
                "reason": "; ".join(match.reasons),
            }
            for match in sorted(matches, key=lambda match: match.ticket_id)  # two at once wait in one order
        ]
        if rows:
            await self._tx.execute(SUGGEST, rows)

    async def of_ticket(self, ticket_id: UUID) -> list[TicketLink]:
        """Those of a ticket, the likest first."""
        query = self._select().where(or_(TicketLink.ticket_id == ticket_id, TicketLink.other_id == ticket_id))
        return list(await self._tx.scalars(query.order_by(TicketLink.score.desc(), TicketLink.id).limit(100)))


def _stored(row: Any) -> Stored:
    return Stored(row.id, _fingerprint(row), row.similarity)


def _fingerprint(row: Any) -> Fingerprint:
    return Fingerprint(
        vector=None,
        terms=frozenset(row.terms),
        names=Names(frozenset(row.codes), frozenset(row.versions), frozenset(row.numbers)),
        negative=row.negative,
        customer=row.customer_id,
        at=row.created_at,
    )
