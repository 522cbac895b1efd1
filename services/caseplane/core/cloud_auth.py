"""Authenticates to a cloud's HTTP API with the process's own identity there, so that no key is configured or stored.

On Kubernetes this is the pod's identity (EKS Pod Identity, Microsoft Entra Workload ID, GKE Workload Identity), on a
laptop the signed-in user.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from importlib import import_module
from typing import Any

import httpx

from caseplane.core.errors import CaseplaneError, UnavailableError


class CloudIdentityError(UnavailableError):
    """The process has no identity in this cloud; no request was sent."""


Token = Callable[[], Awaitable[str]]


class _AsyncOnly(httpx.Auth):
    """For asynchronous clients only: httpx would send a synchronous client's requests unauthenticated."""

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        raise NotImplementedError("use an AsyncClient")


class Bearer(_AsyncOnly):
    """Adds a token, requested before each request; its provider caches it while it is valid."""

    def __init__(self, token: Token) -> None:
        self._token = token

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers["Authorization"] = f"Bearer {await self._token()}"
        yield request


class Signed(_AsyncOnly):
    """Signs each request for AWS (Signature Version 4), with credentials from the AWS chain.

    Args:
        service: name of the API in the signature, such as `sqs`.
        region: of the endpoint.
        session: a botocore session; made from the environment if left out.
    """

    requires_request_body = True

    def __init__(self, service: str, region: str, *, session: Any = None) -> None:
        require("botocore", extra="aws", why="Signing for AWS")
        from botocore.session import Session

        self._service, self._region = service, region
        self._session = session or Session()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers.update(await asyncio.to_thread(self._signature, request))
        yield request

    def _signature(self, request: httpx.Request) -> dict[str, str]:
        """The signed headers; fetching credentials may take a further request."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError

        try:
            credentials = self._session.get_credentials()
            frozen = credentials.get_frozen_credentials() if credentials else None
        except BotoCoreError as exc:
            raise CloudIdentityError(f"AWS gave no credentials: {type(exc).__name__}.") from exc
        if frozen is None:
            raise CloudIdentityError(
                "AWS gave no credentials: neither a pod identity nor a profile is there."
            )
        signed = AWSRequest(request.method, str(request.url), data=request.content)
        for name in ("host", "content-type", "x-amz-target"):
            if name in request.headers:
                signed.headers[name] = request.headers[name]
        SigV4Auth(frozen, self._service, self._region).add_auth(signed)
        return dict(signed.headers.items())


def entra_token(scope: str, credential: Any = None) -> Token:
    """A provider of Microsoft Entra tokens, cached and refreshed by azure-identity.

    Args:
        scope: of the token, such as `https://servicebus.azure.net/.default`.
        credential: an azure-core `TokenCredential`; Azure's default chain if left out.
    """
    require("azure.identity", extra="azure", why="Signing in to Azure")
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import DefaultAzureCredential, get_bearer_token_provider

    # The synchronous credential in a thread: the asynchronous one would need another HTTP library.
    token = get_bearer_token_provider(credential or DefaultAzureCredential(), scope)

    async def current() -> str:
        try:
            return str(await asyncio.to_thread(token))
        except ClientAuthenticationError as exc:
            raise CloudIdentityError(f"Azure gave no token: {type(exc).__name__}.") from exc

    return current


def google_token(credentials: Any = None) -> Token:
    """A provider of tokens from Google's application default credentials, refreshed after they expire.

    Args:
        credentials: google-auth credentials; the application default ones if left out.
    """
    require("google.auth", extra="gcp", why="Signing in to Google Cloud")
    import google.auth
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    held = credentials

    def refreshed() -> str:
        nonlocal held
        try:
            if held is None:
                held, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
            if not held.valid:
                held.refresh(Request())
        except GoogleAuthError as exc:
            raise CloudIdentityError(f"Google gave no token: {type(exc).__name__}.") from exc
        return str(held.token)

    async def current() -> str:
        return await asyncio.to_thread(refreshed)

    return current


def require(module: str, *, extra: str, why: str, error: type[CaseplaneError] = CloudIdentityError) -> None:
    """Raise an error that names the extra if an optional dependency is missing."""
    try:
        import_module(module)
    except ImportError as exc:
        raise error(f"{why} needs the extra '{extra}': install caseplane[{extra}].") from exc
