"""Tells whoever waits for a build what is going on."""

import sys


def say(line: str) -> None:
    """Write one line to the terminal, past pytest's capture: a wait of minutes should explain itself."""
    if sys.__stderr__:
        sys.__stderr__.write(f"toolchain: {line}\n")
        sys.__stderr__.flush()
