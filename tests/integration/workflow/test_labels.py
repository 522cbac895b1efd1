"""Opinions on tickets: who may give which, what is stored, who may read them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.integration.workflow.conftest import Connect

from caseplane.core.auth import Role

PATH = "/workflow/labels"


async def open_ticket(connect: Connect, **fields: Any) -> str:
    body = {"subject": "Refund", "description": "Please refund me.", "requester_id": "c-1", **fields}
    answer = await connect(Role.agent, service="escalation").post("/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket_id"])


@pytest.fixture
def agent(connect: Connect) -> httpx.AsyncClient:
    return connect(Role.agent)


async def test_given_a_ticket_when_agent_expert_and_customer_give_opinions_then_each_is_listed_as_theirs(
    connect: Connect, agent: httpx.AsyncClient
) -> None:
    ticket = await open_ticket(connect)
    given = (
        (agent, {"category": "billing", "severity": "high"}),
        (connect(Role.sme), {"category": "account", "correction": "Say that it takes three days."}),
        (connect(Role.customer, customer_id="c-1"), {"rating": 2, "comment": "slow"}),
    )
    for client, body in given:
        answer = await client.post(PATH, json={"ticket_id": ticket, **body})
        assert answer.status_code == 201, answer.text

    listed = (await agent.get(PATH, params={"ticket_id": ticket})).json()["items"]

    assert [(each["source"], each["category"], each["rating"]) for each in listed] == [
        ("customer", None, 2),
        ("expert", "account", None),
        ("agent", "billing", None),
    ]


@pytest.mark.parametrize("role", [Role.agent, Role.sme, Role.customer])
async def test_given_a_ticket_that_does_not_exist_when_labelled_then_it_is_not_found(
    connect: Connect, role: Role
) -> None:
    answer = await connect(role).post(PATH, json={"ticket_id": str(uuid4()), "rating": 3})

    assert answer.status_code == 404


async def test_given_another_customers_ticket_when_rated_then_it_is_as_if_there_were_none(
    connect: Connect,
) -> None:
    ticket = await open_ticket(connect)

    answer = await connect(Role.customer, customer_id="c-2").post(
        PATH, json={"ticket_id": ticket, "rating": 1}
    )

    assert answer.status_code == 404


async def test_given_another_tenant_when_it_labels_or_lists_then_it_finds_nothing(
    connect: Connect, agent: httpx.AsyncClient, make_tenant: Callable[..., UUID]
) -> None:
    ticket = await open_ticket(connect)
    assert (await agent.post(PATH, json={"ticket_id": ticket, "rating": 5})).status_code == 201
    stranger = connect(Role.agent, tenant=make_tenant())

    answer = await stranger.post(PATH, json={"ticket_id": ticket, "rating": 1})

    assert answer.status_code == 404
    assert (await stranger.get(PATH)).json()["items"] == []


@pytest.mark.parametrize(
    ("role", "body", "status", "words"),
    [
        (Role.customer, {"category": "billing"}, 403, "rating"),
        (Role.agent, {"category": "unheard_of"}, 422, "billing"),
        (Role.agent, {"severity": "unheard_of"}, 422, "critical"),
        (Role.agent, {}, 422, "at least one"),
        (Role.agent, {"comment": "  "}, 422, "at least one"),
        (Role.agent, {"rating": 6}, 422, "5"),
        (Role.agent, {"draft_outcome": "accepted"}, 422, "belong together"),
        (Role.analyst, {"rating": 3}, 403, ""),
    ],
)
async def test_given_an_opinion_that_cannot_be_when_given_then_it_says_what_to_do(
    connect: Connect, role: Role, body: dict[str, Any], status: int, words: str
) -> None:
    ticket = await open_ticket(connect)

    answer = await connect(role).post(PATH, json={"ticket_id": ticket, **body})

    assert answer.status_code == status, answer.text
    assert words in answer.text


async def test_given_personal_data_in_a_comment_when_stored_then_its_kind_stands_for_it(
    connect: Connect, agent: httpx.AsyncClient
) -> None:
    ticket = await open_ticket(connect)

    answer = await agent.post(PATH, json={"ticket_id": ticket, "comment": "Ask anna.meier@firma.de"})

    assert answer.json()["comment"] == "Ask [email]"


async def test_given_many_labels_when_listed_by_pages_then_each_is_there_once(
    connect: Connect, agent: httpx.AsyncClient
) -> None:
    ticket = await open_ticket(connect)
    for rating in (1, 2, 3, 4, 5):
        await agent.post(PATH, json={"ticket_id": ticket, "rating": rating})

    found, cursor = [], None
    while True:
        page = (await agent.get(PATH, params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        found += [each["rating"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert found == [5, 4, 3, 2, 1]
