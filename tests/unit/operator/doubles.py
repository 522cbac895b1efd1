"""What a pass works with, in memory."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from caseplane_operator.context import Body, Key, Memory, Operator
from caseplane_operator.settings import OperatorSettings

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SETTINGS = OperatorSettings(gateway_url="https://api.example", platform_admin_key=cast("Any", "cpp_x"))


class ApiServer:
    """Notes what is written, in order."""

    def __init__(self) -> None:
        self.written: list[tuple[str, Any]] = []

    async def set_finalizer(self, _: str, __: Body, finalizer: str | None) -> None:
        self.written.append(("finalizer", finalizer))

    async def apply_status(self, _: str, __: Body, status: Body) -> None:
        self.written.append(("status", status))

    async def post_event(self, _: Body, __: str, reason: str, ___: str, *, at: str) -> None:
        self.written.append(("event", reason))

    @property
    def status(self) -> Body:
        """As last written."""
        found: Body = [value for what, value in self.written if what == "status"][-1]
        return found

    def condition(self, kind: str) -> dict[str, Any]:
        (found,) = [c for c in self.status["conditions"] if c["type"] == kind]
        return dict(found)


class Alone:
    """A cluster without other resources."""

    def body(self, _: Key) -> Body | None:
        return None

    def bodies(self, _: str) -> list[Body]:
        return []

    def wake(self, _: str, __: Callable[[Body], bool]) -> None:
        return


def operator(platform: Any = None, kubernetes: Any = None) -> Operator:
    return Operator(SETTINGS, kubernetes or cast("Any", ApiServer()), platform, Alone(), lambda: NOW)


def resource(kind: str = "Tenant", *, status: Body | None = None, spec: Any = None, **meta: Any) -> Body:
    whole = {"name": "acme", "uid": "u", "generation": 1, "creationTimestamp": "2026-11-21T11:00:00Z", **meta}
    return {"kind": kind, "metadata": whole, "spec": spec or {}, "status": status or {}}


def memory() -> Memory:
    return Memory()
