"""Which service owns which part of the public API, and what of a path is accepted at all."""

from dataclasses import dataclass
from uuid import UUID

from starlette.types import Scope

from caseplane.core.auth import Principal
from caseplane.core.refusals import unknown_route
from caseplane.core.service import Services
from caseplane.gateway.doors import Passage
from caseplane.gateway.errors import MalformedRequestError, ScopeMissingError

API = "/api/v1/"
REMEMBERED = frozenset(["api-keys", "identity-providers", "tenants"])
"""Areas of what the edge remembers of callers: a change there must count at once."""
READS = frozenset(["GET", "HEAD", "OPTIONS"])


@dataclass(frozen=True)
class Target:
    """Where a request goes: the first part of its path below `/api/v1/`, and whose it is; None is the gateway.

    `passage` is the other path by which it came.
    """

    area: str
    service: str | None
    passage: Passage | None = None


class Routes:
    """The public API's areas, as the manifests declare them; the service `own` answers without the proxy."""

    def __init__(self, services: Services, *, own: str = "gateway") -> None:
        self._services, self._own = services, own
        self.unsigned = frozenset().union(*(each.unsigned for each in services))
        """Areas that a caller may reach without a credential: the service checks a signature instead."""
        self.behind = tuple(each.name for each in services if each.areas and each.name != own)
        """Services that own a part of the public API."""

    def target_of(self, scope: Scope, passage: Passage | None = None) -> Target | None:
        """Where an API request goes; None for what is not of the API, such as pages and health.

        Raises:
            MalformedRequestError: the path could mean something else further on.
            UnknownRouteError: nothing has that path, or it is not public.
        """
        path: str = scope["path"]
        _check(path)
        if not path.startswith(API) or path == f"{API}openapi.json":
            return None
        owner = self.owner_of(path)
        if owner is None:
            raise unknown_route(scope["method"], path)
        return Target(area_of(path), None if owner == self._own else owner, passage)

    def owner_of(self, path: str) -> str | None:
        """Name of the service that owns a path of the API."""
        return self._services.owner_of(path.removeprefix(API))


def area_of(path: str) -> str:
    """The first part of a path below `/api/v1/`."""
    return path.removeprefix(API).partition("/")[0]


def changed_tenant(scope: Scope, target: Target, principal: Principal | None) -> UUID | None:
    """The tenant whose credentials a request may change; None if it changes none."""
    if principal is None or target.area not in REMEMBERED or scope["method"] in READS:
        return None
    if target.area != "tenants":
        return principal.tenant_id
    try:
        return UUID(scope["path"].removeprefix(f"{API}tenants/").partition("/")[0])
    except ValueError:
        return None  # a new tenant is not remembered yet


def _check(path: str) -> None:
    """Refuse what a later hop might resolve to another path than the one that was authorised."""
    segments = path.lower().replace("%2e", ".").split("/")
    if "\\" in path or any(ord(c) < 32 or ord(c) == 127 for c in path) or {".", ".."} & set(segments):
        raise MalformedRequestError("The path has dot segments, backslashes or control characters.")
    if "//" in path:
        raise MalformedRequestError("The path has an empty segment.")


def check_scopes(principal: Principal, target: Target, method: str) -> None:
    """Hold a key that is narrowed to scopes to them; one without scopes may do all that its roles may.

    A scope is an area (`tickets`), or an area and a way (`tickets:read`, `search:write`).
    """
    if not principal.scopes:
        return
    way = "read" if method in READS else "write"
    if not principal.scopes & {target.area, f"{target.area}:{way}"}:
        has = ", ".join(sorted(principal.scopes))
        raise ScopeMissingError(
            f"This needs the scope {target.area}:{way}; the key has {has}. Make a key with it."
        )
