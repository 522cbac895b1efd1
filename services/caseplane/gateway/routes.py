"""Which service owns which part of the public API, and what of a path is accepted at all."""

from dataclasses import dataclass

from starlette.types import Scope

from caseplane.core.auth import Principal
from caseplane.gateway.errors import MalformedRequestError, ScopeMissingError, UnknownRouteError

API = "/api/v1/"
OWNERS = {
    "sessions": "orchestrator",
    "feedback": "orchestrator",
    "gate-policies": "orchestrator",
    "tickets": "escalation",
    "customers": "escalation",
    "deliveries": "escalation",
    "hooks": "escalation",
    "connectors": "escalation",
    "knowledge-bases": "retrieval",
    "search": "retrieval",
}
SERVICES = tuple(dict.fromkeys(OWNERS.values()))
OWN = frozenset(["api-keys", "audit", "costs", "identity-providers", "me", "tenants"])
UNSIGNED = frozenset(["hooks"])
"""Areas that a caller may reach without a credential: the owning service checks a signature instead."""
READS = frozenset(["GET", "HEAD", "OPTIONS"])


@dataclass(frozen=True)
class Target:
    """Where a request goes.

    Attributes:
        area: first part of the path below `/api/v1/`.
        service: that owns the area; None is the gateway itself.
    """

    area: str
    service: str | None


def target_of(scope: Scope) -> Target | None:
    """Where an API request goes; None for what is not of the API, such as pages and health.

    Raises:
        MalformedRequestError: the path could mean something else further on.
        UnknownRouteError: nothing has that path, or nobody outside may reach it.
    """
    path: str = scope["path"]
    _check(path)
    if not path.startswith(API):
        return None
    area = path.removeprefix(API).partition("/")[0]
    if area in OWNERS:
        return Target(area, OWNERS[area])
    if area in OWN:
        return Target(area, None)
    if path == f"{API}openapi.json":
        return None
    raise UnknownRouteError(f"There is no route {path[:200]}; /api/v1/openapi.json lists them.")


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
        raise ScopeMissingError(f"This needs the scope {target.area}:{way}.")
