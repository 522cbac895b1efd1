"""Any server with OpenAI's chat completions API: OpenAI, vLLM, Ollama, LiteLLM and the like."""

from openai import AsyncOpenAI

from caseplane.core.llm.providers import common
from caseplane.core.llm.settings import EndpointSettings

_PUBLIC = "https://api.openai.com/v1"
_NO_KEY = "none"  # the client requires a key; servers without authentication ignore it


def build(endpoint: EndpointSettings) -> AsyncOpenAI:
    return AsyncOpenAI(
        api_key=common.api_key(endpoint) or _NO_KEY,
        base_url=common.base_url(endpoint) or _PUBLIC,
        timeout=common.timeouts(endpoint),
        max_retries=0,
    )
