"""Changes a desk's secret without a gap: for a stated time the former one is valid, too.

Webhooks from the desk are accepted with either; those to the desk are signed with both, so a receiver may change at
any moment in between.
"""

import base64
import secrets
from uuid import UUID

from pydantic import SecretStr

from caseplane.core.errors import ConflictError, InvalidInputError, NotFoundError
from caseplane.escalation.connections.connecting import make_credentials
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.opening import (
    Former,
    credentials_of,
    fingerprint,
    former_of,
    keep_former,
    seal,
    sealed,
)
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connections.schemas import SecretRead, SecretRotate, SecretRotated
from caseplane.escalation.connectors.kind import Credentials
from caseplane.escalation.connectors.registry import kind_named
from caseplane.escalation.context import Work

FIELD = "secret"
MOST = 4
"""Former secrets that are valid at once."""
RANDOM_BYTES = 32


class SecretInUseError(ConflictError):
    """The connector's present secret is replaced by another, not revoked."""

    slug, title = "secret-in-use", "The secret is the connector's present one"


async def rotate_secret(work: Work, connection_id: UUID, body: SecretRotate) -> SecretRotated:
    """Give a connection a new secret; the one before stays valid for a while.

    Raises:
        NotFoundError
        InvalidInputError: the kind has no such secret, or it is too weak or the present one.
    """
    connection = await work.repo(Connections).get(connection_id, lock=True)
    before = _credentials(work, connection)
    if body.secret is None and not kind_named(connection.kind).shares_secret:
        raise InvalidInputError(f"secret: is made by the desk; send the one that {connection.kind} shows.")
    made = None if body.secret else _new_secret()
    given = body.secret or SecretStr(made or "")
    after = make_credentials(kind_named(connection.kind), dict(before) | {FIELD: given})
    if fingerprint(after) == fingerprint(before):
        raise InvalidInputError(
            "secret: this is the present one already; send another, or none for a random one."
        )
    expires_at = work.now + (work.context.settings.secret_overlap if body.overlap is None else body.overlap)
    kept = [former for former in former_of(connection) if former.expires_at > work.now]
    before_kept = Former(
        fingerprint=fingerprint(before), sealed=sealed(work.context, connection, before),
        retired_at=work.now, expires_at=expires_at,
    )  # fmt: skip
    keep_former(connection, [*kept, before_kept][-MOST:] if expires_at > work.now else kept)
    seal(work.context, connection, after)
    connection.version += 1
    connection.updated_at = work.now
    await work.audit(
        "connector.secret_rotated", target_type="connector", target_id=connection.id,
        fingerprint=fingerprint(after), former_until=expires_at.isoformat(),
    )  # fmt: skip
    return SecretRotated(secret=made, secrets=list_secrets(work, connection))


async def secrets_of(work: Work, connection_id: UUID) -> list[SecretRead]:
    return list_secrets(work, await work.repo(Connections).get(connection_id))


def list_secrets(work: Work, connection: Connection) -> list[SecretRead]:
    """The secrets that are valid now, the present one first."""
    present = SecretRead(
        fingerprint=fingerprint(_credentials(work, connection)),
        present=True,
        retired_at=None,
        expires_at=None,
    )
    return [
        present,
        *(
            SecretRead(present=False, **former.model_dump(exclude={"sealed"}))
            for former in reversed(former_of(connection))
            if former.expires_at > work.now
        ),
    ]


async def revoke_secret(work: Work, connection_id: UUID, named: str) -> None:
    """End a former secret now.

    Raises:
        NotFoundError
        SecretInUseError: it is the present one.
    """
    connection = await work.repo(Connections).get(connection_id, lock=True)
    if named == fingerprint(_credentials(work, connection)):
        raise SecretInUseError("Rotate the secret first, with `overlap` 0 to end this one at once.")
    former = former_of(connection)
    rest = [each for each in former if each.fingerprint != named]
    if len(rest) == len(former):
        raise NotFoundError(f"The connector has no former secret {named}.")
    keep_former(connection, rest)
    connection.version += 1
    await work.audit(
        "connector.secret_revoked", target_type="connector", target_id=connection.id, fingerprint=named
    )


def _credentials(work: Work, connection: Connection) -> Credentials:
    if FIELD not in kind_named(connection.kind).credentials.model_fields:
        raise InvalidInputError(f"A {connection.kind} connector has no secret of its own to rotate.")
    return credentials_of(work.context, connection)


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode()
