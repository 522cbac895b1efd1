"""A desk outside the cluster, on a port of this machine, that keeps every ticket it is sent."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from tests.unit.escalation.connectors.generic_desk import SECRET, GenericDesk

__all__ = ["SECRET", "Desk"]


class Desk:
    """The strict generic desk, served."""

    def __init__(self) -> None:
        self._desk, self._lock = GenericDesk(), threading.Lock()

    def sessions(self) -> list[str]:
        """The conversation of each ticket that the desk has made."""
        with self._lock:
            return [str(record.session_id) for record in self._desk.records.values()]

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        request = httpx.Request("POST", f"http://desk{path}", headers=headers, content=body)
        with self._lock:
            answer = asyncio.run(self._desk(request))
        return answer.status_code, json.loads(answer.content or b"{}")

    @contextmanager
    def serve(self) -> Iterator[int]:
        """Serve on a port of the loopback, which is given."""
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status, said = desk.take(self.path, dict(self.headers), body)
                answer = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield server.server_port
            server.shutdown()
