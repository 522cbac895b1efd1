"""Files on tickets over HTTP, with a real store."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from tests.integration.escalation.harness import Harness

from caseplane.core.auth import Role

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 50


async def upload(
    client: httpx.AsyncClient, ticket_id: UUID, name: str = "shot.png", data: bytes = PNG, **form: Any
) -> httpx.Response:
    return await client.post(f"/tickets/{ticket_id}/attachments", files={"file": (name, data)}, data=form)


class TestAttachments:
    async def test_given_a_file_when_downloaded_then_the_same_with_headers_that_keep_it_from_running(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate(customer_id="c-1")
        made = await upload(harness.customer, ticket_id, name="../../grüße.png")
        attachment = made.json()

        answer = await harness.agent.get(f"/tickets/{ticket_id}/attachments/{attachment['attachment_id']}")

        assert made.status_code == 201, made.text
        assert (attachment["file_name"], attachment["media_type"]) == ("grüße.png", "image/png")
        assert answer.content == PNG
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"].startswith("attachment; ")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        stored = [key async for key, _ in harness.escalation.objects.list(f"{harness.tenant_id}/attachments")]
        assert stored == [f"{harness.tenant_id}/attachments/{ticket_id}/{attachment['attachment_id']}"]

    async def test_given_an_internal_file_then_the_customer_neither_sees_nor_makes_one(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate(customer_id="c-1")
        made = (await upload(harness.agent, ticket_id, visibility="internal")).json()
        url = f"/tickets/{ticket_id}/attachments"

        listed = await harness.customer.get(url)
        read = await harness.customer.get(f"{url}/{made['attachment_id']}")
        own = await upload(harness.customer, ticket_id, visibility="internal")

        assert (listed.json(), read.status_code, own.status_code) == ([], 404, 403)

    async def test_given_files_that_are_not_accepted_then_refused_and_nothing_is_stored(
        self, harness: Harness, make_tenant: Any
    ) -> None:
        ticket_id, _ = await harness.escalate(customer_id="c-1")
        foreign = harness.client(Role.agent, tenant=make_tenant())

        answers = [
            await upload(harness.agent, ticket_id, name="run.exe"),
            await upload(harness.agent, ticket_id, name="fake.pdf"),
            await upload(harness.agent, ticket_id, name="big.txt", data=b"x" * (1024 * 1024 + 1)),
            await upload(harness.agent, ticket_id, name="empty.txt", data=b""),
            await upload(harness.stranger, ticket_id),
            await upload(foreign, ticket_id),
        ]

        assert [a.status_code for a in answers] == [415, 415, 413, 422, 404, 404]
        assert [key async for key, _ in harness.escalation.objects.list(f"{harness.tenant_id}")] == []

    async def test_given_as_many_files_as_there_may_be_then_one_more_is_refused(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate()

        answers = [await upload(harness.agent, ticket_id) for _ in range(4)]

        assert [a.status_code for a in answers] == [201, 201, 201, 409]


class TestTenancy:
    async def test_given_rows_of_a_tenant_when_no_tenant_is_set_then_no_table_shows_any(
        self, harness: Harness
    ) -> None:
        await harness.connect()
        await harness.escalate()
        async with harness.escalation.db.system() as tx:
            tables = (
                await tx.execute(
                    text(
                        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity FROM pg_class c"
                        " JOIN pg_namespace n ON n.oid = c.relnamespace"
                        " WHERE n.nspname = 'ticketing' AND c.relkind = 'r'"
                    )
                )
            ).all()
            seen = {
                name: await tx.scalar(text(f"SELECT count(*) FROM ticketing.{name}")) for name, _ in tables
            }

        assert len(tables) == 12
        assert all(forced for _, forced in tables)
        assert set(seen.values()) == {0}
