"""The document of the whole public API, from which clients such as the console's are made."""

import json

from fastapi import FastAPI

from caseplane.core.errors import PROBLEM_REF, Problem
from caseplane.core.parts import parts_of
from caseplane.core.service import Manifest
from caseplane.gateway.openapi import Document, merge
from caseplane.gateway.routes import Routes
from caseplane.services import SERVICES


def render() -> str:
    documents = {each.name: _described(each) for each in SERVICES if each.areas}
    merged = merge(documents, Routes(SERVICES), version="1")
    return json.dumps(merged, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _described(manifest: Manifest) -> Document:
    content = {"application/problem+json": {"schema": PROBLEM_REF}}
    app = FastAPI(responses={"default": {"description": "A problem (RFC 9457)", "content": content}})
    for router in parts_of(manifest).routers:
        app.include_router(router, prefix="/api/v1")
    document = app.openapi()
    document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    return document
