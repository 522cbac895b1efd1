"""Vertex AI's OpenAI-compatible endpoint, with a token that google-auth refreshes by itself.

Without a configured key the tokens are those of Google's application default credentials, which on
GKE is workload identity.
"""

from typing import Any

from openai import AsyncOpenAI, OpenAIError
from openai.providers import vertex

from caseplane.core.llm.errors import LlmMisconfiguredError
from caseplane.core.llm.providers import common
from caseplane.core.llm.settings import EndpointSettings


def build(endpoint: EndpointSettings, *, credentials: Any = None) -> AsyncOpenAI:
    """A client for the project's endpoint, or for the configured URL.

    Args:
        endpoint: its `model` is named as Vertex does, with the publisher: `google/MODEL`.
        credentials: google-auth credentials; the application default ones if left out.
    """
    key = common.api_key(endpoint)
    if key is None:
        common.require("google.auth", extra="gcp", why="Vertex AI without a token")
    try:
        provider = vertex(
            base_url=common.base_url(endpoint) or _public_url(endpoint),
            token_provider=(lambda: key) if key else None,
            credentials=credentials,
        )
        return AsyncOpenAI(provider=provider, timeout=common.timeouts(endpoint), max_retries=0)
    except OpenAIError as exc:
        raise LlmMisconfiguredError(f"Vertex AI refuses its settings: {exc}") from exc


def _public_url(endpoint: EndpointSettings) -> str:
    location = endpoint.region
    host = "aiplatform.googleapis.com"
    host = host if location == "global" else f"{location}-{host}"
    place = f"projects/{endpoint.project}/locations/{location}"
    return f"https://{host}/v1/{place}/endpoints/openapi"
