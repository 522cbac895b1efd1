import json
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import openai
import pytest

from caseplane.core.embeddings import (
    Embedder,
    EmbeddingMisconfiguredError,
    EmbeddingSettings,
    EmbeddingUnavailableError,
)
from caseplane.core.embeddings.remote import REFUSED, RemoteEmbedder
from caseplane.core.settings import WrongSettingError

Handler = Callable[[httpx.Request], httpx.Response]


def vectors(texts: list[str]) -> httpx.Response:
    """A server's answer, in a different order."""
    items = [
        {"object": "embedding", "index": place, "embedding": [float(len(text)), 1.0, 0.0]}
        for place, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return httpx.Response(200, json={"object": "list", "model": "m", "data": items[::-1], "usage": usage})


def embedder(answer: Handler, **settings: Any) -> RemoteEmbedder:
    chosen = EmbeddingSettings(backend="openai", model="m", dimension=3, max_retries=0, **settings)
    client = openai.AsyncOpenAI(
        api_key="k",
        base_url="http://embeddings.test/v1",
        max_retries=0,
        http_client=httpx.AsyncClient(transport=httpx.MockTransport(answer)),
    )
    return RemoteEmbedder(chosen, client=client)


def echo(request: httpx.Request) -> httpx.Response:
    return vectors(json.loads(request.content)["input"])


class TestEmbed:
    async def test_given_more_texts_than_a_batch_when_embedded_then_order_and_length_hold(self) -> None:
        sizes: list[int] = []

        def answer(request: httpx.Request) -> httpx.Response:
            sizes.append(len(json.loads(request.content)["input"]))
            return echo(request)

        async with embedder(answer, batch_size=2) as remote:
            found = await remote.embed(["a", "bbb", "cc", "dddd", ""])

        assert sorted(sizes) == [1, 2, 2]
        assert np.allclose(np.linalg.norm(found, axis=1), 1)
        assert np.allclose(found[:, 0] / found[:, 1], [1, 3, 2, 4, 1])

    async def test_given_no_text_when_embedded_then_nothing_is_asked(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            raise AssertionError("asked")

        async with embedder(answer) as remote:
            found = await remote.embed([])

        assert found.shape == (0, 3)

    async def test_given_a_repeated_question_when_embedded_then_it_is_asked_once(self) -> None:
        asked: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return echo(request)

        async with embedder(answer) as remote:
            first, second = await remote.embed_query("why?"), await remote.embed_query("why?")

        assert len(asked) == 1
        assert np.array_equal(first, second)

    async def test_given_the_protocol_when_checked_then_the_remote_embedder_fulfils_it(self) -> None:
        async with embedder(echo) as remote:
            assert isinstance(remote, Embedder)


class TestFailures:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
    async def test_given_a_refusal_when_embedded_then_it_is_misconfigured(self, status: int) -> None:
        async with embedder(lambda _: httpx.Response(status, json={})) as remote:
            with pytest.raises(EmbeddingMisconfiguredError, match=f"HTTP {status}"):
                await remote.embed(["a"])

    @pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
    async def test_given_a_passing_failure_when_embedded_then_waiting_may_help(self, status: int) -> None:
        async with embedder(lambda _: httpx.Response(status, json={})) as remote:
            with pytest.raises(EmbeddingUnavailableError, match=f"HTTP {status}"):
                await remote.embed(["a"])

    async def test_given_no_reply_in_time_when_embedded_then_waiting_may_help(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            raise httpx.ReadTimeout("slow", request=request)

        async with embedder(answer) as remote:
            with pytest.raises(EmbeddingUnavailableError, match="APITimeoutError"):
                await remote.embed(["a"])

    async def test_given_another_dimension_when_embedded_then_the_error_names_both(self) -> None:
        def answer(_: httpx.Request) -> httpx.Response:
            item = {"object": "embedding", "index": 0, "embedding": [1.0, 0.0]}
            return httpx.Response(200, json={"object": "list", "model": "m", "data": [item]})

        async with embedder(answer) as remote:
            with pytest.raises(EmbeddingMisconfiguredError, match=r"2 dimensions.*says 3"):
                await remote.embed(["a"])

    @pytest.mark.parametrize("texts", [[], ["a", "b"]])
    async def test_given_a_wrong_number_of_vectors_when_embedded_then_none_is_used(
        self, texts: list[str]
    ) -> None:
        async with embedder(lambda _: vectors(texts)) as remote:
            with pytest.raises(EmbeddingUnavailableError):
                await remote.embed(["a"])

    def test_given_every_status_error_of_the_client_when_compared_then_none_is_overlooked(self) -> None:
        known = set(openai.APIStatusError.__subclasses__())

        passing = {openai.ConflictError, openai.RateLimitError, openai.InternalServerError}
        assert known == {*REFUSED, *passing}


class TestSettings:
    @pytest.mark.parametrize(
        ("values", "missing"),
        [({"dimension": 3}, "MODEL"), ({"model": "m"}, "DIMENSION")],
    )
    def test_given_an_endpoint_half_described_when_read_then_the_variable_is_named(
        self, values: dict[str, Any], missing: str
    ) -> None:
        with pytest.raises(WrongSettingError, match=f"CASEPLANE_EMBEDDING_{missing}"):
            EmbeddingSettings(backend="openai", **values)
