"""Classifiers: trained on labelled tickets by a job, activated by a person, used by the workflow, rolled back."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.workflow.conftest import Connect

from caseplane.core.auth import Role
from caseplane.workflow.context import Workflow

PATH = "/workflow/classifiers"
SUBJECTS = {
    # Words that no keyword knows: what is said here can only be learned.
    "billing": "the {} is on the wrong ledger line",
    "account": "our {} needs another badge colour",
}
THINGS = "toaster lamp desk chair phone book door shelf kettle clock fan sofa mirror rug vase stool bench rack".split()


@pytest.fixture
def lead(connect: Connect) -> httpx.AsyncClient:
    return connect(Role.supervisor)


async def work(workflow: Workflow) -> None:
    await workflow.jobs.app.run_worker_async(
        queues=["learning"], wait=False, install_signal_handlers=False, delete_jobs="successful",
        listen_notify=False,
    )  # fmt: skip


async def label_tickets(connect: Connect, each: int = 24) -> None:
    """Labels so many tickets of both categories, each of another customer."""
    desk, agent = connect(Role.agent, service="escalation"), connect(Role.agent)

    async def one(category: str, number: int) -> None:
        thing = f"{THINGS[number % len(THINGS)]} {number}"
        body = {"subject": SUBJECTS[category].format(thing), "requester_id": f"{category}-{number}"}
        made = (await desk.post("/tickets", json=body)).json()
        answer = await agent.post(
            "/workflow/labels", json={"ticket_id": made["ticket_id"], "category": category}
        )
        assert answer.status_code == 201, answer.text

    for number in range(each):
        await asyncio.gather(*(one(category, number) for category in SUBJECTS))


async def trained(lead: httpx.AsyncClient, workflow: Workflow) -> dict[str, Any]:
    asked = await lead.post(PATH, json={})
    assert asked.status_code == 202, asked.text
    await work(workflow)
    found: dict[str, Any] = (await lead.get(f"{PATH}/{asked.json()['classifier_id']}")).json()
    return found


async def classify(lead: httpx.AsyncClient) -> dict[str, Any]:
    answer = await lead.post(
        "/workflow/classify", json={"subject": "the garden hose is on the wrong ledger line"}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found.get("classification", found)


async def test_given_labelled_tickets_when_a_classifier_is_trained_activated_and_left_then_it_decides_meanwhile(
    connect: Connect, lead: httpx.AsyncClient, workflow: Workflow
) -> None:
    await label_tickets(connect)
    before = await classify(lead)

    made = await trained(lead, workflow)
    still = await classify(lead)
    activated = await lead.post(f"{PATH}/{made['classifier_id']}/activate")
    after = await classify(lead)
    assert (await lead.post(f"{PATH}/deactivate")).status_code == 204
    back = await classify(lead)

    assert (made["state"], made["active"], made["report"]["tickets"]) == ("trained", False, 48)
    assert made["report"]["held_back"]["accuracy"] > 0.9 > made["report"]["keywords"]["accuracy"]
    assert activated.json()["active"]
    assert (before["by"], still["by"], back["by"]) == ("keywords", "keywords", "keywords")
    assert (after["by"], after["category"], after["model_version"]) == ("model", "billing", "classifier@1")


async def test_given_too_few_labels_when_trained_then_it_says_how_many_it_takes_and_cannot_be_activated(
    lead: httpx.AsyncClient, workflow: Workflow
) -> None:
    made = await trained(lead, workflow)

    refused = await lead.post(f"{PATH}/{made['classifier_id']}/activate")

    assert made["state"] == "failed"
    assert "at least 40" in made["reason"]
    assert refused.status_code == 409


async def test_given_a_training_when_asked_for_again_and_its_job_runs_twice_then_it_is_one_version(
    lead: httpx.AsyncClient, workflow: Workflow
) -> None:
    asked = [(await lead.post(PATH, json={})).json()["classifier_id"] for _ in range(3)]
    await work(workflow)
    await work(workflow)

    listed = (await lead.get(PATH)).json()["items"]

    assert len(set(asked)) == 1
    assert [each["version"] for each in listed] == [1]


async def test_given_an_agent_or_another_tenant_when_they_train_or_activate_then_nothing_changes(
    connect: Connect, lead: httpx.AsyncClient, make_tenant: Callable[..., UUID]
) -> None:
    asked = (await lead.post(PATH, json={})).json()["classifier_id"]
    stranger = connect(Role.supervisor, tenant=make_tenant())

    assert (await connect(Role.agent).post(PATH, json={})).status_code == 403
    assert (await connect(Role.customer).get(PATH)).status_code == 403
    assert (await stranger.get(f"{PATH}/{asked}")).status_code == 404
    assert (await stranger.post(f"{PATH}/{asked}/activate")).status_code == 404
    assert (await stranger.get(PATH)).json()["items"] == []


async def test_given_two_versions_when_rolled_back_then_the_earlier_one_decides_and_then_keywords(
    connect: Connect, lead: httpx.AsyncClient, workflow: Workflow
) -> None:
    await label_tickets(connect)
    first, second = await trained(lead, workflow), await trained(lead, workflow)
    for made in (first, second):
        await lead.post(f"{PATH}/{made['classifier_id']}/activate")

    back = (await lead.post(f"{PATH}/roll-back")).json()
    between = await classify(lead)
    keywords = await lead.post(f"{PATH}/roll-back")
    after = await classify(lead)
    nothing = await lead.post(f"{PATH}/roll-back")

    assert (back["version"], back["active"], between["model_version"]) == (1, True, "classifier@1")
    assert (keywords.status_code, keywords.json(), after["by"]) == (200, None, "keywords")
    assert (nothing.status_code, nothing.json()["type"].rsplit("/", 1)[-1]) == (409, "no-classifier-active")
