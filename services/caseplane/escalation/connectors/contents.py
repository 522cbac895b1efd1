"""Reads what desks send: webhooks' bodies and answers, and says what is wrong with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from pydantic import ValidationError

from caseplane.escalation.connectors.protocol import DeskUnavailableError, HookMalformedError

FAULTS = 5
"""Faults of one body that are named."""


@contextmanager
def hook_contents() -> Iterator[None]:
    """Around the reading of a webhook's body: raises `HookMalformedError` where it is not JSON, or not of the model."""
    try:
        yield
    except ValidationError as exc:
        raise HookMalformedError(reason_of(exc)) from exc
    except (ValueError, RecursionError) as exc:
        raise HookMalformedError("body: is not JSON") from exc


def json_object(answer: httpx.Response, *, desk: str) -> dict[str, Any]:
    """The JSON object in an answer.

    Args:
        answer: a success.
        desk: who answered, as in "Zendesk".

    Raises:
        DeskUnavailableError: it holds none.
    """
    try:
        found = answer.json()
    except ValueError as exc:  # an instance that sleeps answers 200 with a page
        raise DeskUnavailableError(f"{desk}'s answer is not JSON.") from exc
    if not isinstance(found, dict):
        raise DeskUnavailableError(f"{desk}'s answer is not a JSON object.")
    return found


def reason_of(exc: ValueError) -> str:
    """Why something could not be read: fields and faults, as far as the error names them."""
    if isinstance(exc, ValidationError):
        named = exc.errors()[:FAULTS]
        return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in named)
    return str(exc)
