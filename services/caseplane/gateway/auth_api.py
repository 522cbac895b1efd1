"""Routes by which people sign in and out, and visitors of web pages come to the chat.

Those under `/auth` are for our own pages: they set, read and remove the cookie, which the edge turns into a credential.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import RedirectResponse

from caseplane.core.auth import Caller, Role
from caseplane.core.clock import utcnow
from caseplane.core.errors import CaseplaneError, ForbiddenError, NotFoundError, UnauthorizedError, problems
from caseplane.core.telemetry import get_logger
from caseplane.core.text import Storable
from caseplane.core.work import context_of
from caseplane.gateway.context import Gateway
from caseplane.gateway.cookies import base_url, from_our_page, read_cookie, session_cookie, set_cookie
from caseplane.gateway.errors import CodeUsedError, ForeignPageError, OriginRefusedError, SignInFailedError
from caseplane.gateway.logins import UNDER_WAY
from caseplane.gateway.schemas import (
    CodeIssued,
    CodeRedeem,
    SignedIn,
    SignedOut,
    SignInProvider,
    VisitorCreate,
    VisitorRead,
)
from caseplane.gateway.sign_ins import SignIn

router = APIRouter()
log = get_logger(__name__)
Shared = Annotated[Gateway, Depends(context_of)]
CALLBACK = "/api/v1/auth/oidc/callback"
NO_STORE = {"Cache-Control": "no-store"}


def _ours(request: Request) -> None:
    if not from_our_page(request.scope):
        raise ForeignPageError("Sign-in belongs to this site's own pages.")


OurPage = Depends(_ours)


@router.post("/auth/codes", status_code=201, tags=["auth"])
async def issue_code(caller: Caller, context: Shared, response: Response) -> CodeIssued:
    """Make a one-time code by which a browser signs in as this API key; open `/#code=…` with it."""
    kind, _, key_id = caller.subject.partition(":")
    if kind != "key":
        raise ForbiddenError("Only an API key can let a browser sign in as itself.")
    code, expires_at = await context.sign_ins.issue_code(caller.tenant, UUID(key_id))
    response.headers.update(NO_STORE)
    return CodeIssued(code=code, expires_at=expires_at)


@router.post(
    "/auth/session",
    tags=["auth"],
    dependencies=[OurPage],
    responses=problems(CodeUsedError, ForeignPageError),
)
async def sign_in(body: CodeRedeem, request: Request, context: Shared, response: Response) -> SignedIn:
    """Exchange a one-time code for a cookie."""
    secret, found = await context.sign_ins.redeem(body.code)
    _remember(request, response, secret, found.ends_at)
    return _signed_in(found)


@router.get("/auth/session", tags=["auth"])
async def read_session(request: Request, context: Shared, response: Response) -> SignedIn | SignedOut:
    """Who is signed in in this browser, if anybody."""
    response.headers.update(NO_STORE)
    secret = read_cookie(request.scope, session_cookie(request.scope))
    if secret is None or not from_our_page(request.scope):
        return SignedOut()
    try:
        return _signed_in(await context.sign_ins.find(secret))
    except UnauthorizedError:
        return SignedOut()


@router.post(
    "/auth/session/renew",
    tags=["auth"],
    dependencies=[OurPage],
    responses=problems(UnauthorizedError, ForeignPageError),
)
async def renew_session(request: Request, context: Shared) -> SignedIn:
    """Stay signed in; asks the identity provider, if one vouches for the person."""
    secret = read_cookie(request.scope, session_cookie(request.scope))
    if secret is None:
        raise UnauthorizedError("Nobody is signed in in this browser.")
    found = await context.sign_ins.find(secret)
    if await context.sign_ins.hold(secret):
        await context.logins.renew(secret, found)
        found = await context.sign_ins.find(secret)
    return _signed_in(found)


@router.delete("/auth/session", tags=["auth"], dependencies=[OurPage], responses=problems(ForeignPageError))
async def sign_out(request: Request, context: Shared, response: Response) -> SignedOut:
    """End this browser's session. `continue_at` is where to sign out at the identity provider too."""
    name = session_cookie(request.scope)
    secret = read_cookie(request.scope, name)
    way_out = None
    if secret is not None:
        try:
            found = await context.sign_ins.find(secret)
            back = base_url(request.scope, context.settings.public_url) + "/"
            way_out = await context.logins.way_out(found, back)
        except UnauthorizedError:
            pass
        await context.sign_ins.end(secret)
    response.headers["Set-Cookie"] = set_cookie(request.scope, name, "", seconds=0)
    return SignedOut(continue_at=way_out)


@router.get("/auth/providers", tags=["auth"])
async def list_providers(
    organisation: Annotated[str, Query(min_length=1, max_length=63), Storable], context: Shared
) -> list[SignInProvider]:
    """Where the people of an organisation sign in; none for one that there is not."""
    return [
        SignInProvider(identity_provider_id=each.id, label=each.label or each.issuer)
        for each in await context.logins.providers(organisation)
    ]


@router.get("/auth/oidc/{provider_id}/start", include_in_schema=False)
async def begin_login(provider_id: UUID, request: Request, context: Shared) -> Response:
    """Send the browser to the identity provider."""
    try:
        place, kept = await context.logins.start(provider_id, _callback(request, context))
    except CaseplaneError as exc:
        return _failed(exc)
    answer = RedirectResponse(place, 303, NO_STORE)
    seconds = round(UNDER_WAY.total_seconds())
    # Lax: the way back is a navigation that another site begins.
    cookie = set_cookie(request.scope, _login_cookie(request), kept, seconds=seconds, same_site="Lax")
    answer.headers["Set-Cookie"] = cookie
    return answer


@router.get("/auth/oidc/callback", include_in_schema=False)
async def finish_login(
    request: Request,
    context: Shared,
    state: str = "",
    code: str = "",
    iss: str | None = None,
    error: str | None = None,
) -> Response:
    """Take the browser back from the identity provider, and sign it in."""
    kept = read_cookie(request.scope, _login_cookie(request))
    try:
        if error is not None or not code:
            raise SignInFailedError("The identity provider signed nobody in.")
        secret = await context.logins.finish(
            kept, state=state, code=code, issuer=iss, redirect_uri=_callback(request, context)
        )
        found = await context.sign_ins.find(secret)
    except CaseplaneError as exc:
        return _failed(exc)
    answer = RedirectResponse("/", 303, NO_STORE)
    _remember(request, answer, secret, found.ends_at)
    answer.headers.append("Set-Cookie", set_cookie(request.scope, _login_cookie(request), "", seconds=0))
    return answer


@router.post(
    "/visitors", status_code=201, tags=["visitors"], responses=problems(NotFoundError, OriginRefusedError)
)
async def welcome_visitor(
    body: VisitorCreate,
    request: Request,
    context: Shared,
    response: Response,
    origin: Annotated[str | None, Header(max_length=300)] = None,
) -> VisitorRead:
    """Let a visitor of a web page chat: a token that reads and writes that visitor's own conversations only.

    Browsers name the page's origin themselves, and the tenant must allow it (`settings.widget.origins`).
    """
    known = context.visitors.known(body.token) if body.token else None
    page = origin or base_url(request.scope, context.settings.public_url)
    token, visitor_id, host = await context.visitors.welcome(body.organisation, page, known=known)
    response.headers.update(NO_STORE)
    texts = host.widget
    return VisitorRead(
        token=token,
        visitor_id=visitor_id,
        expires_at=utcnow() + context.settings.visitor_lifetime,
        name=str(texts.get("name") or host.name),
        greeting=texts.get("greeting"),
        color=texts.get("color"),
    )


def _remember(request: Request, response: Response, secret: str, until: datetime) -> None:
    seconds = max(0, round((until - utcnow()).total_seconds()))
    cookie = set_cookie(request.scope, session_cookie(request.scope), secret, seconds=seconds)
    response.headers.append("Set-Cookie", cookie)
    response.headers.update(NO_STORE)


def _signed_in(found: SignIn) -> SignedIn:
    return SignedIn(
        tenant_id=found.tenant_id,
        organisation=found.tenant_slug,
        organisation_name=found.tenant_name,
        subject=found.subject,
        name=found.name,
        roles=sorted(Role(role) for role in found.roles),
        expires_at=found.expires_at,
        ends_at=found.ends_at,
    )


def _failed(exc: CaseplaneError) -> Response:
    """Back to our page, which says it in the reader's language; the slug is ours and so safe in an address."""
    log.info("sign_in_failed", slug=exc.slug, detail=exc.detail)
    return RedirectResponse(f"/#/sign-in?problem={exc.slug}", 303, NO_STORE)


def _login_cookie(request: Request) -> str:
    return f"{session_cookie(request.scope)}-login"


def _callback(request: Request, context: Gateway) -> str:
    return base_url(request.scope, context.settings.public_url) + CALLBACK
