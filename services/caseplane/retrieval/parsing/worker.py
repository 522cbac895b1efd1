"""The parser process: reads one document at a time from its input, answers on its output.

It runs apart from the service, without its environment (so without its secrets), within a memory
limit, and kills itself when a document takes too long, so the worst a file can do is to end it.
Frames are a four-byte length and JSON; a document's bytes follow its request frame.
"""

import json
import logging
import os
import signal
import sys
from typing import Any, BinaryIO

from caseplane.retrieval.parsing.errors import DocumentError
from caseplane.retrieval.parsing.frames import LENGTH
from caseplane.retrieval.parsing.parse import parse
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.siblings import Siblings


def answer(request: dict[str, Any], data: bytes, limits: IngestionSettings) -> dict[str, Any]:
    """Parse one document; errors become data."""
    try:
        others = request.get("siblings")
        document = parse(
            data,
            name=request["name"],
            media_type=request["media_type"],
            limits=limits,
            siblings=Siblings.from_json(others) if others else None,
        )
    except DocumentError as exc:
        return {"slug": exc.slug, "detail": exc.detail, "members": exc.members}
    except MemoryError:
        return {
            "slug": "document-too-large",
            "detail": "Reading the document takes more memory than is allowed.",
            "members": {"setting": "parser_memory_bytes"},
        }
    return {"document": document.to_json()}


def serve(source: BinaryIO, sink: BinaryIO, limits: IngestionSettings) -> None:
    """Answer requests until the input ends, which is how the service dismisses the process."""
    sink.write(LENGTH.pack(0))  # ready: starting takes its time, and must not count as parsing
    sink.flush()
    seconds = max(1, int(limits.parse_timeout.total_seconds()) + 5)
    while head := source.read(LENGTH.size):
        request = json.loads(source.read(LENGTH.unpack(head)[0]))
        data = source.read(request["size"])
        # The service enforces the time limit, unless it dies while this runs.
        signal.alarm(seconds)
        reply = json.dumps(answer(request, data, limits)).encode()
        signal.alarm(0)
        sink.write(LENGTH.pack(len(reply)) + reply)
        sink.flush()


def main() -> None:
    limits = IngestionSettings.model_validate_json(sys.argv[1])
    _limit_memory(limits.parser_memory_bytes)
    logging.disable(logging.CRITICAL)  # parsers comment on every oddity, and may quote the document
    # Anything printed by a library must not end up between two frames.
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, sink, limits)


def _limit_memory(size: int) -> None:
    try:
        import resource
    except ImportError:  # not on every system; the limits on sizes still hold
        return
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
