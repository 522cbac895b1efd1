"""Calls of Pulumi's engine; a failure shows the engine's reason, not its whole log."""

import shutil
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi import automation


class EngineError(Exception):
    """The engine is missing or failed; the message is the engine's diagnosis."""


@contextmanager
def asked() -> Iterator[None]:
    """Turn failures of the engine into `EngineError`.

    Raises:
        EngineError: `pulumi` is not installed, or an operation failed.
    """
    if not shutil.which("pulumi"):
        raise EngineError(
            "There is no `pulumi` on the PATH. Install the Pulumi command line, 3.230 or newer."
        )
    try:
        yield
    except automation.CommandError as exc:
        raise EngineError(_reason(str(exc))) from None


def _reason(log: str) -> str:
    """The diagnostics in the engine's log; without any, its standard error."""
    _, diagnosed, rest = log.partition("\nDiagnostics:\n")
    _, printed, errors = log.partition("\n stderr:")
    reason = rest.partition("\nResources:\n")[0] if diagnosed else errors if printed else log
    return textwrap.dedent(reason).strip()
