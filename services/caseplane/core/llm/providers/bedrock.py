"""Amazon Bedrock's OpenAI-compatible endpoint, with a bearer key or signed by SigV4.

The client library's own provider signs each request with botocore and refuses other origins. Credentials
come from the AWS chain (pod identity, profile, environment).
"""

from openai import AsyncOpenAI, OpenAIError
from openai.providers import bedrock

from caseplane.core.llm.errors import LlmMisconfiguredError
from caseplane.core.llm.providers import common
from caseplane.core.llm.settings import EndpointSettings


def build(endpoint: EndpointSettings) -> AsyncOpenAI:
    """A client for the runtime endpoint of the region, or for the configured URL."""
    key, url = common.api_key(endpoint), common.base_url(endpoint)
    if key is None:
        common.require("botocore", extra="aws", why="Bedrock without a bearer key")
    try:
        provider = bedrock(
            # The signature names the service of the endpoint's family, whatever its host name,
            # so that requests to a private endpoint are signed for the runtime.
            endpoint="mantle" if url and "bedrock-mantle" in url else "runtime",
            region=endpoint.region,
            base_url=url,
            api_key=key,
        )
        return AsyncOpenAI(provider=provider, timeout=common.timeouts(endpoint), max_retries=0)
    except OpenAIError as exc:
        raise LlmMisconfiguredError(f"Bedrock refuses its settings: {exc}") from exc
