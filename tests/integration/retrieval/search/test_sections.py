from uuid import UUID

from tests.integration.retrieval.harness import Caller, Harness, person

from caseplane.core.auth import Role
from caseplane.retrieval.schemas import SectionName

PAGE = b"""# Keys

Keys authenticate requests of programs that act for you, and every key has the rights of one role.
See [how to test one](https://example.com/test) before you deploy it to your production systems.

## Rotating

Create the new key before you revoke the old one, deploy it everywhere, and watch the page of the old
key until it shows that no program has used it for a day.

### Deadlines

A revoked key stops working within five seconds on every machine, and nobody can bring it back, not even
an owner of the workspace or our own support.

## Rotating by hand

Only an owner of the workspace may rotate the key of another member by hand, which is written down in the
audit log together with the time and the reason.
"""


class TestReadSections:
    async def test_given_a_section_when_read_then_whole_in_its_order_and_without_its_neighbours(
        self, harness: Harness, admin: Caller, tenant_id: UUID
    ) -> None:
        base = await admin.make_base("Keys")
        await admin.sync(base, {"keys.md": PAGE})
        await harness.work()
        document = UUID((await admin.paths(base))["keys.md"])
        customer = person(tenant_id, Role.customer)

        part = await harness.client.read_sections(
            customer, [SectionName(document_id=document, heading="Keys > Rotating")], limit=20
        )
        page = await harness.client.read_sections(customer, [SectionName(document_id=document)], limit=20)
        few = await harness.client.read_sections(customer, [SectionName(document_id=document)], limit=1)

        assert [hit.heading for hit in part.results] == ["Keys > Rotating", "Keys > Rotating > Deadlines"]
        assert part.results[0].text.startswith("Create the new key before you revoke the old one")
        assert len(page.results) == 4
        assert [mark[3] for mark in page.results[0].marks if mark[2] == "link"] == [
            "https://example.com/test"
        ]
        assert page.results[0].path == "keys.md"
        assert len(few.results) == 1

    async def test_given_a_restricted_document_when_read_then_only_by_those_who_may_see_it(
        self, harness: Harness, admin: Caller, tenant_id: UUID, make_tenant: object
    ) -> None:
        base = await admin.make_base("Partners")
        await admin.sync(base, {"keys.md": PAGE}, acl=["partner"])
        await harness.work()
        named = [SectionName(document_id=UUID((await admin.paths(base))["keys.md"]))]
        stranger = person(make_tenant(), Role.admin)  # type: ignore[operator]

        seen = {
            who.subject: len((await harness.client.read_sections(who, named, limit=20)).results)
            for who in (person(tenant_id, Role.customer), stranger)
        }
        partner = person(tenant_id, Role.customer, entitlements=["partner"])
        entitled = await harness.client.read_sections(partner, named, limit=20)

        assert set(seen.values()) == {0}
        assert len(entitled.results) == 4
