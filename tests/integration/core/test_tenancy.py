from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from caseplane.core.database import Database

Maker = Callable[[str], Database]
INSERT = text(
    "INSERT INTO sessions (tenant_id, id, channel, customer_id, status)"
    " VALUES (:tenant, gen_random_uuid(), 'web', 'c', 'open')"
)


class TestTenancy:
    async def test_given_rows_of_a_tenant_when_no_tenant_is_set_then_nothing_is_seen(
        self, make_database: Maker, tenant_id: UUID
    ) -> None:
        db = make_database("conversation")
        async with db.tenant(tenant_id) as tx:
            await tx.execute(INSERT, {"tenant": tenant_id})

        async with db.system() as tx:
            seen = await tx.scalar(text("SELECT count(*) FROM sessions"))

        assert seen == 0

    async def test_given_another_tenant_when_a_row_is_written_for_the_first_then_refused(
        self, make_database: Maker, make_tenant: Callable[..., UUID]
    ) -> None:
        mine, theirs = make_tenant(), make_tenant()
        db = make_database("conversation")

        with pytest.raises(DBAPIError, match="row-level security"):
            async with db.tenant(mine) as tx:
                await tx.execute(INSERT, {"tenant": theirs})

    @pytest.mark.parametrize("statement", ["UPDATE messages SET content = ''", "DELETE FROM messages"])
    async def test_given_messages_when_the_service_changes_them_then_refused(
        self, make_database: Maker, tenant_id: UUID, statement: str
    ) -> None:
        db = make_database("conversation")

        with pytest.raises(DBAPIError, match="permission denied"):
            async with db.tenant(tenant_id) as tx:
                await tx.execute(text(statement))

    async def test_given_one_service_when_it_reads_another_services_table_then_refused(
        self, make_database: Maker, tenant_id: UUID
    ) -> None:
        db = make_database("knowledge")

        with pytest.raises(DBAPIError, match="permission denied"):
            async with db.tenant(tenant_id) as tx:
                await tx.execute(text("SELECT * FROM conversation.messages"))
