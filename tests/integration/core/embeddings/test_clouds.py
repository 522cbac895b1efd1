"""Embeddings of the clouds, against strict fakes that refuse what the providers' references say they refuse."""

import json
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from tests.integration.core.fake_openai import Answer, FakeOpenAI, Request, error
from tests.integration.core.signatures import SECRET, signed_by_botocore

from caseplane.core.embeddings import (
    EmbeddingMisconfiguredError,
    EmbeddingSettings,
    EmbeddingUnavailableError,
    build_embedder,
)


def vector(text: str, dimension: int) -> list[float]:
    return [float(len(text)), 1.0] + [0.0] * (dimension - 2)


def ok(body: Any) -> Answer:
    return Answer(body=json.dumps(body).encode())


class FakeTitan(FakeOpenAI):
    """Bedrock's InvokeModel with Titan Text Embeddings V2: one text, three sizes, no unknown fields."""

    def _answer(self, request: Request) -> Answer:
        if not self._authenticate(request):
            return error(403, "The request signature does not match.")
        if unquote(request.path) != "/model/amazon.titan-embed-text-v2:0/invoke":
            return error(404, "no such model")
        body = request.body
        unknown = body.keys() - {"inputText", "dimensions", "normalize", "embeddingTypes"}
        if unknown or not body["inputText"] or body["dimensions"] not in (256, 512, 1024):
            return error(400, "Malformed input request")
        found = vector(body["inputText"], body["dimensions"])
        return ok({"embedding": found, "inputTextTokenCount": 1, "embeddingsByType": {"float": found}})


class FakeVertex(FakeOpenAI):
    """Vertex AI's predict with text embeddings; Gemini's model takes one instance."""

    def _answer(self, request: Request) -> Answer:
        if not self._authenticate(request):
            return error(401, "no")
        place = "/v1/projects/shop-1/locations/europe-west4/publishers/google/models/"
        model, colon, verb = request.path.removeprefix(place).partition(":")
        if not colon or verb != "predict" or model not in {"gemini-embedding-001", "text-embedding-005"}:
            return error(404, "no such model")
        instances, wanted = request.body["instances"], request.body["parameters"]["outputDimensionality"]
        if len(instances) > (1 if model.startswith("gemini") else 250) or any(
            each["task_type"] not in {"RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT"} or not each["content"]
            for each in instances
        ):
            return error(400, "invalid instances")
        found = [{"embeddings": {"values": vector(each["content"], wanted)}} for each in instances]
        return ok({"predictions": found})


def settings(server: FakeOpenAI, **given: Any) -> EmbeddingSettings:
    return EmbeddingSettings(backend="openai", base_url=server.url, max_retries=0, **given)


class TestBedrock:
    async def test_given_the_credential_chain_when_embedded_then_signed_and_in_order(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        async with FakeTitan(authenticate=signed_by_botocore) as server:
            given = settings(
                server,
                provider="bedrock",
                region="eu-central-1",
                model="amazon.titan-embed-text-v2:0",
                dimension=256,
            )

            found = await build_embedder(given).embed(["a", "bbb", "cc"])

        assert found.shape == (3, 256)
        assert np.allclose(found[:, 0] / found[:, 1], [1, 3, 2])

    async def test_given_an_unsupported_titan_size_when_embedded_then_misconfigured(self) -> None:
        async with FakeTitan(authenticate=lambda _: True) as server:
            given = settings(
                server, provider="bedrock", region="eu-central-1", model="amazon.titan-embed-text-v2:0",
                dimension=300, api_key="k",
            )  # fmt: skip

            with pytest.raises(EmbeddingMisconfiguredError, match="400"):
                await build_embedder(given).embed(["a"])


class TestVertex:
    @pytest.mark.parametrize(("model", "requests"), [("gemini-embedding-001", 3), ("text-embedding-005", 1)])
    async def test_given_three_passages_when_embedded_then_as_few_requests_as_the_model_takes(
        self, model: str, requests: int
    ) -> None:
        async with FakeVertex(authenticate=lambda r: r.headers.get("authorization") == "Bearer t") as server:
            given = settings(
                server,
                provider="vertex",
                region="europe-west4",
                project="shop-1",
                model=model,
                dimension=8,
                api_key="t",
            )

            found = await build_embedder(given).embed(["a", "bbb", "cc"])

        assert np.allclose(found[:, 0] / found[:, 1], [1, 3, 2])
        assert len(server.requests) == requests

    async def test_given_a_question_when_embedded_then_the_request_marks_it_as_one(self) -> None:
        async with FakeVertex(authenticate=lambda _: True) as server:
            given = settings(
                server, provider="vertex", region="europe-west4", project="shop-1",
                model="gemini-embedding-001", dimension=8, api_key="t",
            )  # fmt: skip
            embedder = build_embedder(given)

            await embedder.embed_query("why?")
            await embedder.embed(["because"])

        asked = [each.body["instances"][0]["task_type"] for each in server.requests]
        assert asked == ["RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT"]

    async def test_given_a_reply_without_vectors_when_embedded_then_unavailable(self) -> None:
        async with FakeOpenAI(authenticate=lambda _: True) as server:
            server._answer = lambda request: ok({"predictions": [{"embeddings": {}}]})  # type: ignore[method-assign]
            given = settings(
                server, provider="vertex", region="europe-west4", project="shop-1",
                model="gemini-embedding-001", dimension=8, api_key="t",
            )  # fmt: skip

            with pytest.raises(EmbeddingUnavailableError, match="MalformedReplyError"):
                await build_embedder(given).embed(["a"])


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "missing"),
        [
            ({"provider": "azure"}, "BASE_URL"),
            ({"provider": "bedrock"}, "REGION"),
            ({"provider": "vertex", "region": "global"}, "PROJECT"),
        ],
    )
    def test_given_a_provider_without_its_location_when_read_then_refused(
        self, given: dict[str, str], missing: str
    ) -> None:
        with pytest.raises(ValueError, match=f"CASEPLANE_EMBEDDING_{missing}"):
            EmbeddingSettings(backend="openai", model="m", dimension=8, **given)
