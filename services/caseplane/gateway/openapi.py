"""One OpenAPI document for the whole public API, merged from the services' own.

Each service describes its routes where it declares them. Only what is public is kept, different schemas of one name
get their service's name in front, and what the edge adds (credentials, rate limits, problems) is added to each route.
"""

import asyncio
import copy
import json
from typing import Any

import httpx
from cachetools import TTLCache
from fastapi import FastAPI

from caseplane.core.errors import PROBLEM_REF
from caseplane.core.telemetry import get_logger
from caseplane.gateway.errors import ServiceUnreachableError
from caseplane.gateway.routes import API, Routes, area_of
from caseplane.gateway.settings import GatewaySettings

Document = dict[str, Any]
log = get_logger(__name__)

REF = "#/components/schemas/"
METHODS = frozenset(["get", "put", "post", "delete", "patch", "head", "options"])
PROBLEM_CONTENT = {"application/problem+json": {"schema": PROBLEM_REF}}
EDGE_RESPONSES = {
    "400": "The request cannot be understood",
    "401": "No credential, or one that is not accepted",
    "403": "The credential does not allow this, or the tenant is suspended",
    "413": "The request body is too large",
    "429": "Too many requests; `Retry-After` says when to come back",
    "503": "A needed part does not answer; a retry is sensible",
}
DESCRIPTION = """\
Support cases: answers from evidence, or a person with everything they need.

Send an API key (`cpk_…`) or a token of your identity provider as `Authorization: Bearer …`. The tenant comes
from the credential. Errors are problems (RFC 9457). Lists are paged by an opaque `cursor`. A POST with an
`Idempotency-Key` may be sent again: it is done once, and answered the same for a day.
"""


class OpenApi:
    """Builds and keeps the merged document; `app` is the gateway's own application."""

    def __init__(self, app: FastAPI, runtime: Any, settings: GatewaySettings) -> None:
        self._app, self._runtime = app, runtime
        self._routes = Routes(runtime.services)
        self._fresh: TTLCache[str, Document] = TTLCache(1, settings.openapi_cache.total_seconds())
        self._last: Document | None = None

    async def document(self) -> Document:
        """The merged document; the last known one while a service does not answer.

        Raises:
            ServiceUnreachableError: a service does not answer and never did.
        """
        kept = self._fresh.get("document")
        if kept is not None:
            return kept
        try:
            fetched = await asyncio.gather(*(self._fetch(service) for service in self._routes.behind))
        except ServiceUnreachableError:
            if self._last is None:
                raise
            return self._last
        documents = {"gateway": self._app.openapi(), **dict(zip(self._routes.behind, fetched, strict=True))}
        self._last = merge(documents, self._routes, version=self._runtime.version)
        self._fresh["document"] = self._last
        return self._last

    async def _fetch(self, service: str) -> Document:
        try:
            answer = await self._runtime.http(service).get("/openapi.json")
            answer.raise_for_status()
            document: Document = answer.json()
        except (httpx.HTTPError, json.JSONDecodeError) as exc:
            log.warning("openapi_unavailable", called=service, error=type(exc).__name__)
            raise ServiceUnreachableError(f"The {service} service does not describe itself.") from exc
        return document


def merge(documents: dict[str, Document], routes: Routes, *, version: str) -> Document:
    """The public document from each service's own, by service name."""
    paths: Document = {}
    schemas: Document = {}
    for service, original in documents.items():
        document = copy.deepcopy(original)
        public = {p: item for p, item in document["paths"].items() if _is_public(p, service, routes)}
        own = document.get("components", {}).get("schemas", {})
        renamed = _names(service, own, schemas)
        for name, schema in own.items():
            schemas[renamed[name]] = _rename(schema, renamed)
        for path, item in public.items():
            paths[path] = _rename(item, renamed)
            for method in METHODS & item.keys():
                _describe_edge(path, paths[path][method], routes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Caseplane", "version": version, "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": _used(paths, schemas),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (`cpk_…`), the platform key (`cpp_…`) or an OIDC token.",
                }
            },
        },
    }


def _is_public(path: str, service: str, routes: Routes) -> bool:
    if not path.startswith(API):
        return service == "gateway" and path in ("/health", "/ready")
    return routes.owner_of(path) == service


def _names(service: str, own: Document, taken: Document) -> dict[str, str]:
    """New names of a service's schemas: their own, unless another service says something else by it."""
    renamed = {name: name for name in own}
    for name, schema in own.items():
        if name in taken and taken[name] != schema:
            renamed[name] = f"{service.title().replace('-', '')}{name}"
    return renamed


def _rename(node: Any, renamed: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_rename(item, renamed) for item in node]
    if not isinstance(node, dict):
        return node
    copied = {key: _rename(value, renamed) for key, value in node.items()}
    ref = copied.get("$ref")
    if isinstance(ref, str) and ref.startswith(REF):
        name = ref.removeprefix(REF)
        copied["$ref"] = REF + renamed.get(name, name)
    choice = copied.get("discriminator")
    if isinstance(choice, dict) and isinstance(mapping := choice.get("mapping"), dict):
        if all(isinstance(each, str) for each in mapping.values()):
            names = {k: v.removeprefix(REF) for k, v in mapping.items()}
            choice["mapping"] = {k: REF + renamed.get(name, name) for k, name in names.items()}
        else:  # FastAPI describes some unions so; each of their models says its kind by itself
            del copied["discriminator"]
    return copied


def _describe_edge(path: str, operation: Document, routes: Routes) -> None:
    """Say of a route what the edge does to it."""
    responses = operation.setdefault("responses", {})
    if not path.startswith(API):
        operation["security"] = []
        responses.pop("default", None)
        return
    if "422" in responses:  # FastAPI announces its own form of validation errors; ours is a problem
        responses["422"] = {
            "description": responses["422"].get("description", "Not valid"),
            "content": PROBLEM_CONTENT,
        }
    for status, description in EDGE_RESPONSES.items():
        responses.setdefault(status, {"description": description, "content": PROBLEM_CONTENT})
    if area_of(path) in routes.unsigned:
        operation["security"] = [{}, {"bearer": []}]


def _used(paths: Document, schemas: Document) -> Document:
    """The schemas that public routes reach, `Problem` always."""
    wanted, seen = ["Problem"], set[str]()
    wanted += _refs(paths)
    while wanted:
        name = wanted.pop()
        if name not in seen and name in schemas:
            seen.add(name)
            wanted += _refs(schemas[name])
    return {name: schemas[name] for name in sorted(seen)}


def _refs(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in _refs(item)]
    if not isinstance(node, dict):
        return []
    found = [name for value in node.values() for name in _refs(value)]
    ref = node.get("$ref")
    if isinstance(ref, str) and ref.startswith(REF):
        found.append(ref.removeprefix(REF))
    return found
