"""Calls to ServiceNow's Table API: who calls, what an error says, records without display values."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from caseplane.escalation.connectors.contents import json_object
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.oauth import ClientCredentials
from caseplane.escalation.connectors.protocol import (
    DeskRefusedError,
    DeskUnavailableError,
    raise_for_answer,
)
from caseplane.escalation.connectors.servicenow.models import ServiceNowCredentials

LIST_LIMIT = 16 << 20
"""Largest page of records, in bytes; an entry of a journal may have a million characters."""
PLAIN = {"sysparm_display_value": "false", "sysparm_exclude_reference_link": "true"}
SYS_ID = re.compile(r"^[0-9a-f]{32}$")


class NoSuchRecordError(DeskRefusedError):
    """The instance has no such record, or the connection may not see it: it does not tell which."""


class ServiceNowClient:
    """One instance, as one user.

    Args:
        url: of the instance, such as `https://acme.service-now.com`.
    """

    def __init__(self, *, url: str, credentials: ServiceNowCredentials, http: DeskHttp) -> None:
        self.url, self._http = url.rstrip("/"), http
        self._user: tuple[str, str] | None = None
        self._client: ClientCredentials | None = None
        if credentials.client_id and credentials.client_secret:
            self._client = ClientCredentials(
                f"{self.url}/oauth_token.do", credentials.client_id, credentials.client_secret
            )
        elif credentials.username and credentials.password:
            self._user = (credentials.username, credentials.password.get_secret_value())

    async def list(
        self, table: str, query: str, *, columns: Iterable[str], limit: int, offset: int = 0
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of records, and how many the query finds.

        Records that the user may not see are missing from a page, but are counted: a page may be short, or empty, and
        others may follow.
        """
        params = PLAIN | {
            "sysparm_query": query,
            "sysparm_fields": ",".join(columns),
            "sysparm_limit": str(limit),
            "sysparm_offset": str(offset),
        }
        answer = await self._call("GET", table, params=params, answer_limit=LIST_LIMIT)
        found = json_object(answer, desk="ServiceNow").get("result")
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise DeskUnavailableError("ServiceNow's answer holds no list of records.")
        total = answer.headers.get("x-total-count", "")
        return found, int(total) if total.isdigit() else offset + len(found)

    async def get(self, table: str, sys_id: str, *, columns: Iterable[str]) -> dict[str, Any]:
        """Raises `NoSuchRecordError`."""
        if not SYS_ID.match(sys_id):
            raise NoSuchRecordError(f"{sys_id!r} is no sys_id.")
        params = PLAIN | {"sysparm_fields": ",".join(columns)}
        return _record(await self._call("GET", f"{table}/{sys_id}", params=params))

    async def create(self, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return _record(await self._call("POST", table, params=PLAIN, json=dict(values)))

    async def change(self, table: str, sys_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return _record(await self._call("PATCH", f"{table}/{sys_id}", params=PLAIN, json=dict(values)))

    async def _call(self, method: str, path: str, **request: Any) -> httpx.Response:
        answer = await self._send(method, path, None, **request)
        if answer.status_code == 401 and self._client is not None:
            # A token may be revoked before it expires.
            refused = answer.request.headers["authorization"].removeprefix("Bearer ")
            answer = await self._send(method, path, refused, **request)
        match answer.status_code:
            case 404:
                raise NoSuchRecordError(
                    "ServiceNow answered 404: there is no such record, or the connector's user may not see it."
                )
            case 401:
                raise DeskRefusedError(
                    "ServiceNow answered 401: the connector's user or client is not valid (any more)."
                )
            case 400 | 403:
                said = _said(answer) or "the user lacks a right"
                raise DeskRefusedError(f"ServiceNow answered {answer.status_code}: {said}.")
        raise_for_answer(answer)
        return answer

    async def _send(self, method: str, path: str, refused: str | None, **request: Any) -> httpx.Response:
        headers = {"Accept": "application/json"}
        if self._client is not None:
            token = await self._http.tokens.get(self._http, self._client, but=refused)
            headers["Authorization"] = f"Bearer {token}"
        url = f"{self.url}/api/now/table/{path}"
        return await self._http.call(method, url, headers=headers, auth=self._user, **request)


def moment(value: Any) -> datetime:
    """The time of a column: UTC, whatever zone the user has.

    Raises:
        ValueError: it is none.
    """
    return datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def stamp(at: datetime) -> str:
    """A time as a query has it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _record(answer: httpx.Response) -> dict[str, Any]:
    found = json_object(answer, desk="ServiceNow").get("result")
    if not isinstance(found, dict) or not SYS_ID.match(str(found.get("sys_id"))):
        raise DeskUnavailableError("ServiceNow's answer holds no record.")
    return found


def _said(answer: httpx.Response) -> str:
    """What an error says of its cause; the detail names the rule, policy or column."""
    try:
        error = answer.json()["error"]
        return "; ".join(str(error[part]) for part in ("message", "detail") if error.get(part))[:500].rstrip(
            "."
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
