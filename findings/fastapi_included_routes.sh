#!/usr/bin/env bash
# FastAPI 0.165.0 with Starlette 1.10.0: `app.routes` no longer lists the routes of an included router. It holds one
# entry for the whole router, which is no `starlette.routing.Route` and has no path. Whatever walks `app.routes` to find
# paths, methods or dependencies (metric labels, checks that each route is protected, pages of routes) sees only what was
# declared on the application itself, and says nothing. The OpenAPI document has all of them.
#
# Seen with it: where GET and PUT of one path are two handlers, a POST is answered 405 with `Allow: GET` alone.
#
# Fails if any of this changes. Needs Python 3.11 or newer and a package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fastapi==0.165.0 starlette==1.10.0 httpx==0.28.1
cd "$folder"
"$folder/venv/bin/python" - <<'PROGRAM'
from importlib.metadata import version

import asyncio

import httpx
from fastapi import APIRouter, FastAPI
from starlette.routing import Route

router = APIRouter(prefix="/orders")


@router.get("/{number}")
def read(number: int) -> int:
    return number


@router.put("/{number}")
def replace(number: int) -> int:
    return number


app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(router)


@app.get("/status")
def status() -> str:
    return "up"


async def refused() -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return await client.post("/orders/7")


walked = [route.path for route in app.routes if isinstance(route, Route)]
documented = sorted(app.openapi()["paths"])
answer = asyncio.run(refused())
print("fastapi", version("fastapi"), "starlette", version("starlette"))
print("paths by walking app.routes:", walked)
print("paths in the OpenAPI document:", documented)
print("entries of app.routes:", [type(route).__name__ for route in app.routes])
print("POST /orders/7:", answer.status_code, "Allow:", answer.headers.get("allow"))
assert walked == ["/status"], walked
assert documented == ["/orders/{number}", "/status"], documented
assert not any(hasattr(route, "path") for route in app.routes if not isinstance(route, Route))
assert (answer.status_code, answer.headers.get("allow")) == (405, "GET"), answer.headers
PROGRAM
