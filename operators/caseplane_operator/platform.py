"""The part of the platform's public API that the operator uses, with types of its own: it imports no service."""

import json
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel

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
M = TypeVar("M", bound=BaseModel)


class PlatformError(Exception):
    """The platform did not do what was requested."""


class PlatformUnreachableError(PlatformError):
    """No answer, or one that asks to try again, after `retry_after` seconds if it names a time."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PlatformRefusedError(PlatformError):
    """An answer that stays the same until something changes; `problem` is the last part of its type."""

    def __init__(self, message: str, *, status: int, problem: str) -> None:
        super().__init__(message)
        self.status, self.problem = status, problem


class Session:
    """Requests under one credential.

    Args:
        http: shared by all sessions.
        base: the gateway's address.
        key: a bearer token.
        clock: updated with the date of every answer.
    """

    def __init__(
        self, http: aiohttp.ClientSession, base: str, key: str, clock: PlatformClock | None = None
    ) -> None:
        self._http, self._base, self._key = http, base.rstrip("/"), key
        self.clock = clock or PlatformClock()

    async def call(
        self, method: str, path: str, body: Body | None = None, *, match: int | None = None
    ) -> Any:
        """Send one request and return the answer's JSON.

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
                f"The platform at {self._base} does not answer ({type(exc).__name__}); the operator tries again."
            ) from exc
        metrics.PLATFORM_REQUESTS.labels(method, str(answer.status)).inc()
        self.clock.update(answer.headers.get("Date", ""))
        if answer.status < 400:
            return _json(text)
        raise _error(answer, text)

    async def send(
        self, model: type[M], method: str, path: str, body: Body | None = None, *, match: int | None = None
    ) -> M:
        """One request, with its answer as a model."""
        return model.model_validate(await self.call(method, path, body, match=match))

    async def find(self, model: type[M], path: str) -> M | None:
        """What is at a path, or None if it does not exist."""
        try:
            return await self.send(model, "GET", path)
        except PlatformRefusedError as exc:
            if exc.status == 404:
                return None
            raise

    async def first(self, model: type[M], path: str) -> M | None:
        """The first item of a page, or None if it is empty."""
        return next(iter(await self.page(model, path)), None)

    async def page(self, model: type[M], path: str) -> list[M]:
        """The items of one page, or of a list that has no pages."""
        found = await self.call("GET", path)
        return [model.model_validate(item) for item in (found if isinstance(found, list) else found["items"])]

    async def every(self, model: type[M], path: str) -> list[M]:
        """The items of all pages."""
        page = await self.call("GET", f"{path}?limit=200")
        items: list[Any] = page["items"]
        while page.get("next"):
            page = await self.call("GET", f"{path}?limit=200&cursor={quote(page['next'])}")
            items += page["items"]
        return [model.model_validate(item) for item in items]

    async def remove(self, path: str) -> None:
        """Delete what is at a path; does nothing if it is gone."""
        try:
            await self.call("DELETE", path)
        except PlatformRefusedError as exc:
            if exc.status != 404:
                raise


class PlatformAdmin(Session):
    """Requests under the platform's own credential, which manages tenants and their admin keys."""

    def as_tenant(self, key: str) -> "TenantSession":
        """A session with the same platform under a tenant's key."""
        return TenantSession(self._http, self._base, key, self.clock)

    async def ensure_tenant(self, slug: str, body: Body) -> Tenant:
        """The tenant with a slug, created if it does not exist."""
        return await self.send(Tenant, "POST", "/tenants", {"slug": slug, **body})

    async def tenant(self, tenant_id: str) -> Tenant | None:
        return await self.find(Tenant, f"/tenants/{tenant_id}")

    async def tenant_named(self, slug: str) -> Tenant | None:
        return await self.first(Tenant, f"/tenants?slug={slug}")

    async def patch_tenant(self, tenant_id: str, change: Body, *, version: int) -> Tenant:
        return await self.send(Tenant, "PATCH", f"/tenants/{tenant_id}", change, match=version)

    async def erase_tenant(self, tenant_id: str) -> None:
        await self.remove(f"/tenants/{tenant_id}")

    async def remove_base(self, tenant_id: str, name: str) -> None:
        """Delete a tenant's knowledge base, even if the tenant's keys are refused; does nothing if it is gone."""
        await self.remove(f"/tenants/{tenant_id}/knowledge-bases?name={quote(name, safe='')}")

    async def usage(self, tenant_id: str) -> Usage:
        return await self.send(Usage, "GET", f"/tenants/{tenant_id}/usage")

    async def costs(self, tenant_id: str) -> Costs:
        return await self.send(Costs, "GET", f"/tenants/{tenant_id}/costs")

    async def keys(self, tenant_id: str) -> list[AdminKey]:
        """Admin keys that the platform issued and that are not revoked."""
        return await self.every(AdminKey, f"/tenants/{tenant_id}/admin-keys")

    async def issue_key(self, tenant_id: str, name: str) -> IssuedKey:
        return await self.send(IssuedKey, "POST", f"/tenants/{tenant_id}/admin-keys", {"name": name})

    async def revoke_key(self, tenant_id: str, key_id: str) -> None:
        await self.remove(f"/tenants/{tenant_id}/admin-keys/{key_id}")


class TenantSession(Session):
    """Requests under an admin key of a tenant."""

    async def me(self) -> Me:
        return await self.send(Me, "GET", "/me")

    async def providers(self) -> list[Provider]:
        return await self.every(Provider, "/identity-providers")

    async def add_provider(self, body: Body) -> Provider:
        return await self.send(Provider, "POST", "/identity-providers", body)

    async def remove_provider(self, provider_id: str) -> None:
        await self.remove(f"/identity-providers/{provider_id}")

    async def connectors(self) -> list[Connector]:
        return await self.page(Connector, "/connectors")

    async def add_connector(self, body: Body) -> Connector:
        return await self.send(Connector, "POST", "/connectors", body)

    async def patch_connector(self, connection_id: str, change: Body, *, version: int) -> Connector:
        return await self.send(Connector, "PATCH", f"/connectors/{connection_id}", change, match=version)

    async def remove_connector(self, connection_id: str) -> None:
        await self.remove(f"/connectors/{connection_id}")

    async def base(self, base_id: str) -> KnowledgeBase | None:
        return await self.find(KnowledgeBase, f"/knowledge-bases/{base_id}")

    async def base_named(self, name: str) -> KnowledgeBase | None:
        return await self.first(KnowledgeBase, f"/knowledge-bases?name={quote(name, safe='')}")

    async def add_base(self, body: Body) -> KnowledgeBase:
        return await self.send(KnowledgeBase, "POST", "/knowledge-bases", body)

    async def patch_base(self, base_id: str, change: Body, *, version: int) -> KnowledgeBase:
        return await self.send(KnowledgeBase, "PATCH", f"/knowledge-bases/{base_id}", change, match=version)

    async def sources(self, base_id: str) -> list[Source]:
        return await self.page(Source, f"/knowledge-bases/{base_id}/sources")

    async def add_source(self, base_id: str, body: Body) -> Source:
        return await self.send(Source, "POST", f"/knowledge-bases/{base_id}/sources", body)

    async def patch_source(self, base_id: str, source_id: str, change: Body) -> Source:
        return await self.send(Source, "PATCH", f"/knowledge-bases/{base_id}/sources/{source_id}", change)

    async def remove_source(self, base_id: str, source_id: str) -> None:
        await self.remove(f"/knowledge-bases/{base_id}/sources/{source_id}")

    async def sync(self, base_id: str, source_id: str) -> Ingestion:
        path = f"/knowledge-bases/{base_id}/sync"
        return await self.send(Ingestion, "POST", path, {"source": source_id})

    async def ingestions(self, base_id: str) -> list[Ingestion]:
        """The latest ingestions, newest first."""
        return await self.page(Ingestion, f"/knowledge-bases/{base_id}/ingestions?limit=100")

    async def failed_items(self, base_id: str, ingestion_id: str) -> list[Item]:
        """Up to three of the files that an ingestion could not index."""
        path = f"/knowledge-bases/{base_id}/ingestions/{ingestion_id}/items?state=failed&limit=3"
        return await self.page(Item, path)


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError as exc:  # such as a proxy's error page
        raise PlatformUnreachableError("The platform's address does not answer with JSON.") from exc


def _error(answer: aiohttp.ClientResponse, text: str) -> PlatformError:
    try:
        problem = json.loads(text)
        slug, detail = str(problem["type"]).rpartition("/")[2], str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, TypeError):
        return PlatformUnreachableError(
            f"The platform's address answers {answer.status} without a problem document."
        )
    if answer.status == 429 or answer.status >= 500 or slug == "idempotency-key-in-use":
        after = answer.headers.get("Retry-After", "")
        return PlatformUnreachableError(
            f"The platform answers {answer.status}: {detail}",
            retry_after=float(after) if after.isdigit() else None,
        )
    return PlatformRefusedError(detail, status=answer.status, problem=slug)
