"""Other paths to the API."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message

from caseplane.core.errors import PayloadTooLargeError, UnreadableError
from caseplane.gateway.doors import DOORS, SWITCH, TAG, Door, Doors, Passage, renamed
from caseplane.services import SERVICES

PAGE = Path(__file__).parents[3] / "docs" / "doors.md"


def scope(method: str, path: str) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "headers": []}


async def sent_by(door: Door, body: bytes, *, limit: int = 10_000) -> bytes:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    request = {**scope("POST", "/"), "headers": [(b"content-length", str(len(body)).encode())]}
    led, again = await renamed(Passage(door, {"id": "t-1"}), request, receive, limit=limit)
    message = await again()
    if door.fields:
        assert dict(led["headers"])[b"content-length"] == str(len(message["body"])).encode()
    return bytes(message["body"])


class TestThrough:
    @pytest.mark.parametrize(
        ("method", "path", "led"),
        [
            ("GET", "/api/tickets", "/api/v1/tickets"),
            ("PUT", "/api/tickets/a%20b/resolve", "/api/v1/tickets/a%20b/resolve"),
            ("POST", "/api/tickets/x/response", "/api/v1/tickets/x/draft"),
            ("POST", "/tickets/classify", "/api/v1/workflow/classify"),
            ("GET", "/tickets/classify/context", "/api/v1/tickets/classify/context"),
            ("POST", "/kb/sync", "/api/v1/knowledge-bases/sync"),
        ],
    )
    def test_given_path_of_a_door_when_called_then_it_leads_to_the_route(
        self, method: str, path: str, led: str
    ) -> None:
        found, passage = Doors().through(scope(method, path))

        assert found["path"] == led
        assert passage is not None

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/tickets"),
            ("DELETE", "/api/tickets/x"),
            ("GET", "/api/v1/tickets"),
            ("GET", "/api/tickets/"),
            ("POST", "/tickets/x/y/feedback"),
            ("GET", "/"),
        ],
    )
    def test_given_any_other_path_when_called_then_nothing_changes(self, method: str, path: str) -> None:
        request = scope(method, path)

        assert Doors().through(request) == (request, None)


class TestRenamed:
    async def test_given_fields_of_old_when_renamed_then_the_routes_own(self) -> None:
        door = next(d for d in DOORS if (d.method, d.path) == ("POST", "/tickets"))
        given = {
            "ticket_id": "t-1", "external_ticket_id": "4711", "customer_external_id": "c-1", "subject": "Größe",
            "description": "x", "channel": "web", "priority": "high", "created_at": "2026-01-01T00:00:00Z",
        }  # fmt: skip

        body = await sent_by(door, json.dumps(given).encode())

        assert json.loads(body) == {
            "requester_id": "c-1", "subject": "Größe", "description": "x", "priority": "high",
            "tags": ["external:4711", "channel:web"],
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("given", "made"), [(True, {"model_tier": "large"}), (False, {}), (None, {}), ("yes", {})]
    )
    async def test_given_switch_when_renamed_then_only_true_asks_for_more(
        self, given: Any, made: dict[str, str]
    ) -> None:
        door = Door("POST", "/x", "y", {"use_sonnet": "switch:model_tier=large"})

        assert json.loads(await sent_by(door, json.dumps({"use_sonnet": given}).encode())) == made

    async def test_given_part_of_the_path_when_renamed_then_it_stands_in_the_body(self) -> None:
        door = next(d for d in DOORS if d.path == "/tickets/{id}/feedback")

        body = json.loads(await sent_by(door, b'{"rating": 5, "feedback": "Thanks"}'))

        assert body == {"ticket_id": "t-1", "rating": 5, "comment": "Thanks"}

    async def test_given_own_tags_when_renamed_then_both_stay(self) -> None:
        body = await sent_by(DOORS[1], b'{"tags": ["vip"], "channel": "web"}')

        assert json.loads(body) == {"tags": ["vip", "channel:web"]}

    @pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"\xff"])
    async def test_given_body_that_is_no_object_when_renamed_then_the_route_gets_it_as_it_is(
        self, body: bytes
    ) -> None:
        assert await sent_by(DOORS[1], body) == body

    async def test_given_both_names_of_a_field_when_renamed_then_refused(self) -> None:
        with pytest.raises(UnreadableError, match="requester_id"):
            await sent_by(DOORS[1], b'{"customer_email": "a@b.example", "requester_id": "c"}')

    async def test_given_large_body_when_renamed_then_refused(self) -> None:
        with pytest.raises(PayloadTooLargeError):
            await sent_by(DOORS[1], b"x" * 101, limit=100)


class TestTable:
    def test_given_the_page_when_read_then_it_lists_the_doors_as_they_are(self) -> None:
        lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]

        assert lines == [_row(door) for door in DOORS]

    @pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.path}")
    def test_given_a_door_when_followed_then_a_service_serves_the_route(self, door: Door) -> None:
        assert SERVICES.owner_of(door.to) is not None


def _row(door: Door) -> str:
    kept = [f"`{old}` → {_named(new)}" for old, new in door.fields.items() if new]
    kept += [f"`{{{part}}}` of the path → `{name}`" for name, part in door.into.items()]
    dropped = ", ".join(f"`{old}`" for old, new in door.fields.items() if not new)
    fields = ", ".join(kept) + (f"; left out: {dropped}" if dropped else "")
    return f"| `{door.method} {door.path}` | `{door.method} /api/v1/{door.to}` | {fields} |".replace(
        "|  |", "| |"
    )


def _named(new: str) -> str:
    if new.startswith(TAG):
        return f"a tag `{new.removeprefix(TAG)}:…`"
    if new.startswith(SWITCH):
        name, _, value = new.removeprefix(SWITCH).partition("=")
        return f"`{name}`: `{value}` if true"
    return f"`{new}`"
