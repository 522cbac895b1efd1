"""How commands end: documented exit codes, and errors as one line that says what to do."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from enum import IntEnum
from typing import Any, TypeVar

T = TypeVar("T")


class Exit(IntEnum):
    """Exit codes of every command."""

    ok = 0
    failure = 1
    """Something failed, or an ingestion left documents out."""
    usage = 2
    """The command line, or what it asked for, is not valid."""
    not_found = 3
    denied = 4
    """No credential, or one that does not allow this."""
    conflict = 5
    """The request contradicts the current state."""
    unavailable = 6
    """The server does not answer, is too slow or asks to retry later."""
    interrupted = 130


BY_STATUS = {
    400: Exit.usage,
    401: Exit.denied,
    403: Exit.denied,
    404: Exit.not_found,
    405: Exit.usage,
    409: Exit.conflict,
    412: Exit.conflict,
    413: Exit.usage,
    415: Exit.usage,
    422: Exit.usage,
    429: Exit.unavailable,
    502: Exit.unavailable,
    503: Exit.unavailable,
    504: Exit.unavailable,
}
INSTALLATION = {
    "caseplane.core.settings": ("WrongSettingError", Exit.usage),
    "caseplane.local.data": ("DataFolderBusyError", Exit.conflict),
    "caseplane.local.platform": ("PortBusyError", Exit.conflict),
}
"""Errors that keep this machine's installation from starting, by their modules."""
HINTS = {
    401: "Set CASEPLANE_API_KEY to a valid key (`caseplane keys create` makes one).",
    403: "Use a key whose role allows this.",
    429: "Wait a moment and try again.",
    503: "Try again; if it stays, look at the server's log.",
}


class CommandError(Exception):
    """A command cannot continue; the message is for the user.

    Args:
        message: one line: what is wrong and what to do.
        code: the exit code.
    """

    def __init__(self, message: str, code: Exit = Exit.failure) -> None:
        super().__init__(message)
        self.code = code


class ProblemError(CommandError):
    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        said = str(problem.get("detail") or problem.get("title") or f"The server answered {status}.")
        hint = HINTS.get(status, "")
        super().__init__(f"{said} {hint}".strip(), BY_STATUS.get(status, Exit.failure))
        self.status, self.problem = status, problem

    def is_a(self, slug: str) -> bool:
        """Whether the problem is of this type."""
        return str(self.problem.get("type", "")).rpartition("/")[2] == slug


def describe(exc: BaseException) -> tuple[str, Exit]:
    """One line and an exit code for the exception that ended a command."""
    if isinstance(exc, CommandError):
        return str(exc), exc.code
    known = _ours(exc) or _of_connection(exc)
    if known is not None:
        return known
    if isinstance(exc, KeyboardInterrupt | asyncio.CancelledError):
        return "Interrupted.", Exit.interrupted
    if isinstance(exc, FileNotFoundError | NotADirectoryError | IsADirectoryError | PermissionError):
        name = f"{exc.filename}: " if exc.filename else ""
        return f"{name}{exc.strerror or exc}", Exit.usage
    text = " ".join(str(exc).split())
    return f"{type(exc).__name__}: {text} (set CASEPLANE_DEBUG=1 to see where)", Exit.failure


# An exception of a module that is not loaded cannot occur, so do not import modules only to compare.


def _ours(exc: BaseException) -> tuple[str, Exit] | None:
    """An error of the platform, raised in this process rather than by the server."""
    known = _of_installation(exc)
    if known or "caseplane.core.errors" not in sys.modules:
        return known
    from caseplane.core.errors import CaseplaneError

    return (exc.detail, BY_STATUS.get(exc.status, Exit.failure)) if isinstance(exc, CaseplaneError) else None


def _of_installation(exc: BaseException) -> tuple[str, Exit] | None:
    """What keeps this machine's installation from starting."""
    for module, (name, code) in INSTALLATION.items():
        loaded = sys.modules.get(module)
        if loaded is not None and isinstance(exc, getattr(loaded, name)):
            return str(exc), code
    return None


def _of_connection(exc: BaseException) -> tuple[str, Exit] | None:
    if "httpx" not in sys.modules:
        return None
    import httpx

    if isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout):
        return (
            "The server does not answer. Is it running (`caseplane serve`), and is CASEPLANE_GATEWAY_URL right?",
            Exit.unavailable,
        )
    if isinstance(exc, httpx.TimeoutException):
        return "The server did not answer in time. Try again.", Exit.unavailable
    if isinstance(exc, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return f"CASEPLANE_GATEWAY_URL is not a URL: {exc}", Exit.usage
    if isinstance(exc, httpx.HTTPError):
        return f"The connection to the server broke ({type(exc).__name__}). Try again.", Exit.unavailable
    return None


def debugging() -> bool:
    return bool(os.environ.get("CASEPLANE_DEBUG"))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    return asyncio.run(work)


def run_server(work: Coroutine[Any, Any, T]) -> T | None:
    """Run a server's coroutine until it ends or is stopped, on the faster event loop where there is one."""
    from caseplane.core.stopping import until_stopped
    from caseplane.core.telemetry import flush_tracing

    try:
        with asyncio.Runner(loop_factory=_faster_loop()) as runner:
            return runner.run(until_stopped(work))
    finally:
        flush_tracing()


def _faster_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        from uvloop import new_event_loop
    except ImportError:  # not on this platform
        return None
    return new_event_loop
