"""Progress messages of builds."""

import sys


def say(line: str) -> None:
    """Write one line to the terminal, bypassing pytest's capture, to explain waits of minutes."""
    if sys.__stderr__:
        sys.__stderr__.write(f"toolchain: {line}\n")
        sys.__stderr__.flush()
