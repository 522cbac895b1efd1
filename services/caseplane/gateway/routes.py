"""Which service owns which part of the public API, and what of a path is accepted at all."""

from dataclasses import dataclass

from starlette.types import Scope

from caseplane.core.auth import Principal
from caseplane.core.service import Services
from caseplane.gateway.errors import MalformedRequestError, ScopeMissingError, UnknownRouteError

API = "/api/v1/"
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


class Routes:
    """The public API's areas, as the services' manifests declare them.

    Args:
        services: of the installation.
        own: name of the service that answers here and not behind the proxy.
    """

    def __init__(self, services: Services, *, own: str = "gateway") -> None:
        self._owners, self._own = services.owners, own
        self.unsigned = frozenset().union(*(each.unsigned for each in services))
        """Areas that a caller may reach without a credential: the service checks a signature instead."""
        self.behind = tuple(each.name for each in services if each.areas and each.name != own)
        """Services that own a part of the public API."""

    def target_of(self, scope: Scope) -> Target | None:
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
            raise UnknownRouteError(f"There is no route {path[:200]}; /api/v1/openapi.json lists them.")
        return Target(area_of(path), None if owner == self._own else owner)

    def owner_of(self, path: str) -> str | None:
        """Name of the service that owns a path of the API."""
        return self._owners.get(area_of(path))


def area_of(path: str) -> str:
    """The first part of a path below `/api/v1/`."""
    return path.removeprefix(API).partition("/")[0]


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
