"""Puts the steps together."""

from functools import lru_cache

from caseplane.text.cleaning.history import without_history
from caseplane.text.cleaning.signatures import without_signature
from caseplane.text.cleaning.traces import without_traces
from caseplane.text.html import plain_text

LONGEST = 100_000
"""Characters that are looked at; messages are far shorter."""


@lru_cache(maxsize=2048)
def clean(text: str) -> str:
    """What a message asks: without markup, quoted history, signature, disclaimer, log and stack trace.

    Never empty unless the text is: a message that is nothing but a signature stays. Cleaning twice changes nothing.
    """
    text = text[:LONGEST]
    while True:
        cleaned = _once(text)
        if len(cleaned) >= len(text):
            return cleaned
        text = cleaned


def _once(text: str) -> str:
    for step in (_plain, without_traces, without_history, without_signature):
        left = step(text).strip()
        text = left if _says_something(left) else text.strip()
    return text


def _plain(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return plain_text(text)


def _says_something(text: str) -> bool:
    return any(not character.isspace() for character in text)
