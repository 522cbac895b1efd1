"""Calls to Zendesk's Ticketing API: who calls, what an error says, one page after another."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from caseplane.escalation.connectors.contents import json_object
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.oauth import ClientCredentials
from caseplane.escalation.connectors.protocol import (
    DeskRefusedError,
    DeskUnavailableError,
    raise_for_answer,
)
from caseplane.escalation.connectors.zendesk.models import ZendeskCredentials

LIST_LIMIT = 16 << 20
"""Largest page of a list, in bytes: a hundred comments of 64 KiB in two forms."""
PAGES = 50
"""Pages of a ticket's history that are read; Zendesk allows 5,000 comments on a ticket."""
SCOPE = "read write"


class NoSuchRecordError(DeskRefusedError):
    """The desk has no such record, or the connection may not see it."""


class InvalidRecordError(DeskRefusedError):
    """The desk's rules forbid the change.

    Args:
        said: what the desk said.
    """

    def __init__(self, said: str) -> None:
        super().__init__(
            f"Zendesk refuses the change: {said}" if said else "Zendesk refuses the change (422)."
        )


class ZendeskClient:
    """One account, as one user.

    Args:
        url: of the account, such as `https://acme.zendesk.com`.
    """

    def __init__(self, *, url: str, credentials: ZendeskCredentials, http: DeskHttp) -> None:
        self._url, self._http = url.rstrip("/"), http
        self._token: tuple[str, str] | None = None
        self._client: ClientCredentials | None = None
        if credentials.client_id and credentials.client_secret:
            self._client = ClientCredentials(
                f"{self._url}/oauth/tokens", credentials.client_id, credentials.client_secret, SCOPE, True
            )
        elif credentials.email and credentials.api_token:
            self._token = (f"{credentials.email}/token", credentials.api_token.get_secret_value())

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        return await self._call("GET", path, params=params, answer_limit=LIST_LIMIT)

    async def post(
        self, path: str, body: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        return await self._call("POST", path, json=body, headers=headers)

    async def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._call("PUT", path, json=body)

    async def ticket(self, ticket_id: str) -> dict[str, Any]:
        """Raises `NoSuchRecordError` for one that was deleted, too."""
        return record(await self.get(f"tickets/{quote(ticket_id, safe='')}.json"), "ticket")

    async def tickets_marked(self, external_id: str) -> list[dict[str, Any]]:
        """The tickets with an external id, the oldest first."""
        found = records(await self.get("tickets.json", external_id=external_id), "tickets")
        return sorted(found, key=lambda ticket: int(ticket["id"]))

    async def audits(self, ticket_id: str) -> tuple[list[dict[str, Any]], dict[int, str]]:
        """What happened to a ticket, the oldest first; and the names of those who did it, by id."""
        audits: list[dict[str, Any]] = []
        names: dict[int, str] = {}
        after: dict[str, str] = {}
        for _ in range(PAGES):
            page = await self.get(
                f"tickets/{quote(ticket_id, safe='')}/audits.json",
                **{"page[size]": 100, "include": "users", **after},
            )
            audits += records(page, "audits")
            names |= {
                user["id"]: str(user.get("name") or "")
                for user in page.get("users") or ()
                if isinstance(user, dict) and isinstance(user.get("id"), int)
            }
            meta = page.get("meta") or {}
            if not meta.get("has_more"):
                break
            after = {"page[after]": str(meta.get("after_cursor"))}
        return audits, names

    async def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer = await self._send(method, path, None, **request)
        if answer.status_code == 401 and self._client is not None:
            # A token may be revoked before it expires.
            refused = answer.request.headers["authorization"].removeprefix("Bearer ")
            answer = await self._send(method, path, refused, **request)
        match answer.status_code:
            case 404:
                raise NoSuchRecordError("Zendesk answered 404: there is no such record.")
            case 401:
                raise DeskRefusedError(
                    "Zendesk answered 401: the connector's token or client is not valid (any more)."
                )
            case 403:
                raise DeskRefusedError(f"Zendesk answered 403: {_said(answer) or 'the user lacks a right'}.")
            case 422 if _said(answer):
                raise InvalidRecordError(_said(answer))
        raise_for_answer(answer)
        return json_object(answer, desk="Zendesk")

    async def _send(self, method: str, path: str, refused: str | None, **request: Any) -> httpx.Response:
        headers = dict(request.pop("headers", None) or {})
        if self._client is not None:
            token = await self._http.tokens.get(self._http, self._client, but=refused)
            headers["Authorization"] = f"Bearer {token}"
        url = f"{self._url}/api/v2/{path}"
        return await self._http.call(method, url, headers=headers, auth=self._token, **request)


def record(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """The record in an answer.

    Raises:
        DeskUnavailableError: it is none, or has no id.
    """
    found = answer.get(name)
    if not isinstance(found, dict) or not isinstance(found.get("id"), int):
        raise DeskUnavailableError(f"Zendesk's answer holds no {name}.")
    return found


def records(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = answer.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise DeskUnavailableError(f"Zendesk's answer holds no list of {name}.")
    return found


def _said(answer: httpx.Response) -> str:
    """What an error says of its cause: the messages of its fields, else its title."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    details = body.get("details")
    messages = [
        str(each["description"])
        for field in (details.values() if isinstance(details, dict) else ())
        for each in (field if isinstance(field, list) else ())
        if isinstance(each, dict) and each.get("description")
    ]
    error = body.get("error")
    title = error.get("title") if isinstance(error, dict) else body.get("description") or error
    return "; ".join(messages or [str(title)] if title or messages else [])[:500]
