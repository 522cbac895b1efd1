"""Azure OpenAI, with a key, or with Entra (workload identity, managed identity, `az login`)."""

from typing import Any

from openai import AsyncAzureOpenAI

from caseplane.core.cloud_auth import Token, entra_token
from caseplane.core.llm.providers import common
from caseplane.core.llm.settings import EndpointSettings

_SCOPE = "https://cognitiveservices.azure.com/.default"


def build(endpoint: EndpointSettings, *, credential: Any = None) -> AsyncAzureOpenAI:
    """A client with the configured key, or without one with tokens of `credential`.

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
        azure_ad_token_provider=None if key else _entra_token(credential),
        timeout=common.timeouts(endpoint),
        max_retries=0,
    )


def _entra_token(credential: Any) -> Token:
    common.require("azure.identity", extra="azure", why="Azure OpenAI without a key")
    return entra_token(_SCOPE, credential)
