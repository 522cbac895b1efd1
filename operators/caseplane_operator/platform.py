"""The platform's public API, as far as the operator uses it, with types of its own: it imports nothing of the services."""

import json
from typing import Any
from urllib.parse import quote

import aiohttp

from caseplane_operator import metrics
from caseplane_operator.clock import PlatformClock
from caseplane_operator.platform_types import (
    AdminKey,
    Connector,
    Costs,
    Ingestion,
    IssuedKey,
    Item,
    KnowledgeBase,
    Me,
    Provider,
    Source,
    Tenant,
    Usage,
)

Body = dict[str, Any]


class PlatformError(Exception):
    """The platform did not do as asked."""


class PlatformUnreachableError(PlatformError):
    """No answer, or one that says to come again; `retry_after` in seconds where it said when."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PlatformRefusedError(PlatformError):
    """An answer that will be the same until somebody changes something; `problem` is the type's last word."""

    def __init__(self, message: str, *, status: int, problem: str) -> None:
        super().__init__(message)
        self.status, self.problem = status, problem


class Session:
    """Requests under one credential.

    Args:
        http: shared by all.
        base: the gateway's address.
        key: a bearer token.
        clock: learns the time of every answer.
    """

    def __init__(
        self, http: aiohttp.ClientSession, base: str, key: str, clock: PlatformClock | None = None
    ) -> None:
        self._http, self._base, self._key = http, base.rstrip("/"), key
        self.clock = clock or PlatformClock()

    async def call(
        self, method: str, path: str, body: Body | None = None, *, match: int | None = None
    ) -> Any:
        """One request; returns the answer's JSON.

        Raises:
            PlatformUnreachableError
            PlatformRefusedError
        """
        headers = {"Authorization": f"Bearer {self._key}"}
        if match is not None:
            headers["If-Match"] = f'"{match}"'
        try:
            async with self._http.request(
                method, f"{self._base}/api/v1{path}", json=body, headers=headers
            ) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as exc:
            metrics.PLATFORM_REQUESTS.labels(method, "none").inc()
            raise PlatformUnreachableError(
                f"The platform at {self._base} does not answer ({type(exc).__name__}); it is tried again."
            ) from exc
        metrics.PLATFORM_REQUESTS.labels(method, str(answer.status)).inc()
        self.clock.hear(answer.headers.get("Date", ""))
        if answer.status < 400:
            return _json(text)
        raise _error(answer, text)

    async def find(self, path: str) -> Any:
        """What is at a path, or None."""
        try:
            return await self.call("GET", path)
        except PlatformRefusedError as exc:
            if exc.status == 404:
                return None
            raise

    async def remove(self, path: str) -> None:
        """Delete what is at a path; nothing happens if it is gone."""
        try:
            await self.call("DELETE", path)
        except PlatformRefusedError as exc:
            if exc.status != 404:
                raise

    async def every(self, path: str) -> list[Any]:
        """All items of a paged list."""
        items: list[Any] = []
        cursor = ""
        while True:
            page = await self.call("GET", f"{path}?limit=200{cursor}")
            items += page["items"]
            if not page.get("next"):
                return items
            cursor = f"&cursor={quote(page['next'])}"


class PlatformAdmin(Session):
    """What the platform's own credential may do: tenants and their admin keys."""

    def as_tenant(self, key: str) -> "TenantSession":
        """The same platform under a tenant's key."""
        return TenantSession(self._http, self._base, key, self.clock)

    async def ensure_tenant(self, slug: str, body: Body) -> Tenant:
        """The tenant of a slug, made if there is none."""
        return Tenant.model_validate(await self.call("POST", "/tenants", {"slug": slug, **body}))

    async def tenant(self, tenant_id: str) -> Tenant | None:
        found = await self.find(f"/tenants/{tenant_id}")
        return None if found is None else Tenant.model_validate(found)

    async def tenant_named(self, slug: str) -> Tenant | None:
        items = (await self.call("GET", f"/tenants?slug={slug}"))["items"]
        return Tenant.model_validate(items[0]) if items else None

    async def patch_tenant(self, tenant_id: str, change: Body, *, version: int) -> Tenant:
        return Tenant.model_validate(await self.call("PATCH", f"/tenants/{tenant_id}", change, match=version))

    async def erase_tenant(self, tenant_id: str) -> None:
        await self.remove(f"/tenants/{tenant_id}")

    async def remove_base(self, tenant_id: str, name: str) -> None:
        """Delete a tenant's knowledge base, also where the tenant's keys are refused; nothing happens if it is gone."""
        await self.remove(f"/tenants/{tenant_id}/knowledge-bases?name={quote(name, safe='')}")

    async def usage(self, tenant_id: str) -> Usage:
        return Usage.model_validate(await self.call("GET", f"/tenants/{tenant_id}/usage"))

    async def costs(self, tenant_id: str) -> Costs:
        return Costs.model_validate(await self.call("GET", f"/tenants/{tenant_id}/costs"))

    async def keys(self, tenant_id: str) -> list[AdminKey]:
        """Admin keys that the platform issued and nobody revoked."""
        found = await self.every(f"/tenants/{tenant_id}/admin-keys")
        return [AdminKey.model_validate(item) for item in found]

    async def issue_key(self, tenant_id: str, name: str) -> IssuedKey:
        return IssuedKey.model_validate(
            await self.call("POST", f"/tenants/{tenant_id}/admin-keys", {"name": name})
        )

    async def revoke_key(self, tenant_id: str, key_id: str) -> None:
        await self.remove(f"/tenants/{tenant_id}/admin-keys/{key_id}")


class TenantSession(Session):
    """What a tenant's admin may do."""

    async def me(self) -> Me:
        return Me.model_validate(await self.call("GET", "/me"))

    async def providers(self) -> list[Provider]:
        return [Provider.model_validate(item) for item in await self.every("/identity-providers")]

    async def add_provider(self, body: Body) -> Provider:
        return Provider.model_validate(await self.call("POST", "/identity-providers", body))

    async def remove_provider(self, provider_id: str) -> None:
        await self.remove(f"/identity-providers/{provider_id}")

    async def connectors(self) -> list[Connector]:
        return [Connector.model_validate(item) for item in await self.call("GET", "/connectors")]

    async def add_connector(self, body: Body) -> Connector:
        return Connector.model_validate(await self.call("POST", "/connectors", body))

    async def patch_connector(self, connection_id: str, change: Body, *, version: int) -> Connector:
        path = f"/connectors/{connection_id}"
        return Connector.model_validate(await self.call("PATCH", path, change, match=version))

    async def remove_connector(self, connection_id: str) -> None:
        await self.remove(f"/connectors/{connection_id}")

    async def base(self, base_id: str) -> KnowledgeBase | None:
        found = await self.find(f"/knowledge-bases/{base_id}")
        return None if found is None else KnowledgeBase.model_validate(found)

    async def base_named(self, name: str) -> KnowledgeBase | None:
        items = (await self.call("GET", f"/knowledge-bases?name={quote(name, safe='')}"))["items"]
        return KnowledgeBase.model_validate(items[0]) if items else None

    async def add_base(self, body: Body) -> KnowledgeBase:
        return KnowledgeBase.model_validate(await self.call("POST", "/knowledge-bases", body))

    async def patch_base(self, base_id: str, change: Body, *, version: int) -> KnowledgeBase:
        path = f"/knowledge-bases/{base_id}"
        return KnowledgeBase.model_validate(await self.call("PATCH", path, change, match=version))

    async def sources(self, base_id: str) -> list[Source]:
        found = await self.call("GET", f"/knowledge-bases/{base_id}/sources")
        return [Source.model_validate(item) for item in found]

    async def add_source(self, base_id: str, body: Body) -> Source:
        return Source.model_validate(await self.call("POST", f"/knowledge-bases/{base_id}/sources", body))

    async def patch_source(self, base_id: str, source_id: str, change: Body) -> Source:
        path = f"/knowledge-bases/{base_id}/sources/{source_id}"
        return Source.model_validate(await self.call("PATCH", path, change))

    async def remove_source(self, base_id: str, source_id: str) -> None:
        await self.remove(f"/knowledge-bases/{base_id}/sources/{source_id}")

    async def sync(self, base_id: str, source_id: str) -> Ingestion:
        path = f"/knowledge-bases/{base_id}/sync"
        return Ingestion.model_validate(await self.call("POST", path, {"source": source_id}))

    async def ingestions(self, base_id: str) -> list[Ingestion]:
        """The latest ingestions, newest first."""
        page = await self.call("GET", f"/knowledge-bases/{base_id}/ingestions?limit=100")
        return [Ingestion.model_validate(item) for item in page["items"]]

    async def failed_items(self, base_id: str, ingestion_id: str) -> list[Item]:
        """Some of the files that an ingestion could not index."""
        path = f"/knowledge-bases/{base_id}/ingestions/{ingestion_id}/items?state=failed&limit=3"
        return [Item.model_validate(item) for item in (await self.call("GET", path))["items"]]


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError as exc:  # a proxy's page in place of an answer
        raise PlatformUnreachableError(
            "The platform's address answers with something else than JSON."
        ) from exc


def _error(answer: aiohttp.ClientResponse, text: str) -> PlatformError:
    try:
        problem = json.loads(text)
        slug, detail = str(problem["type"]).rpartition("/")[2], str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, TypeError):
        return PlatformUnreachableError(f"The platform's address answers {answer.status} without a problem.")
    if answer.status == 429 or answer.status >= 500 or slug == "idempotency-key-in-use":
        after = answer.headers.get("Retry-After", "")
        return PlatformUnreachableError(
            f"The platform answers {answer.status}: {detail}",
            retry_after=float(after) if after.isdigit() else None,
        )
    return PlatformRefusedError(detail, status=answer.status, problem=slug)
