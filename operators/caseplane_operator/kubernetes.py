"""The few requests to the API server that kopf does not make for us: lists, Secrets, status, finalizers, events, the lease.

kopf watches and logs in; a client library would bring models of all of Kubernetes for these few verbs. Everything of a custom
resource that is written, is written by server-side apply under our own name, so that nobody's fields are touched but ours.
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
    """The API server refused a request; waiting alone does not help."""


class GoneError(KubernetesError):
    """There is no such object, or it is another one of the same name by now."""


class ConflictError(KubernetesError):
    """The object changed since it was read, or exists already."""


class ForbiddenError(KubernetesError):
    """The operator's role does not allow it."""


class UnavailableError(KubernetesError):
    """The API server did not answer, or could not; it may soon."""


ERRORS = {403: ForbiddenError, 404: GoneError, 409: ConflictError}


class Kubernetes:
    """Requests to the API server.

    Args:
        login: finds credentials; asked again when they no longer hold, since tokens of service accounts age.
        timeout: seconds for one request.
    """

    def __init__(self, login: Login, *, timeout: float) -> None:
        self._login, self._timeout = login, aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self._server = ""
        self._entering = asyncio.Lock()

    async def close(self) -> None:
        """Give connections back."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def get(self, path: str) -> Object | None:
        """An object, or None where there is none."""
        try:
            return await self.request("GET", path)
        except GoneError:
            return None

    async def all(self, resource: str, namespace: str = "") -> list[Object]:
        """Every custom resource of a kind, in one namespace or in all, read page by page."""
        path = f"{_path_of_kind(resource, namespace)}?limit={PAGE}"
        found: list[Object] = []
        following = ""
        while True:
            page = await self.request("GET", f"{path}&continue={quote(following)}" if following else path)
            found += page["items"]
            following = page["metadata"].get("continue") or ""
            if not following:
                return found

    async def create(self, path: str, body: Object) -> Object:
        """Make an object; `path` is of its kind."""
        return await self.request("POST", path, body)

    async def replace(self, path: str, body: Object) -> Object:
        """Write a whole object that was read; raises `ConflictError` if it changed since."""
        return await self.request("PUT", path, body)

    async def delete(self, path: str, *, uid: str) -> None:
        """Delete this very object; nothing happens if it is gone."""
        try:
            await self.request("DELETE", path, {"preconditions": {"uid": uid}})
        except (GoneError, ConflictError):
            return

    async def apply_status(self, resource: str, body: Any, status: Object) -> None:
        """Say what status a custom resource has."""
        path = f"{path_of(resource, body['metadata'])}/status"
        await self._apply(path, {**_identified(body), "status": status})

    async def set_finalizer(self, resource: str, body: Any, finalizer: str | None) -> None:
        """Hold a custom resource by a finalizer of ours, or by None let it go; others' finalizers stay."""
        applied = _identified(body)
        if finalizer is not None:
            applied["metadata"]["finalizers"] = [finalizer]
        await self._apply(path_of(resource, body["metadata"]), applied)

    async def tell(self, body: Any, kind: str, reason: str, message: str, *, at: str) -> None:
        """Post an event on a custom resource; `kind` is Normal or Warning."""
        meta = body["metadata"]
        # Events of cluster-scoped objects are in `default`, where kubectl describe finds them.
        space = meta.get("namespace") or "default"
        event = {
            "metadata": {"generateName": f"{meta['name'][:200]}.", "namespace": space},
            "involvedObject": {
                "apiVersion": API_VERSION,
                "kind": body["kind"],
                "name": meta["name"],
                "uid": meta["uid"],
                **({"namespace": meta["namespace"]} if meta.get("namespace") else {}),
            },
            "type": kind,
            "reason": reason,
            "message": message[:1000],
            "source": {"component": MANAGER},
            "firstTimestamp": at,
            "lastTimestamp": at,
            "count": 1,
        }
        await self.create(f"/api/v1/namespaces/{space}/events", event)

    async def request(self, method: str, path: str, body: Object | None = None, kind: str = JSON) -> Object:
        """One request, with fresh credentials if the ones at hand no longer hold.

        Raises:
            KubernetesError: by subclass.
        """
        for fresh in (False, True):
            session = await self._entered(fresh=fresh)
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

    async def _entered(self, *, fresh: bool) -> aiohttp.ClientSession:
        async with self._entering:
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
        except (aiohttp.ClientError, TimeoutError, RuntimeError) as exc:  # RuntimeError: closed by a re-login
            raise UnavailableError(f"The API server does not answer: {type(exc).__name__}.") from exc
        try:
            found = json.loads(text)
        except ValueError:
            found = {"message": text[:500]}
        return answer.status, found if isinstance(found, dict) else {}


def path_of(resource: str, meta: Any) -> str:
    """Where a custom resource is."""
    return f"{_path_of_kind(resource, meta.get('namespace'))}/{meta['name']}"


def _path_of_kind(resource: str, namespace: str | None) -> str:
    space = f"/namespaces/{namespace}" if namespace else ""
    return f"/apis/{API_VERSION}{space}/{resource}"


def secret_path(namespace: str, name: str = "") -> str:
    """Where a Secret is, or without a name, where Secrets are made."""
    return f"/api/v1/namespaces/{namespace}/secrets" + (f"/{name}" if name else "")


def _identified(body: Any) -> Object:
    """The beginning of an applied object; with its uid, so that apply never makes an object that is gone."""
    meta = body["metadata"]
    own = {key: meta[key] for key in ("name", "namespace", "uid") if meta.get(key)}
    return {"apiVersion": API_VERSION, "kind": body["kind"], "metadata": own}
