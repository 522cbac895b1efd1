"""What the providers share."""

from functools import partial

import httpx2

from caseplane.core import cloud_auth
from caseplane.core.llm.errors import LlmMisconfiguredError
from caseplane.core.llm.settings import EndpointSettings


def timeouts(endpoint: EndpointSettings) -> httpx2.Timeout:
    """Time-outs of the transport; the caller enforces the overall one."""
    return httpx2.Timeout(
        endpoint.attempt_timeout.total_seconds(), connect=endpoint.connect_timeout.total_seconds()
    )


def api_key(endpoint: EndpointSettings) -> str | None:
    """The configured key; only this function unwraps it."""
    return endpoint.api_key.get_secret_value() if endpoint.api_key else None


def base_url(endpoint: EndpointSettings) -> str | None:
    """The configured API root without its trailing slash."""
    return str(endpoint.base_url).rstrip("/") if endpoint.base_url else None


require = partial(cloud_auth.require, error=LlmMisconfiguredError)
