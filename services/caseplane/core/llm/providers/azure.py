"""Azure OpenAI, with a key, or with Entra (workload identity, managed identity, `az login`)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from openai import AsyncAzureOpenAI

from caseplane.core.llm.providers import common
from caseplane.core.llm.settings import EndpointSettings

_SCOPE = "https://cognitiveservices.azure.com/.default"


def build(endpoint: EndpointSettings, *, credential: Any = None) -> AsyncAzureOpenAI:
    """A client with the configured key, or else with tokens of `credential`.

    Args:
        endpoint: its `model` is the deployment's name.
        credential: an azure-core `TokenCredential`; Azure's default chain if left out.
    """
    url = common.base_url(endpoint)
    assert url is not None, "the settings refuse Azure without a base_url"
    key = common.api_key(endpoint)
    return AsyncAzureOpenAI(
        azure_endpoint=url,
        api_version=endpoint.api_version,
        api_key=key,
        azure_ad_token_provider=None if key else entra_token(credential),
        timeout=common.timeouts(endpoint),
        max_retries=0,
    )


def entra_token(credential: Any = None) -> Callable[[], Awaitable[str]]:
    """A function that returns a valid token, cached and refreshed by azure-identity."""
    common.require("azure.identity", extra="azure", why="Azure OpenAI without a key")
    from azure.identity import DefaultAzureCredential, get_bearer_token_provider

    # The synchronous credential in a thread: the asynchronous one would need another HTTP library.
    token = get_bearer_token_provider(credential or DefaultAzureCredential(), _SCOPE)

    async def current() -> str:
        return str(await asyncio.to_thread(token))

    return current
