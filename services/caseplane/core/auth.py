"""The caller as a principal, carried between our services in a short-lived signed token.

The gateway turns a public credential (API key or OIDC token) into a principal once; services trust only this
token. The tenant comes only from this token, never from a path or a body.
"""

import time
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, ValidationError

from caseplane.core.errors import ForbiddenError, UnauthorizedError


class Role(StrEnum):
    """What a principal may do within its tenant; `platform_admin` manages tenants and sees none of them."""

    customer = "customer"
    agent = "agent"
    supervisor = "supervisor"
    sme = "sme"
    product_owner = "product_owner"
    analyst = "analyst"
    admin = "admin"
    platform_admin = "platform_admin"


IMPLIED: dict[Role, frozenset[Role]] = {
    Role.admin: frozenset(
        {Role.supervisor, Role.agent, Role.analyst}
    ),  # not sme or product_owner: approval needs two different people
    Role.supervisor: frozenset({Role.agent}),
}


class Principal(BaseModel):
    """An authenticated caller.

    `customer_id` binds a customer to their own sessions. A customer-role API key without one belongs to a
    channel (such as a web shop's server) that acts for all its customers and names them in each request.
    """

    model_config = ConfigDict(frozen=True)

    tenant_id: UUID | None
    subject: str
    roles: frozenset[Role]
    scopes: frozenset[str] = frozenset()
    entitlements: frozenset[str] = frozenset()
    customer_id: str | None = None

    def has(self, role: Role) -> bool:
        return role in self.roles or any(role in IMPLIED.get(held, ()) for held in self.roles)

    def has_any(self, *roles: Role) -> bool:
        return any(self.has(role) for role in roles)

    @property
    def tenant(self) -> UUID:
        """The tenant, for routes that only principals of a tenant can call."""
        if self.tenant_id is None:
            raise ForbiddenError("This credential belongs to no tenant; use one of the tenant's own.")
        return self.tenant_id


def service_principal(tenant_id: UUID, name: str, **more: Any) -> Principal:
    """A service or job that acts in a tenant without a user."""
    return Principal(tenant_id=tenant_id, subject=f"service:{name}", roles=frozenset({Role.admin}), **more)


class ServiceTokens:
    """Issues and verifies the tokens between our services (JWT, HS256).

    Args:
        secret: at least 32 characters, shared by all processes of an installation.
        lifetime: of a token, in seconds.
    """

    ISSUER = "caseplane"

    def __init__(self, secret: str, *, lifetime: int = 300) -> None:
        if len(secret) < 32:
            raise ValueError("CASEPLANE_SERVICE_SECRET must have at least 32 characters.")
        self._key = OctKey.import_key(secret)
        self._lifetime = lifetime
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.ISSUER}, exp={"essential": True}
        )

    def mint(self, principal: Principal) -> str:
        now = int(time.time())
        claims = {
            "iss": self.ISSUER,
            "exp": now + self._lifetime,
            "principal": principal.model_dump(mode="json"),
        }
        return jwt.encode({"alg": "HS256"}, claims, self._key)

    def verify(self, token: str) -> Principal:
        try:
            decoded = jwt.decode(token, self._key, algorithms=["HS256"])  # never the header's choice
            self._claims.validate(decoded.claims)
            return Principal.model_validate(decoded.claims.get("principal"))
        except (JoseError, ValueError, ValidationError) as exc:
            raise UnauthorizedError("The service token is not valid.") from exc


async def current_principal(request: Request) -> Principal:
    """The caller of a service route, from the service token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthorizedError
    tokens: ServiceTokens = request.app.state.runtime.tokens
    principal = tokens.verify(token)
    request.state.tenant_id = principal.tenant_id  # for `core.metering`
    return principal


def require(*roles: Role) -> Callable[..., Coroutine[Any, Any, Principal]]:
    """A dependency that lets only principals of one of these roles pass."""

    async def check(
        principal: Annotated[Principal, Depends(current_principal)],
    ) -> Principal:
        if not principal.has_any(*roles):
            names = ", ".join(roles)
            has = ", ".join(sorted(principal.roles)) or "none"
            raise ForbiddenError(f"This needs one of the roles: {names}. The credential has: {has}.")
        return principal

    return check


Caller = Annotated[Principal, Depends(current_principal)]
AdminCaller = Annotated[Principal, Depends(require(Role.admin))]
PlatformAdmin = Annotated[Principal, Depends(require(Role.platform_admin))]
