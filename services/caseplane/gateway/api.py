"""The gateway's own routes: who the caller is, and the document of the whole API."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from caseplane.core.auth import Caller
from caseplane.gateway.openapi import OpenApi
from caseplane.gateway.schemas import Me

router = APIRouter()


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> JSONResponse:
    """The OpenAPI document of the whole public API."""
    merged: OpenApi = request.app.state.openapi_document
    return JSONResponse(await merged.document(), headers={"Cache-Control": "public, max-age=60"})


@router.get("/me", tags=["platform"], summary="Who am I?")
async def me(caller: Caller) -> Me:
    """The caller as the credential describes it."""
    return Me(
        **caller.model_dump(include={"tenant_id", "subject", "customer_id"}),
        roles=sorted(caller.roles),
        scopes=sorted(caller.scopes),
        entitlements=sorted(caller.entitlements),
    )
