"""Asks the tenant's systems of record about a customer, each within its time, and remembers the answers for a minute."""

import asyncio
from uuid import UUID

from cachetools import TTLCache

from caseplane.core.auth import Principal
from caseplane.core.outgoing import TargetPolicy
from caseplane.core.sealing import Seal
from caseplane.workflow.context import Workflow
from caseplane.workflow.lookups.http import HttpSystem
from caseplane.workflow.lookups.models import Lookup
from caseplane.workflow.lookups.port import LookupFailedError, SystemOfRecord
from caseplane.workflow.lookups.repository import Lookups
from caseplane.workflow.lookups.schemas import LookedUp
from caseplane.workflow.lookups.sql import SqlSystem, Statement
from caseplane.workflow.settings import WorkflowSettings

PURPOSE = b"caseplane workflow look-up secrets v1"
_remembered: TTLCache[tuple[UUID, UUID, str], list[LookedUp]] = TTLCache(maxsize=2_000, ttl=60)
"""By tenant, version of the look-up (each has an id of its own) and customer; failures are not remembered."""


def policy_of(settings: WorkflowSettings) -> TargetPolicy:
    """Which addresses may be asked."""
    return TargetPolicy(
        allow_http=settings.allow_http, allow_private=settings.allow_private, settings="CASEPLANE_WORKFLOW"
    )


async def ask_all(context: Workflow, who: Principal, customer_id: str) -> list[LookedUp]:
    """What all of the tenant's systems say; one that fails says why, and does not hold up the others."""
    async with context.work(who) as work:
        lookups = [each for each in await work.repo(Lookups).all() if each.enabled]
    found = await asyncio.gather(*(_ask(context, who.tenant, each, customer_id) for each in lookups))
    return [answer for answers in found for answer in answers]


async def _ask(context: Workflow, tenant_id: UUID, lookup: Lookup, customer_id: str) -> list[LookedUp]:
    known = _remembered.get((tenant_id, lookup.id, customer_id))
    if known is not None:
        return known
    seconds = context.settings.lookup_timeout.total_seconds()
    try:
        async with asyncio.timeout(2 * seconds):  # to connect, and to answer
            answers = await open_system(context, tenant_id, lookup).ask(customer_id)
    except LookupFailedError as exc:
        return [LookedUp(lookup=lookup.name, statement="", error=str(exc))]
    except TimeoutError:
        return [LookedUp(lookup=lookup.name, statement="", error=f"It took longer than {2 * seconds:g} s.")]
    found = [LookedUp(lookup=lookup.name, statement=each.statement, rows=each.rows) for each in answers]
    _remembered[tenant_id, lookup.id, customer_id] = found
    return found


def open_system(context: Workflow, tenant_id: UUID, lookup: Lookup) -> SystemOfRecord:
    """The system of a look-up.

    Raises:
        LookupFailedError: its secret does not open.
    """
    policy, seconds = policy_of(context.settings), context.settings.lookup_timeout.total_seconds()
    secret = None
    if lookup.secret is not None:
        secret = context.seal.open(lookup.secret, tenant_id=tenant_id, row_id=lookup.id)
        if secret is None:
            raise LookupFailedError("Its secret must be set again: the installation's secret changed.")
    if lookup.kind == "http":
        return HttpSystem(lookup.address, secret, policy, seconds=seconds)
    statements = [Statement(each["name"], each["sql"]) for each in lookup.statements]
    return SqlSystem(lookup.address, statements, policy, seconds=seconds, password=secret)


def build_seal(service_secret: str) -> Seal:
    return Seal(service_secret, purpose=PURPOSE)
