"""Customers who ask without a pause, while something is done to the platform; and what must be true afterwards."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.e2e.probing.talk import ANSWERED, HANDED_OVER

from caseplane.core.ids import new_id

PATIENCE = 120
"""Seconds for which a customer repeats a message that got no answer."""


@dataclass
class Load:
    """Several customers at once, each with one conversation after another.

    Args:
        url: of the gateway.
        key: of the tenant.
        patient: repeat what failed, as a client should, with the same ids; else a failure is a lost request.
    """

    url: str
    key: str
    patient: bool = False
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Session, the message's own id, and what was said, of every message that was taken."""
    failures: list[str] = field(default_factory=list)
    slowest: float = 0
    """Seconds of the longest request, its repetitions counted in."""
    repeated: int = 0
    """Requests that were sent again; only of patient customers."""
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self, customers: int = 2) -> Iterator["Load"]:
        """Load as long as the block runs; it ends with the last answers."""
        threads = [threading.Thread(target=self._customer, args=(n,), daemon=True) for n in range(customers)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join(PATIENCE * 2)

    def until(self, messages: int, *, seconds: float = 180) -> None:
        """Wait until so many messages were taken in all."""
        deadline = time.monotonic() + seconds
        while len(self.asked) < messages and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(self.asked) >= messages, f"{len(self.asked)} messages in {seconds} s; {self.failures[-3:]}"

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=90)

    def _customer(self, number: int) -> None:
        with self.client() as http:
            turn = 0
            while not self._over.is_set():
                turn += 1
                try:
                    self._converse(http, HANDED_OVER if (turn + number) % 3 == 0 else ANSWERED)
                except Exception as exc:  # noqa: BLE001 - whatever it is, the customer did not get through
                    self.failures.append(f"{type(exc).__name__}: {exc}")

    def _converse(self, http: httpx.Client, said: str) -> None:
        opening = {"customer_id": f"c-{new_id()}"}
        opened = self._send(http, "/api/v1/sessions", opening)
        session, own = str(opened["session_id"]), str(new_id())
        body = {"content": said, "client_message_id": own}
        self._send(http, f"/api/v1/sessions/{session}/messages?wait=30", body)
        self.asked.append((session, own, said))

    def _send(self, http: httpx.Client, path: str, body: dict[str, Any]) -> Any:
        """Post once, or as often as it takes; the key makes it the same request each time."""
        key, began = str(new_id()), time.monotonic()
        while True:
            try:
                answer = http.post(path, json=body, headers={"Idempotency-Key": key})
                if answer.is_success:
                    self.slowest = max(self.slowest, time.monotonic() - began)
                    return answer.json()
                failure = f"{answer.status_code} {answer.text[:200]}"
            except httpx.TransportError as exc:
                failure = repr(exc)
            if not self.patient or time.monotonic() > began + PATIENCE:
                raise AssertionError(f"POST {path}: {failure}")
            self.repeated += 1
            time.sleep(0.5)


def settled(load: Load, *, seconds: float = 240) -> None:
    """Wait until every message has had its one reply, and hold the conversations to what must be true."""
    with load.client() as http:
        for session, _, said in load.asked:
            messages = _until_replied(http, session, seconds)
            roles = Counter(message["role"] for message in messages)
            contents = [message["content"] for message in messages if message["role"] == "customer"]
            assert contents == [said], f"{session}: {contents}"
            assert roles.total() == 2, f"{session}: {roles}"


def _until_replied(http: httpx.Client, session: str, seconds: float) -> list[dict[str, Any]]:
    deadline = time.monotonic() + seconds
    while True:
        answer = http.get(f"/api/v1/sessions/{session}/messages")
        found: list[dict[str, Any]] = answer.json()["items"] if answer.is_success else []
        if len(found) > 1 or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def delivered(sessions: list[str], *, wanted: set[str]) -> None:
    """Every conversation that was handed over is at the desk, once."""
    counts = Counter(session for session in sessions if session in wanted)

    assert set(counts) == wanted, (
        f"{len(wanted - set(counts))} of {len(wanted)} tickets did not reach the desk"
    )
    assert set(counts.values()) <= {1}, f"doubled: {[key for key, n in counts.items() if n > 1]}"


def handed_over(load: Load) -> set[str]:
    """Sessions in which a person was asked for."""
    return {session for session, _, said in load.asked if said == HANDED_OVER}
