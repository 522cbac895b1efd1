"""The loop from a question that nobody could answer to an article that answers it, and back, on real services."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.integration.insights.conftest import Connect

from caseplane.core.auth import Role

QUESTION = "How do I connect the platform to a Gopher server?"
ALIKE = "How can I connect the platform to my Gopher server?"
ANSWER = (
    "To connect the platform to a Gopher server, open Connections, choose Gopher, and enter the address of the"
    " server and port 70."
)


async def ok(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


async def asked(connect: Connect, work_off: Callable[[], Any], question: str) -> dict[str, Any]:
    """What becomes of a question in a new conversation."""
    customer = connect(Role.customer, f"customer-{uuid4()}", service="orchestrator")
    session = await ok(await customer.post("/sessions", json={"customer_id": f"c-{uuid4()}"}))
    path = f"/sessions/{session['session_id']}"
    await ok(await customer.post(f"{path}/messages", json={"content": question}))
    await work_off()
    found: dict[str, Any] = await ok(await customer.get(path))
    said = (await ok(await customer.get(f"{path}/messages")))["items"]
    return found | {"said": said}


async def step(client: httpx.AsyncClient, article: dict[str, Any], name: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(
        f"/articles/{article['article_id']}/{name}",
        json=body,
        headers={"If-Match": f'"{article["version"]}"'},
    )
    found: dict[str, Any] = await ok(answer)
    return found


@pytest.fixture
async def base_id(connect: Connect) -> UUID:
    keeper = connect(Role.admin, service="retrieval")
    made = await ok(await keeper.post("/knowledge-bases", json={"name": "Help"}))
    return UUID(made["id"])


class TestLoop:
    async def test_given_a_question_that_was_handed_over_when_an_article_is_approved_and_rolled_back_then_answers_follow(
        self, connect: Connect, work_off: Callable[[], Any], base_id: UUID
    ) -> None:
        first = await asked(connect, work_off, QUESTION)
        assert first["status"] == "escalated"
        expert, owner = connect(Role.sme, "emma"), connect(Role.product_owner, "omar")
        (gap,) = (await ok(await expert.get("/gaps")))["items"]
        body = {
            "knowledge_base_id": str(base_id), "gap_id": gap["gap_id"], "title": QUESTION, "body": ANSWER,
        }  # fmt: skip
        article = await ok(await expert.post("/articles", json=body))
        article = await step(expert, article, "submit")
        article = await step(expert, article, "review")
        article = await step(owner, article, "approve")
        await work_off()

        live = await ok(await expert.get(f"/articles/{article['article_id']}"))
        second = await asked(connect, work_off, ALIKE)
        effect = await ok(await expert.get(f"/articles/{article['article_id']}/effect"))
        await step(owner, live, "rollback", note="It was too early.")
        await work_off()
        third = await asked(connect, work_off, ALIKE)

        assert (gap["question"], gap["asked"]) == (QUESTION, 1)
        assert live["live"]
        assert live["document_id"]
        cited = [each["document_id"] for message in second["said"] for each in message["citations"]]
        assert live["document_id"] in cited
        assert second["status"] == "open"
        before, after = effect["before"], effect["after"]
        assert (before["asked"], before["answered"]) == (1, 0)
        assert (after["asked"], after["answered"], after["citing"]) == (1, 1, 1)
        assert third["status"] == "escalated"
        (covered,) = (await ok(await expert.get("/gaps")))["items"]
        assert (covered["state"], covered["asked"]) == ("open", 2)

    async def test_given_solved_cases_when_an_article_is_drafted_of_their_gap_then_it_has_their_words_and_names_them(
        self, connect: Connect, work_off: Callable[[], Any], base_id: UUID
    ) -> None:
        session = await asked(connect, work_off, QUESTION)
        agent = connect(Role.agent, service="escalation")
        path = f"/tickets/{session['ticket_id']}"
        await ok(await agent.post(f"{path}/comments", json={"body": ANSWER, "visibility": "public"}))
        await ok(await agent.put(f"{path}/resolve", json={"resolution_summary": "Done."}))
        await work_off()
        expert = connect(Role.sme)
        (gap,) = (await ok(await expert.get("/gaps")))["items"]

        article = await ok(
            await expert.post("/articles", json={"knowledge_base_id": str(base_id), "gap_id": gap["gap_id"]})
        )

        assert article["method"] == "composed"
        assert "port 70" in article["body"]
        assert article["references"][0]["session_id"] == session["session_id"]
        assert article["questions"] == [QUESTION]
