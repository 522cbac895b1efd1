"""Clusters of a data set: made by a job, changed by people, kept by the next run."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from tests.integration.insights.conftest import Connect
from tests.integration.insights.test_datasets import add_dataset, rows_of, upload
from tests.integration.insights.tickets import TOPICS, export

from caseplane.core.auth import Role

WorkOff = Callable[[], Awaitable[None]]


@pytest.fixture
def analyst(connect: Connect) -> httpx.AsyncClient:
    return connect(Role.analyst)


@pytest.fixture
def expert(connect: Connect) -> httpx.AsyncClient:
    return connect(Role.sme)


@pytest.fixture
async def dataset(analyst: httpx.AsyncClient, work_off: WorkOff) -> str:
    """Tickets about four topics, grouped."""
    made = await add_dataset(analyst)
    await upload(analyst, made, export())
    await work_off()
    await grouped(analyst, made, work_off)
    return made


async def grouped(analyst: httpx.AsyncClient, dataset: str, work_off: WorkOff, **body: Any) -> dict[str, Any]:
    asked = await analyst.post(f"/datasets/{dataset}/clusterings", json=body)
    assert asked.status_code == 202, asked.text
    await work_off()
    done = (await analyst.get(f"/datasets/{dataset}/clusterings/{asked.json()['clustering_id']}")).json()
    assert done["state"] == "done", done
    found: dict[str, Any] = done
    return found


async def topics_of(client: httpx.AsyncClient, dataset: str) -> dict[str, dict[str, Any]]:
    """Topics by the kind of ticket that is most frequent in them."""
    listed = await client.get(f"/datasets/{dataset}/clusters", params={"level": "topic", "limit": 200})
    found = {}
    for each in listed.json()["items"]:
        rows = await rows_of(client, dataset, cluster_id=each["cluster_id"])
        kinds = [list(TOPICS)[int(row["external_id"][0])] for row in rows]
        if kinds:
            found.setdefault(max(set(kinds), key=kinds.count), each)
    return found


async def test_given_tickets_about_four_topics_when_they_are_grouped_then_there_are_these_topics_with_labels(
    dataset: str, analyst: httpx.AsyncClient
) -> None:
    topics = await topics_of(analyst, dataset)

    assert set(topics) == set(TOPICS)
    assert "password" in topics["password"]["terms"]
    shown = (await analyst.get(f"/datasets/{dataset}/clusters/{topics['refund']['cluster_id']}")).json()
    assert 1 <= len(shown["examples"]) <= 5
    assert all("refund" in each["subject"] for each in shown["examples"])
    assert sum(month["tickets"] for month in shown["trend"]) == shown["size"]
    assert {month["month"][:4] for month in shown["trend"]} == {"2025"}
    themes = (await analyst.get(f"/datasets/{dataset}/clusters", params={"level": "theme"})).json()["items"]
    assert topics["refund"]["parent_id"] in {each["cluster_id"] for each in themes}


async def test_given_named_topics_when_tickets_are_added_and_grouped_then_they_keep_identity_and_name(
    dataset: str, analyst: httpx.AsyncClient, expert: httpx.AsyncClient, work_off: WorkOff
) -> None:
    before = await topics_of(analyst, dataset)
    for kind, topic in before.items():
        named = await expert.patch(f"/datasets/{dataset}/clusters/{topic['cluster_id']}", json={"name": kind})
        assert named.status_code == 200, named.text
    await upload(analyst, dataset, export(4, begin=16))
    await work_off()

    run = await grouped(analyst, dataset, work_off)

    after = await topics_of(analyst, dataset)
    assert {kind: each["cluster_id"] for kind, each in after.items()} == {
        kind: each["cluster_id"] for kind, each in before.items()
    }
    assert {each["title"] for each in after.values()} == set(TOPICS)
    assert run["kept"] >= 4


async def test_given_new_tickets_when_they_get_vectors_then_they_are_assigned_without_a_run(
    dataset: str, analyst: httpx.AsyncClient, work_off: WorkOff
) -> None:
    before = await topics_of(analyst, dataset)

    await upload(
        analyst, dataset, "id,subject\n1x,I forgot the password of my account\n2x,zebra crossing at noon\n"
    )
    await work_off()

    found = {row["external_id"]: row["cluster_id"] for row in await rows_of(analyst, dataset)}
    assert found["1x"] == before["password"]["cluster_id"]
    assert found["2x"] is None
    assert {row["external_id"] for row in await rows_of(analyst, dataset, outliers=True)} >= {"2x"}


async def test_given_merged_topics_when_they_are_grouped_again_then_they_stay_one(
    dataset: str, analyst: httpx.AsyncClient, expert: httpx.AsyncClient, work_off: WorkOff
) -> None:
    before = await topics_of(analyst, dataset)
    into, other = before["card"]["cluster_id"], before["parcel"]["cluster_id"]

    merged = await expert.post(
        f"/datasets/{dataset}/clusters/merge", json={"into": into, "clusters": [other]}
    )
    assert merged.status_code == 200, merged.text
    await grouped(analyst, dataset, work_off)

    assert merged.json()["size"] == before["card"]["size"] + before["parcel"]["size"]
    held = {row["external_id"] for row in await rows_of(analyst, dataset, cluster_id=into)}
    assert len([each for each in held if each[0] in "03"]) >= merged.json()["size"]
    assert (await analyst.get(f"/datasets/{dataset}/clusters/{other}")).status_code == 404


async def test_given_a_split_topic_when_it_is_grouped_again_then_both_stay(
    dataset: str, analyst: httpx.AsyncClient, expert: httpx.AsyncClient, work_off: WorkOff
) -> None:
    old = (await topics_of(analyst, dataset))["refund"]["cluster_id"]
    rows = [row["row_id"] for row in await rows_of(analyst, dataset, cluster_id=old)]

    made = await expert.post(
        f"/datasets/{dataset}/clusters/{old}/split", json={"rows": rows[:5], "name": "Refunds of shoes"}
    )
    assert made.status_code == 201, made.text
    await grouped(analyst, dataset, work_off)

    held = await rows_of(analyst, dataset, cluster_id=made.json()["cluster_id"])
    assert {row["row_id"] for row in held} >= set(rows[:5])
    assert {row["row_id"] for row in await rows_of(analyst, dataset, cluster_id=old)} >= set(rows[5:])


async def test_given_moved_tickets_when_they_are_grouped_again_then_they_stay_where_people_put_them(
    dataset: str, analyst: httpx.AsyncClient, expert: httpx.AsyncClient, work_off: WorkOff
) -> None:
    topics = await topics_of(analyst, dataset)
    rows = await rows_of(analyst, dataset, cluster_id=topics["refund"]["cluster_id"])
    there, nowhere = rows[0]["row_id"], rows[1]["row_id"]
    path = f"/datasets/{dataset}/clusters/move"

    moved = await expert.post(path, json={"rows": [there], "to": topics["card"]["cluster_id"]})
    assert moved.json() == {"moved": 1}
    await expert.post(path, json={"rows": [nowhere], "to": None})
    await grouped(analyst, dataset, work_off)

    found = {row["row_id"]: row["cluster_id"] for row in await rows_of(analyst, dataset)}
    assert found[there] == topics["card"]["cluster_id"]
    assert found[nowhere] is None


async def test_given_a_waiting_run_when_it_is_cancelled_then_topics_stay_as_they_were(
    dataset: str, analyst: httpx.AsyncClient, work_off: WorkOff
) -> None:
    before = await topics_of(analyst, dataset)
    asked = (await analyst.post(f"/datasets/{dataset}/clusterings")).json()
    again = (await analyst.post(f"/datasets/{dataset}/clusterings")).json()
    assert again["clustering_id"] == asked["clustering_id"]

    path = f"/datasets/{dataset}/clusterings/{asked['clustering_id']}"
    assert (await analyst.post(f"{path}/cancel")).json()["state"] == "cancelled"
    await work_off()

    assert (await analyst.get(path)).json()["state"] == "cancelled"
    assert await topics_of(analyst, dataset) == before


async def test_given_no_tickets_when_they_are_to_be_grouped_then_the_answer_says_what_to_do(
    analyst: httpx.AsyncClient,
) -> None:
    empty = await add_dataset(analyst)

    refused = await analyst.post(f"/datasets/{empty}/clusterings")

    assert refused.status_code == 409
    assert refused.json()["detail"] == "Upload a file first."


async def test_given_an_analyst_when_topics_are_to_be_changed_then_only_experts_may(
    dataset: str, analyst: httpx.AsyncClient
) -> None:
    (topic, *_) = (await topics_of(analyst, dataset)).values()

    answers = await asyncio.gather(
        analyst.patch(f"/datasets/{dataset}/clusters/{topic['cluster_id']}", json={"name": "x"}),
        analyst.post(f"/datasets/{dataset}/clusters/{topic['cluster_id']}/split"),
    )

    assert [each.status_code for each in answers] == [403, 403]
