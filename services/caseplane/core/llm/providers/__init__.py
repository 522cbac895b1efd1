"""One module per way of authenticating; each builds a client for one endpoint, without retries.

`client.py` does retries, limits and accounting, so that they cover every attempt. The client library's
own environment variables (`OPENAI_*`) are never read: a key from the environment must not be sent to a
configured endpoint.
"""

from openai import AsyncOpenAI

from caseplane.core.llm.providers import azure, bedrock, compatible, vertex
from caseplane.core.llm.settings import EndpointSettings, LlmProvider

_BUILDERS = {
    LlmProvider.openai: compatible.build,
    LlmProvider.azure: azure.build,
    LlmProvider.bedrock: bedrock.build,
    LlmProvider.vertex: vertex.build,
}


def build_client(endpoint: EndpointSettings) -> AsyncOpenAI:
    """A client for an endpoint.

    Raises:
        LlmMisconfiguredError: an extra is missing, or the provider's settings contradict each other.
    """
    return _BUILDERS[endpoint.provider](endpoint)
