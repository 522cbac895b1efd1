"""How each provider is asked for embeddings: the one thing in which their endpoints differ.

OpenAI's form serves every server that speaks it, and Azure. Bedrock's and Vertex AI's OpenAI-compatible
endpoints offer chat alone, so their own forms are used, under the same client's authentication.

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
    """The endpoint answered, but not with vectors."""


class Wire(Protocol):
    """One provider's form of request and reply."""

    max_texts: int
    """Texts that one request may hold."""

    async def ask(self, client: AsyncOpenAI, texts: Sequence[str], *, query: bool) -> Reply:
        """Vectors of the texts, in their order; `query` tells a question from a passage."""
        ...


class OpenAiWire:
    """`POST /embeddings`, as OpenAI defined it; Azure answers in the same form."""

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
    """`POST /model/{id}/invoke` with Titan's body: one text each, so the texts of a batch go side by side."""

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
    """The form that the settings' provider understands."""
    if settings.provider is LlmProvider.bedrock:
        return BedrockWire(settings)
    if settings.provider is LlmProvider.vertex:
        return VertexWire(settings)
    return OpenAiWire(settings)


def build_client(settings: EmbeddingModel) -> AsyncOpenAI:
    """A client that authenticates as the language models' clients do, and tries again by itself."""
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
