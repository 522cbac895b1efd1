"""Other paths to the public API: those of the systems that it takes the place of.

A door is a method and a path that lead to a route of the API. What comes in by a door passes credentials, scopes, limits and
idempotency like what comes in by the route itself, and is answered as the route answers. Fields of the body that had other
names are renamed; that is all that changes. `docs/doors.md` shows this table, and a test compares both.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from caseplane.core.errors import UnreadableError
from caseplane.gateway.bodies import limited
from caseplane.gateway.headers import Header

API: Final = "/api/v1/"
DROPPED: Final = ""
"""A field that the route has no place for, and does not need."""
TAG: Final = "tag:"
"""A field that becomes a tag of this name: `tag:channel` makes `channel:web` of `web`."""
SWITCH: Final = "switch:"
"""A field that says yes or no to one value of another: with `switch:model_tier=large`, true asks for that value."""

_TICKET: Final = {
    "customer_email": "requester_id",
    "customer_external_id": "requester_id",
    "customer_name": DROPPED,
    "external_ticket_id": "tag:external",
    "channel": "tag:channel",
    "ticket_id": DROPPED,
    "created_at": DROPPED,
}
_TEXT: Final = {
    "description": "body",
    "ticket_id": DROPPED,
    "external_ticket_id": DROPPED,
    "customer_external_id": DROPPED,
    "priority": DROPPED,
    "created_at": DROPPED,
}
_CASE: Final = _TEXT | {"customer_external_id": "customer_id"}


@dataclass(frozen=True)
class Door:
    """One other path.

    Attributes:
        method: of the request.
        path: as it is called; parts in braces are passed on.
        to: the route below `/api/v1/`, with the same parts.
        fields: new names of the body's fields by their old ones.
        into: fields of the body that are filled with parts of the path.
    """

    method: str
    path: str
    to: str
    fields: Mapping[str, str] = field(default_factory=dict)
    into: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Passage:
    """A request's way through a door."""

    door: Door
    parts: Mapping[str, str]
    """Of its path, by the names in braces."""


DOORS: Final = (
    Door("GET", "/api/tickets", "tickets"),
    Door("POST", "/api/tickets", "tickets", _TICKET),
    Door("GET", "/api/tickets/{id}", "tickets/{id}"),
    Door("PUT", "/api/tickets/{id}/resolve", "tickets/{id}/resolve", {"resolution": "resolution_summary"}),
    Door("POST", "/api/tickets/{id}/response", "tickets/{id}/draft"),
    Door("POST", "/tickets", "tickets", _TICKET),
    Door("POST", "/tickets/classify", "workflow/classify", _TEXT),
    Door("POST", "/tickets/context", "workflow/context", _TEXT | {"channel": DROPPED}),
    Door("POST", "/tickets/respond", "workflow/respond", _CASE | {"use_sonnet": "switch:model_tier=large"}),
    Door(
        "POST",
        "/tickets/auto-orchestrate",
        "workflow/process",
        _CASE | {"channel": DROPPED, "use_sonnet": DROPPED},
    ),
    Door("GET", "/tickets/{id}/context", "tickets/{id}/context"),
    Door("POST", "/tickets/{id}/feedback", "workflow/labels", {"feedback": "comment"}, {"ticket_id": "id"}),
    Door("POST", "/kb/sync", "knowledge-bases/sync"),
)


class Doors:
    """Finds the door of a request."""

    def __init__(self, doors: Sequence[Door] = DOORS) -> None:
        # A path without parts in braces comes first: `/tickets/classify` is no ticket.
        self._doors = sorted(doors, key=lambda door: door.path.count("{"))

    def through(self, scope: Scope) -> tuple[Scope, Passage | None]:
        """The request as if it had come to the route itself, and its way; unchanged where there is no door."""
        path: str = scope["path"]
        if path.startswith(API):
            return scope, None
        for door in self._doors:
            parts = _parts(door.path, path) if door.method == scope["method"] else None
            if parts is not None:
                led = API + door.to.format(**parts)
                return {**scope, "path": led, "raw_path": quote(led).encode()}, Passage(door, parts)
        return scope, None


def _parts(pattern: str, path: str) -> dict[str, str] | None:
    """What stands in a path where the pattern has braces; None if it does not fit."""
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    found = {}
    for want, part in zip(wanted, given, strict=True):
        if want.startswith("{"):
            found[want[1:-1]] = part
        elif want != part:
            return None
    return found if all(found.values()) else None


async def renamed(passage: Passage, scope: Scope, receive: Receive, *, limit: int) -> tuple[Scope, Receive]:
    """The request with the body's fields under the route's names; a body that is no JSON object stays as it is.

    Raises:
        PayloadTooLargeError: the body is larger than `limit` bytes.
        UnreadableError: two fields would have the same name.
    """
    door = passage.door
    if not door.fields and not door.into:
        return scope, receive
    body = b"".join([chunk async for chunk in limited(Request(scope, receive), limit=limit)])
    body = _rename(body, passage)
    headers: list[Header] = [
        h for h in scope["headers"] if h[0] not in (b"content-length", b"transfer-encoding")
    ]
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    length = str(len(body)).encode()
    return {**scope, "headers": [*headers, (b"content-length", length)]}, again


def _rename(body: bytes, passage: Passage) -> bytes:
    fields = passage.door.fields
    try:
        given = json.loads(body)
    except ValueError:
        return body  # the route says what is wrong with it
    if not isinstance(given, dict):
        return body
    made: dict[str, Any] = {name: passage.parts[part] for name, part in passage.door.into.items()}
    tags: list[Any] = []
    for name, value in given.items():
        new = fields.get(name, name)
        if new == DROPPED or (new != name and value is None):
            continue
        if new.startswith(TAG):
            tags.append(f"{new.removeprefix(TAG)}:{value}")
        elif new.startswith(SWITCH):
            switched, _, wanted = new.removeprefix(SWITCH).partition("=")
            made |= {switched: wanted} if value is True else {}
        elif new in made or (new != name and new in given):
            raise UnreadableError(f"The body names {new!r} twice: {name!r} is another name of it.")
        else:
            made[new] = value
    if tags:
        own = made.get("tags")
        made["tags"] = [*own, *tags] if isinstance(own, list) else tags
    return json.dumps(made, ensure_ascii=False).encode()
