"""Pulumi's engine, as the commands ask it; where it cannot do what is asked, its reason and not its log."""

import shutil
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi import automation


class EngineError(Exception):
    """The engine is missing or did not succeed; the message is what it said to a person."""


@contextmanager
def asked() -> Iterator[None]:
    """Around all that asks the engine.

    Raises:
        EngineError: `pulumi` is not installed, or what was asked did not succeed.
    """
    if not shutil.which("pulumi"):
        raise EngineError(
            "There is no `pulumi` on the PATH. Install the Pulumi command line, 3.230 or newer."
        )
    try:
        yield
    except automation.CommandError as exc:
        raise EngineError(_said(str(exc))) from None


def _said(log: str) -> str:
    """What is diagnosed, of a log that tells the progress too; without that, what went to standard error."""
    _, diagnosed, rest = log.partition("\nDiagnostics:\n")
    _, printed, errors = log.partition("\n stderr:")
    said = rest.partition("\nResources:\n")[0] if diagnosed else errors if printed else log
    return textwrap.dedent(said).strip()
