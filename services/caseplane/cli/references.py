"""Finds what a person names by number, by a part of its id, or by its whole id."""

from typing import Any
from uuid import UUID

from caseplane.cli.api import Api
from caseplane.cli.exits import CommandError, Exit

SHORTEST = 4
"""Characters of an id that are taken for a part of it."""


async def ticket_id(api: Api, given: str) -> str:
    """The id of a ticket by its number (`12`, `#12`), its id, or the end or beginning of its id."""
    number = given.removeprefix("#")
    if number.isdigit() and len(number) < 10:
        page = await api.get("/tickets", number=int(number), limit=1)
        if page["items"]:
            return str(page["items"][0]["ticket_id"])
        if len(number) < SHORTEST:
            raise CommandError(
                f"There is no ticket {number}; `caseplane ticket list` shows them.", Exit.not_found
            )
    return await whole_id(
        api, given, path="/tickets", field="ticket_id", noun="ticket", listing="ticket list"
    )


async def whole_id(
    api: Api, given: str, *, path: str, field: str, noun: str, listing: str, **query: Any
) -> str:
    """An id as the server knows it, from a part of it that a list shows.

    Args:
        api: to list with.
        given: by a person.
        path: of the list.
        field: of the list's rows that has the id.
        noun: what it is.
        listing: the command that shows all.
        query: of the list.
    """
    try:
        return str(UUID(given))
    except ValueError:
        part = given.strip(".… ").lower()
    found: list[dict[str, Any]] = []
    if len(part) >= SHORTEST:
        rows = await api.rows(path, **query)
        found = [row for row in rows if row[field].endswith(part) or row[field].startswith(part)]
    if len(found) == 1:
        return str(found[0][field])
    if found:
        ids = ", ".join(row[field] for row in found[:3])
        raise CommandError(
            f"{len(found)} have an id with {given!r}, such as {ids}; give more of it.", Exit.usage
        )
    raise CommandError(f"There is no {noun} {given!r}; `caseplane {listing}` shows them.", Exit.not_found)
