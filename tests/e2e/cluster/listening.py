"""A customer's page that keeps a conversation's event stream open, as browsers do: what ends is taken up again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx


@dataclass
class Listener:
    """Follows one session's stream until it is stopped."""

    http: httpx.Client
    session: str
    heard: list[int] = field(default_factory=list)
    """Numbers of the events, in the order in which they came."""
    connections: int = 0
    broken: list[str] = field(default_factory=list)
    """Streams that were refused, or cut off rather than ended."""
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def listening(self) -> Iterator["Listener"]:
        """Listen as long as the block runs."""
        thread = threading.Thread(target=self._listen, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join(30)  # a stream says something every fifteen seconds, if only that it is there

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                self._follow()
            except httpx.HTTPError as exc:
                self.broken.append(repr(exc))
            self._over.wait(0.5)

    def _follow(self) -> None:
        last = {"Last-Event-ID": str(self.heard[-1] if self.heard else 0)}
        with self.http.stream("GET", f"/api/v1/sessions/{self.session}/stream", headers=last) as answer:
            answer.raise_for_status()
            self.connections += 1
            for line in answer.iter_lines():
                if line.startswith("id:"):
                    self.heard.append(int(line.removeprefix("id:")))
                if self._over.is_set():
                    return
