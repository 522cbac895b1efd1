"""Requests by other paths than the API's own."""

import json
from uuid import UUID

from tests.integration.deployment import Deployment

TICKET = {
    "customer_email": "ada@example.org",
    "subject": "Late",
    "description": "Where is it?",
    "channel": "web",
}


async def test_given_no_credential_when_a_door_is_used_then_refused_like_the_route(
    deployment: Deployment,
) -> None:
    async with deployment.client() as client:
        by_door, by_route = (
            await client.post("/tickets", json=TICKET),
            await client.post("/api/v1/tickets", json={}),
        )

    assert (by_door.status_code, by_door.json()["type"]) == (401, by_route.json()["type"])
    assert deployment.witness.requests == []


async def test_given_a_key_of_another_scope_when_a_door_is_used_then_refused(
    deployment: Deployment, tenant_id: UUID
) -> None:
    key = await deployment.key(tenant_id, scopes=["tickets:read"])

    async with deployment.client(key) as client:
        read, written = await client.get("/api/tickets"), await client.post("/tickets", json=TICKET)

    assert (read.status_code, written.status_code) == (200, 403)


async def test_given_a_door_when_used_then_the_route_gets_path_query_and_renamed_body(
    deployment: Deployment, tenant_id: UUID
) -> None:
    key = await deployment.key(tenant_id)

    async with deployment.client(key) as client:
        listed = await client.get("/api/tickets?status=open&status=new")
        made = await client.post("/api/tickets", json=TICKET)

    assert listed.json()["path"] == "/api/v1/tickets"
    assert listed.json()["query"] == "status=open&status=new"
    assert made.status_code == 201
    assert "ratelimit-remaining" in made.headers
    assert json.loads(deployment.witness.bodies[-1]) == {
        "requester_id": "ada@example.org", "subject": "Late", "description": "Where is it?", "tags": ["channel:web"],
    }  # fmt: skip


async def test_given_an_idempotency_key_when_sent_twice_by_a_door_then_done_once(
    deployment: Deployment, tenant_id: UUID
) -> None:
    key = await deployment.key(tenant_id)

    async with deployment.client(key) as client:
        answers = [
            await client.post("/tickets", json=TICKET, headers={"Idempotency-Key": "one"}) for _ in range(2)
        ]

    assert [answer.json()["count"] for answer in answers] == [1, 1]
    assert len(deployment.witness.requests) == 1


async def test_given_a_door_that_climbs_when_used_then_refused(
    deployment: Deployment, tenant_id: UUID
) -> None:
    key = await deployment.key(tenant_id)

    async with deployment.client(key) as client:
        answer = await client.get("/api/tickets/%2e%2e")

    assert answer.status_code in (400, 404)
    assert deployment.witness.requests == []
