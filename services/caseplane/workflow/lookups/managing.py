"""Writes the tenant's look-ups."""

from caseplane.core.errors import InvalidInputError, NotFoundError
from caseplane.core.ids import new_id
from caseplane.workflow.context import Work
from caseplane.workflow.lookups.asking import policy_of
from caseplane.workflow.lookups.http import check_address
from caseplane.workflow.lookups.models import Lookup
from caseplane.workflow.lookups.repository import Lookups
from caseplane.workflow.lookups.schemas import LookupCreate
from caseplane.workflow.lookups.sql import AddressRefusedError, Statement, check_statement, parts_of

MOST = 10


class TooManyLookupsError(InvalidInputError):
    """The tenant has as many look-ups as it may have."""

    slug, title = "too-many-lookups", "There are too many look-ups"


async def put_lookup(work: Work, name: str, body: LookupCreate) -> Lookup:
    """Write a look-up. It gets a new id, so that nothing that the old one said is remembered."""
    _check(work, body)
    rows = work.repo(Lookups)
    known = await rows.named(name)
    if known is None and len(await rows.all()) >= MOST:
        raise TooManyLookupsError(f"A tenant may have {MOST} look-ups; delete one first.")
    lookup_id = new_id()
    secret = body.secret.get_secret_value() if body.secret else None
    if secret is None and known is not None and known.secret is not None and known.address == body.address:
        # Only for the same address: otherwise whoever may change it could have the secret sent to themselves.
        secret = work.context.seal.open(known.secret, tenant_id=work.tenant_id, row_id=known.id)
    if known is not None:
        await rows.delete(known.id)
    lookup = rows.add(
        id=lookup_id,
        name=name,
        kind=body.kind,
        address=body.address,
        statements=[each.model_dump() for each in body.statements],
        secret=secret and work.context.seal.seal(secret, tenant_id=work.tenant_id, row_id=lookup_id),
        enabled=body.enabled,
        created_at=work.now,
    )
    await work.tx.flush()
    await work.audit("lookup.changed", target_type="lookup", target_id=lookup_id, name=name, kind=body.kind)
    return lookup


async def delete_lookup(work: Work, name: str) -> None:
    known = await work.repo(Lookups).named(name)
    if known is None:
        raise NotFoundError(f"There is no look-up {name!r}.")
    await work.repo(Lookups).delete(known.id)
    await work.audit("lookup.deleted", target_type="lookup", target_id=known.id, name=name)


def _check(work: Work, body: LookupCreate) -> None:
    policy = policy_of(work.context.settings)
    if body.kind == "http":
        if body.statements:
            raise AddressRefusedError("Only a look-up of the kind sql has statements.")
        check_address(body.address, policy)
        return
    parts = parts_of(body.address)
    if "password" in parts:
        raise AddressRefusedError("Give the password as secret, not in the address.")
    policy.check_url(f"https://{_bracketed(parts['host'])}/")
    if not body.statements:
        raise AddressRefusedError("A look-up of the kind sql needs statements.")
    for statement in body.statements:
        check_statement(Statement(statement.name, statement.sql))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
