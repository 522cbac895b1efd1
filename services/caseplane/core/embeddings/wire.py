"""The request format of each provider's embedding endpoint, the only difference between them.

OpenAI's format also works for compatible servers and Azure. The OpenAI-compatible endpoints of Bedrock and Vertex AI
offer only chat, so their own formats are used, with the same client's authentication.

Sources: the references of OpenAI's embeddings, Amazon Titan Text Embeddings V2, Vertex AI text embeddings.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from openai import AsyncOpenAI

from caseplane.core.embeddings.settings import EmbeddingModel
from caseplane.core.llm.settings import EndpointSettings, LlmProvider

Reply = list[list[float]]


class MalformedReplyError(Exception):
    """The endpoint's reply contains no valid vectors."""


class Wire(Protocol):
    """One provider's format of requests and replies."""

    max_texts: int
    """Maximum of texts in one request."""

    async def ask(self, client: AsyncOpenAI, texts: Sequence[str], *, query: bool) -> Reply:
        """Vectors of the texts, in their order; `query` says that they are questions, not passages."""
        ...


class OpenAiWire:
    """`POST /embeddings`, as OpenAI defined it; Azure uses the same format."""

    max_texts = 2048

    def __init__(self, settings: EmbeddingModel) -> None:
        self._model = settings.model

    async def ask(self, client: AsyncOpenAI, texts: Sequence[str], *, query: bool) -> Reply:
        reply = await client.embeddings.create(model=self._model, input=list(texts), encoding_format="float")
        ordered = sorted(reply.data, key=lambda item: item.index)
        if [item.index for item in ordered] != list(range(len(texts))):
            raise MalformedReplyError(f"{len(ordered)} vectors for {len(texts)} texts")
        return [item.embedding for item in ordered]


class BedrockWire:
    """`POST /model/{id}/invoke` with Titan's body: one text per request, so a batch sends its requests concurrently."""

    max_texts = 16

    def __init__(self, settings: EmbeddingModel) -> None:
        self._path = f"/model/{quote(settings.model, safe='')}/invoke"
        self._dimension = settings.dimension

    async def ask(self, client: AsyncOpenAI, texts: Sequence[str], *, query: bool) -> Reply:
        return list(await asyncio.gather(*(self._one(client, text) for text in texts)))

    async def _one(self, client: AsyncOpenAI, text: str) -> list[float]:
        body = {"inputText": text, "dimensions": self._dimension, "normalize": True}
        reply = await client.post(_origin(client) + self._path, body=body, cast_to=object)
        return _numbers(reply, "embedding")


class VertexWire:
    """`POST …/publishers/google/models/{id}:predict`; Gemini's model takes one text, the others 250."""

    def __init__(self, settings: EmbeddingModel) -> None:
        model = settings.model.removeprefix("google/")
        self.max_texts = 1 if model.startswith("gemini") else 250
        self._dimension = settings.dimension
        place = f"projects/{settings.project}/locations/{settings.region}"
        self._path = f"/v1/{place}/publishers/google/models/{quote(model, safe='')}:predict"

    async def ask(self, client: AsyncOpenAI, texts: Sequence[str], *, query: bool) -> Reply:
        task = "RETRIEVAL_QUERY" if query else "RETRIEVAL_DOCUMENT"
        body = {
            "instances": [{"content": text, "task_type": task} for text in texts],
            "parameters": {"outputDimensionality": self._dimension},
        }
        reply = await client.post(_origin(client) + self._path, body=body, cast_to=object)
        predictions = _field(reply, "predictions")
        if not isinstance(predictions, list):
            raise MalformedReplyError("predictions is no list")
        return [_numbers(_field(each, "embeddings"), "values") for each in predictions]


def wire_of(settings: EmbeddingModel) -> Wire:
    """The format of the settings' provider."""
    if settings.provider is LlmProvider.bedrock:
        return BedrockWire(settings)
    if settings.provider is LlmProvider.vertex:
        return VertexWire(settings)
    return OpenAiWire(settings)


def build_client(settings: EmbeddingModel) -> AsyncOpenAI:
    """A client that authenticates like the language models' clients and retries."""
    from caseplane.core.llm.providers import build_client as build  # its packages are optional

    client = build(
        EndpointSettings(
            model=settings.model,
            provider=settings.provider,
            base_url=settings.base_url,
            api_key=settings.api_key if settings.api_key.get_secret_value() else None,
            region=settings.region or None,
            project=settings.project or None,
            attempt_timeout=settings.timeout,
            timeout=settings.timeout,
        )
    )
    return client.with_options(max_retries=settings.max_retries)


def _origin(client: AsyncOpenAI) -> str:
    parts = urlsplit(str(client.base_url))
    return f"{parts.scheme}://{parts.netloc}"


def _field(value: Any, name: str) -> Any:
    if not isinstance(value, dict) or name not in value:
        raise MalformedReplyError(f"no {name}")
    return value[name]


def _numbers(value: Any, name: str) -> list[float]:
    found = _field(value, name)
    if not isinstance(found, list) or not all(isinstance(each, int | float) for each in found):
        raise MalformedReplyError(f"{name} is no list of numbers")
    return found
