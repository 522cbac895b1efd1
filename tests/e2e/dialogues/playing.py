"""Plays written dialogues against a running platform, as a customer and an agent, over the public API.

A dialogue is a name after `#` and then lines:

    > what the customer writes
    = outcome | words that the reply has | -words that it must not have
    agent: what the agent replies on the ticket
    agent solves / agent hands back
    tickets: how many there are in the end

`\\n` in a line is a line break. Without `tickets:` none may be there.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

WAIT = 30


@dataclass
class Step:
    """What someone does, and what has to follow.

    Attributes:
        who: `customer`, `agent`, `solves` or `hands back`.
    """

    who: str
    text: str = ""
    outcome: str = ""
    has: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)


@dataclass
class Dialogue:
    """A written conversation."""

    name: str
    steps: list[Step] = field(default_factory=list)
    tickets: int = 0

    @property
    def turns(self) -> int:
        return sum(step.who == "customer" for step in self.steps)


def read_dialogues(path: Path) -> Iterator[Dialogue]:
    dialogue: Dialogue | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            if dialogue:
                yield dialogue
            dialogue = Dialogue(line[2:].strip())
        elif dialogue and line.strip():
            _add(dialogue, line.strip())
    if dialogue:
        yield dialogue


def _add(dialogue: Dialogue, line: str) -> None:
    if line.startswith("> "):
        dialogue.steps.append(Step("customer", line[2:].replace("\\n", "\n")))
    elif line.startswith("= "):
        outcome, *words = [part.strip() for part in line[2:].split("|")]
        step = dialogue.steps[-1]
        step.outcome = outcome
        step.has = [word for word in words if not word.startswith("-")]
        step.lacks = [word[1:] for word in words if word.startswith("-")]
    elif line.startswith("agent: "):
        dialogue.steps.append(Step("agent", line.removeprefix("agent: ")))
    elif line in ("agent solves", "agent hands back"):
        dialogue.steps.append(Step(line.removeprefix("agent ")))
    elif line.startswith("tickets: "):
        dialogue.tickets = int(line.removeprefix("tickets: "))
    else:
        raise ValueError(f"{dialogue.name}: what is “{line}”?")


@dataclass
class Player:
    """Plays one dialogue; `said` collects what was said to the customer, in order."""

    admin: httpx.Client
    dialogue: Dialogue
    knowledge_base: str
    said: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)

    def play(self) -> list[str]:
        """What did not go as written; empty if all did."""
        body = {"customer_id": f"c-{self.dialogue.name}"[:200], "knowledge_base_ids": [self.knowledge_base]}
        self.sessions.append(self._call("POST", "/sessions", json=body)["session_id"])
        for step in self.dialogue.steps:
            if step.who == "customer":
                self._say(step)
            else:
                self._as_agent(step)
        tickets = {self._session(each)["ticket_id"] for each in self.sessions} - {None}
        self._expect(len(tickets) == self.dialogue.tickets, f"{len(tickets)} tickets")
        return self.wrong

    def _say(self, step: Step) -> None:
        path = f"/sessions/{self.sessions[-1]}/messages"
        got = self._call("POST", path, params={"wait": WAIT}, json={"content": step.text})
        if got["session_id"] != self.sessions[-1]:
            self.sessions.append(got["session_id"])
        turn = self._turn(got["message_id"])
        outcome = turn["payload"]["outcome"] if turn else "nothing"
        reply = self._reply(turn)
        shown = f"“{step.text}” → {outcome}: {reply[:300]!r}"
        self._expect(outcome == step.outcome, f"{shown}; not {step.outcome}")
        for word in step.has:
            self._expect(word.casefold() in reply.casefold(), f"{shown}; without “{word}”")
        for word in step.lacks:
            self._expect(word.casefold() not in reply.casefold(), f"{shown}; with “{word}”")
        self._expect(bool(reply) or outcome == "mirrored", f"{shown}; silence")
        self._expect(not reply or self.said[-1:] != [reply], f"{shown}; the same again")
        if reply:
            self.said.append(reply)

    def _turn(self, message_id: str) -> dict[str, Any] | None:
        """The turn that dealt with the message."""
        session = self.sessions[-1]

        def look() -> dict[str, Any] | None:
            events = self._call("GET", f"/sessions/{session}/events", params={"limit": 200})
            seq = next(e["seq"] for e in events if e["payload"].get("message_id") == message_id)
            turns = (e for e in events if e["type"] == "turn" and e["payload"]["answers_seq"] >= seq)
            return next(turns, None)

        return until(look)

    def _reply(self, turn: dict[str, Any] | None) -> str:
        """The message of the turn; the notice of a handover."""
        said = self._call("GET", f"/sessions/{self.sessions[-1]}/messages", params={"limit": 200})["items"]
        if turn is None:
            return ""
        if turn["payload"]["message_id"]:
            return str(next(m["content"] for m in said if m["message_id"] == turn["payload"]["message_id"]))
        if turn["payload"]["outcome"] == "escalated":
            return str(next(m["content"] for m in reversed(said) if m["role"] == "system"))
        return ""

    def _as_agent(self, step: Step) -> None:
        session, ticket = self.sessions[-1], self._session(self.sessions[-1])["ticket_id"]
        if step.who == "hands back":
            self._call("POST", f"/sessions/{session}/handback")
            return
        self._until_ticket(ticket)
        if step.who == "agent":
            body = {"body": step.text, "visibility": "public"}
            self._call("POST", f"/tickets/{ticket}/comments", json=body)
            until(lambda: self._session(session)["latest_reply"]["content"] == step.text)
            self.said.append(step.text)
        else:
            self._call("PUT", f"/tickets/{ticket}/resolve", json={"resolution_summary": "Reset the flag."})
            until(lambda: self._session(session)["status"] == "resolved")

    def _until_ticket(self, ticket: str) -> None:
        until(lambda: self.admin.get(f"/api/v1/tickets/{ticket}").is_success)

    def _session(self, session_id: str) -> dict[str, Any]:
        read: dict[str, Any] = self._call("GET", f"/sessions/{session_id}")
        return read

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.wrong.append(otherwise)

    def _call(self, method: str, path: str, **options: Any) -> Any:
        answer = self.admin.request(method, f"/api/v1{path}", **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


def until(look: Callable[[], Any], seconds: float = 30) -> Any:
    """What `look` returns once it is something; None if it stays nothing."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    return None
