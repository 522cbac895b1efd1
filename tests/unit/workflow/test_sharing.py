"""What is asked of the embedding model at one moment is embedded together, each text once."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from caseplane.core.embeddings import EmbeddingProfile, EmbeddingUnavailableError, Vectors
from caseplane.workflow.sharing import SharedEmbedder


class Counting:
    """A model that keeps what it was asked, and fails while it is told to."""

    profile = EmbeddingProfile(model="counting", dimension=2)

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.fails = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        await asyncio.sleep(0)
        if self.fails:
            raise EmbeddingUnavailableError
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)

    async def embed_query(self, text: str) -> Vectors:
        return (await self.embed([text]))[0]


class TestSharedEmbedder:
    async def test_given_texts_at_one_moment_when_embedded_then_the_model_is_asked_once_and_each_gets_its_own(
        self,
    ) -> None:
        model = Counting()
        shared = SharedEmbedder(model)

        found = await asyncio.gather(*(shared.embed([text]) for text in ("a", "bb", "a", "ccc")))

        assert model.asked == [["a", "bb", "ccc"]]
        assert [int(vectors[0][0]) for vectors in found] == [1, 2, 1, 3]
        assert int((await shared.embed(["bb"]))[0][0]) == 2
        assert len(model.asked) == 1

    async def test_given_a_model_that_fails_when_embedded_then_each_is_told_and_the_next_is_tried_anew(
        self,
    ) -> None:
        model = Counting()
        shared, model.fails = SharedEmbedder(model), True

        told = await asyncio.gather(*(shared.embed([text]) for text in "ab"), return_exceptions=True)
        model.fails = False

        assert [type(each) for each in told] == [EmbeddingUnavailableError] * 2
        assert int((await shared.embed(["a"]))[0][0]) == 1

    async def test_given_one_who_gives_up_when_others_wait_then_they_still_get_theirs(self) -> None:
        shared = SharedEmbedder(Counting())
        impatient = asyncio.create_task(shared.embed(["a"]))
        patient = asyncio.create_task(shared.embed(["a"]))
        await asyncio.sleep(0)

        impatient.cancel()

        assert int((await patient)[0][0]) == 1
        with pytest.raises(asyncio.CancelledError):
            await impatient

    @pytest.mark.parametrize("count", [0, 40])
    async def test_given_no_text_or_many_when_embedded_then_they_go_as_they_are(self, count: int) -> None:
        model = Counting()

        await SharedEmbedder(model).embed(["x"] * count)

        assert [len(each) for each in model.asked] == [count]
