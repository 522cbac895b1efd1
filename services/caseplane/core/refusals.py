"""What the web framework refuses by itself, as problems that say what is wrong and what to do."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from caseplane.core.errors import (
    CaseplaneError,
    InvalidInputError,
    MethodRefusedError,
    UnknownRouteError,
    UnreadableError,
    UnsupportedMediaError,
)

if TYPE_CHECKING:
    from starlette.requests import Request

PLACES = {"path": "the path", "query": "the query", "header": "the headers", "cookie": "the cookies"}
JSON = ("/json", "+json")
WHOLE_BODY = frozenset(["model_attributes_type", "model_type", "dict_type", "list_type"])
AN_ID = "0198c1d2-7a3e-7c4b-9f00-5b8f6a1e2d3c"
SHOWN, LISTED = 5, 50
"""Faults that the detail names, and those that `errors` lists."""


def of_input(request: "Request", faults: Sequence[Any]) -> CaseplaneError:
    """The problem of a request whose parameters or body do not fit."""
    return _of_body(request, faults) or _of_fields(faults)


def unknown_route(method: str, path: str) -> UnknownRouteError:
    return UnknownRouteError(
        f"There is no route {method} {path[:200]}; /docs on this server shows all, /api/v1/openapi.json lists them."
    )


def wrong_method(method: str, path: str, allowed: Iterable[str]) -> MethodRefusedError:
    return MethodRefusedError(method, path, sorted(set(allowed) - {"HEAD"}))


def _of_body(request: "Request", faults: Sequence[Any]) -> CaseplaneError | None:
    """What is wrong with the body as a whole: it is no JSON, is called something else, or is missing."""
    for fault in faults:
        if fault["type"] == "json_invalid":
            said = (fault.get("ctx") or {}).get("error", fault["msg"])
            place = f" at character {fault['loc'][-1]}" if isinstance(fault["loc"][-1], int) else ""
            return UnreadableError(
                f"The body is not valid JSON{place}: {said}. Is it cut off, or are quotes or commas missing?"
            )
    of_whole = [fault for fault in faults if tuple(fault["loc"]) == ("body",)]
    if not of_whole:
        return None
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if of_whole[0]["type"] == "missing" and (not given or given.endswith(JSON)):
        return _invalid("The request has no body; send a JSON object.", faults)
    if not given.endswith(JSON):
        return UnsupportedMediaError(
            f"The body was sent {f'as {given}' if given else 'without a Content-Type'}; this route takes"
            " application/json. Set the header Content-Type.",
            accepted=["application/json"],
        )
    if of_whole[0]["type"] in WHOLE_BODY:
        kind = "a list" if of_whole[0]["type"] == "list_type" else "an object, such as {…}"
        return _invalid(f"The body is JSON, but must be {kind}.", faults)
    return None


def _of_fields(faults: Sequence[Any]) -> InvalidInputError:
    more = len(faults) - SHOWN
    listed = "; ".join(_sentence(fault) for fault in faults[:SHOWN])
    return _invalid(f"{listed}; and {more} more" if more > 0 else listed, faults)


def _invalid(detail: str, faults: Sequence[Any]) -> InvalidInputError:
    errors = [
        {"field": ".".join(map(str, fault["loc"])), "message": str(fault["msg"])} for fault in faults[:LISTED]
    ]
    return InvalidInputError(detail, errors=errors)


def _sentence(fault: Any) -> str:
    place, *rest = map(str, fault["loc"])
    name = ".".join(rest) or place
    where = f"{name} in {PLACES[place]}" if rest and place in PLACES else name
    return f"{where}: {_message(fault)}"


def _message(fault: Any) -> str:
    text = str(fault["msg"]).removeprefix("Value error, ")
    kind = fault["type"]
    if kind == "missing":
        return "it is missing"
    if kind == "extra_forbidden":
        return "there is no such field"
    if kind.startswith("uuid_"):
        numbered = fault["loc"][-1] == "ticket_id" and str(fault.get("input")).isdigit()
        hint = "; GET /api/v1/tickets?number=… finds a ticket by its number" if numbered else ""
        return f"{_given(fault)} is not an id; ids look like {AN_ID}{hint}"
    if kind in ("too_short", "string_too_short"):
        ctx = fault.get("ctx") or {}
        least = ctx.get("min_length", 1)
        return "it is empty" if not fault.get("input") else f"it is too short; at least {least} are needed"
    if kind.startswith(
        ("string_type", "int_", "float_", "bool_", "enum", "literal_error", "datetime_", "date_")
    ):
        return f"{text[:1].lower()}{text[1:]}, not {_given(fault)}"
    return f"{text[:1].lower()}{text[1:]}"


def _given(fault: Any) -> str:
    """What was sent, short enough to be shown."""
    text = repr(fault.get("input"))
    return text if len(text) <= 60 else f"{text[:57]}…"
