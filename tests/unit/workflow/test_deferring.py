"""Drafts read when no customer waits for an answer."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from caseplane.core.precedence import Precedence
from caseplane.core.reading import Asked, Read
from caseplane.workflow import deferring
from caseplane.workflow.deferring import DeferringReader

PASSAGES = [Asked("Guide", "Turn it off and on.")]


class Counting:
    """A reader that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def read(self, question: str, passages: Sequence[Asked]) -> list[Read]:
        self.asked.append(question)
        return [Read(float(number), np.zeros(0, np.float32)) for number, _ in enumerate(passages)]


async def turns_of_the_loop() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_given_nobody_waits_when_read_then_the_reader_answers() -> None:
    inner = Counting()

    found = await DeferringReader(inner, Precedence()).read("How?", PASSAGES)

    assert [each.answers for each in found] == [0.0]
    assert inner.asked == ["How?"]


async def test_given_a_customer_who_waits_when_read_then_it_begins_when_they_have_their_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deferring, "SECONDS", 3600)
    inner, answering = Counting(), Precedence()
    with answering.taken(), answering.taken():
        reading = asyncio.create_task(DeferringReader(inner, answering).read("How?", PASSAGES))
        await turns_of_the_loop()
        before = list(inner.asked)

    await reading

    assert before == []
    assert inner.asked == ["How?"]


async def test_given_customers_without_end_when_read_then_it_begins_after_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deferring, "SECONDS", 0.001)
    inner, answering = Counting(), Precedence()

    with answering.taken():
        await DeferringReader(inner, answering).read("How?", PASSAGES)

    assert inner.asked == ["How?"]
