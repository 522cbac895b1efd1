"""The requests to the API server that kopf does not make for us: lists, Secrets, status, finalizers, events, the lease.

A client library would add more than it saves: see 02-design/decisions/0021. Custom resources are written only by server-side
apply under our own field manager, which changes no field that another manager owns.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import aiohttp
import kopf

from caseplane_operator import metrics
from caseplane_operator.names import API_VERSION, MANAGER

JSON = "application/json"
APPLY = "application/apply-patch+yaml"  # JSON is YAML
PAGE = 500
Object = dict[str, Any]
Login = Callable[[], Awaitable[kopf.ConnectionInfo]]


class KubernetesError(Exception):
    """The API server refused a request, and waiting does not help."""


class GoneError(KubernetesError):
    """The object does not exist, or another one has its name by now."""


class ConflictError(KubernetesError):
    """The object changed since it was read, or already exists."""


class ForbiddenError(KubernetesError):
    """The operator's role does not allow it."""


class UnavailableError(KubernetesError):
    """The API server did not answer, or had an internal error; it may recover soon."""


ERRORS = {403: ForbiddenError, 404: GoneError, 409: ConflictError}


class Kubernetes:
    """Requests to the API server.

    Args:
        login: finds credentials; called again after a 401, because tokens of service accounts expire.
        timeout: seconds for one request.
    """

    def __init__(self, login: Login, *, timeout: float) -> None:
        self._login, self._timeout = login, aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self._server = ""
        self._login_lock = asyncio.Lock()

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def get(self, path: str) -> Object | None:
        """An object, or None if it does not exist."""
        try:
            return await self.request("GET", path)
        except GoneError:
            return None

    async def all(self, resource: str, namespace: str = "") -> list[Object]:
        """Every custom resource of a kind, in one namespace or, without one, in all."""
        path = f"{_path_of_kind(resource, namespace)}?limit={PAGE}"
        page = await self.request("GET", path)
        found: list[Object] = page["items"]
        while following := page["metadata"].get("continue"):
            page = await self.request("GET", f"{path}&continue={quote(following)}")
            found += page["items"]
        return found

    async def create(self, path: str, body: Object) -> Object:
        """Create an object; `path` is that of its kind."""
        return await self.request("POST", path, body)

    async def replace(self, path: str, body: Object) -> Object:
        """Write a whole object as read and changed; raises `ConflictError` if it changed since."""
        return await self.request("PUT", path, body)

    async def delete(self, path: str, *, uid: str) -> None:
        """Delete the object with this uid; does nothing if it is gone."""
        try:
            await self.request("DELETE", path, {"preconditions": {"uid": uid}})
        except (GoneError, ConflictError):
            return

    async def apply_status(self, resource: str, body: Any, status: Object) -> None:
        path = f"{path_of(resource, body['metadata'])}/status"
        await self._apply(path, {**_identified(body), "status": status})

    async def set_finalizer(self, resource: str, body: Any, finalizer: str | None) -> None:
        """Add our finalizer to a custom resource, or for None remove it; finalizers of others stay."""
        applied = _identified(body)
        if finalizer is not None:
            applied["metadata"]["finalizers"] = [finalizer]
        await self._apply(path_of(resource, body["metadata"]), applied)

    async def post_event(self, body: Any, kind: str, reason: str, message: str, *, at: str) -> None:
        """Post an event on a custom resource; `kind` is Normal or Warning."""
        applied, meta = _identified(body), body["metadata"]
        # Events of cluster-scoped objects are in `default`, where kubectl describe finds them.
        namespace = meta.get("namespace") or "default"
        event = {
            "metadata": {"generateName": f"{meta['name'][:200]}.", "namespace": namespace},
            "involvedObject": {**applied.pop("metadata"), **applied},
            "type": kind,
            "reason": reason,
            "message": message[:1000],
            "source": {"component": MANAGER},
            "firstTimestamp": at,
            "lastTimestamp": at,
            "count": 1,
        }
        await self.create(f"/api/v1/namespaces/{namespace}/events", event)

    async def request(self, method: str, path: str, body: Object | None = None, kind: str = JSON) -> Object:
        """One request; after a 401 it logs in and tries once more.

        Raises:
            KubernetesError: a subclass says whether waiting helps.
        """
        for fresh in (False, True):
            session = await self._session_for(fresh=fresh)
            status, answer = await self._send(session, method, path, body, kind)
            if status != 401:
                break
        metrics.KUBERNETES_REQUESTS.labels(method, str(status)).inc()
        if status < 400:
            return answer
        message = str(answer.get("message") or f"{method} {path} was answered with status {status}.")
        if status in (401, 429) or status >= 500:
            raise UnavailableError(message)
        raise ERRORS.get(status, KubernetesError)(message)

    async def _apply(self, path: str, body: Object) -> None:
        await self.request("PATCH", f"{path}?fieldManager={MANAGER}&force=true", body, APPLY)

    async def _session_for(self, *, fresh: bool) -> aiohttp.ClientSession:
        async with self._login_lock:
            if fresh:
                await self.close()
            if self._session is None:
                info = await self._login()
                self._server = info.server
                self._session = aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(limit=64, ssl=info.as_ssl_context()),
                    headers=info.as_http_headers(),
                    timeout=self._timeout,
                )
            return self._session

    async def _send(
        self, session: aiohttp.ClientSession, method: str, path: str, body: Object | None, kind: str
    ) -> tuple[int, Object]:
        data = None if body is None else json.dumps(body).encode()
        try:
            async with session.request(
                method, self._server + path, data=data, headers={"Content-Type": kind}
            ) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError, RuntimeError) as exc:  # RuntimeError: a login closed it
            raise UnavailableError(f"The API server does not answer: {type(exc).__name__}.") from exc
        try:
            found = json.loads(text)
        except ValueError:
            found = {"message": text[:500]}
        return answer.status, found if isinstance(found, dict) else {}


def path_of(resource: str, meta: Any) -> str:
    return f"{_path_of_kind(resource, meta.get('namespace'))}/{meta['name']}"


def _path_of_kind(resource: str, namespace: str | None) -> str:
    space = f"/namespaces/{namespace}" if namespace else ""
    return f"/apis/{API_VERSION}{space}/{resource}"


def secret_path(namespace: str, name: str = "") -> str:
    """The path of a Secret, or without a name, of a namespace's Secrets."""
    return f"/api/v1/namespaces/{namespace}/secrets" + (f"/{name}" if name else "")


def _identified(body: Any) -> Object:
    """What an applied object begins with; its uid keeps apply from creating an object that is gone."""
    meta = body["metadata"]
    own = {key: meta[key] for key in ("name", "namespace", "uid") if meta.get(key)}
    return {"apiVersion": API_VERSION, "kind": body["kind"], "metadata": own}
