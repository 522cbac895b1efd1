"""The recipe's connector under the contract of all connectors, with a board that keeps strictly to its API.

`test_recipes.py` copies this file to a place where pytest collects it, into a repository that has the kind.
"""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from tests.unit.escalation.connectors.contract import AtDesk, Bench, ConnectorContract
from tests.unit.escalation.connectors.faults import FaultyNetwork
from tests.unit.escalation.connectors.generic_desk import SECRET, DeskRecord, GenericDesk

from caseplane.core.outgoing import TargetPolicy
from caseplane.escalation.connections.schemas import VIEWS
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.registry import kind_named

TOKEN, PAGE = "a board's token", 3
WORDS = {"solved": "done"}
COLUMNS = {"inbox", "doing", "waiting", "parked", "done", "archive"}
KIND = kind_named("board")


class Board(GenericDesk):
    """Cards with notes. Its webhooks are signed as a generic desk's are; everything else is its own."""

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401)
        if request.method == "GET":
            return httpx.Response(200, json=self._changes(**request.url.params))
        key = request.headers["idempotency-key"]
        if key not in self.answers:
            self.answers[key] = {"id": self._write(request, json.loads(request.content))}
        return httpx.Response(200, json=self.answers[key])

    def _write(self, request: httpx.Request, body: dict[str, Any]) -> str:
        match request.method, request.url.path.split("/")[2:]:
            case "POST", ["cards"]:
                return self._card(**body)
            case "POST", ["cards", card, "notes"]:
                self.records[card].comments.append((body["text"], body["public"]))
                return f"N-{len(self.answers)}"
            case "PATCH", ["cards", card]:
                assert body["column"] in COLUMNS
                self.records[card].status = body["column"]
                return card
        raise AssertionError(request)

    def _card(self, *, title: str, text: str, thread: str | None, column: str) -> str:
        assert column in COLUMNS
        card = f"B-{len(self.records) + 1}"
        self.records[card] = DeskRecord(card, card, thread, title, text, column)
        return card

    def _changes(self, *, since: str, after: str) -> dict[str, Any]:
        place = (datetime.fromisoformat(since), after)
        later = [u for u in self.updates if (datetime.fromisoformat(u["updated_at"]), u["event_id"]) > place]
        return {"changes": later[:PAGE], "more": len(later) > PAGE}

    def act(self, external_id: str, *, status: str | None = None, **done: Any) -> dict[str, Any]:
        return super().act(external_id, status=WORDS[status] if status else None, **done)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    board = Board()
    network = FaultyNetwork(board)
    http = DeskHttp(TargetPolicy(), timeout=1.0, transport=network)
    credentials = KIND.credentials.load(json.dumps({"token": TOKEN, "secret": SECRET}))
    connector = KIND.open("https://board.example.com/api", credentials, KIND.settings(), http)

    def tickets() -> list[AtDesk]:
        return [
            AtDesk(r.external_id, r.session_id, r.subject, KIND.statuses.read(r.status), list(r.comments))
            for r in board.records.values()
        ]

    def spoil() -> None:
        board.updates[-1]["status"] = "asleep"

    yield Bench(connector, network, tickets, board.act, board.sign, spoil)
    await http.close()


class TestBoard(ConnectorContract):
    def test_given_the_kind_when_its_example_is_sent_then_the_api_takes_and_shows_it(self) -> None:
        body = {name: KIND.example[name] for name in ("token", "secret")}

        sealed = KIND.credentials.model_validate(body).dump()

        assert KIND.credentials.load(sealed) == KIND.credentials.model_validate(body)
        assert "board" in VIEWS
