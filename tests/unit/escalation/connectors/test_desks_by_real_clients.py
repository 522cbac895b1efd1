"""The fake desks, called by client libraries that their vendors' users wrote: they must not notice the difference."""

from datetime import UTC, datetime, timedelta

import pytest
from pysnc import ServiceNowClient
from pysnc.exceptions import RequestException, RoleException
from tests.unit.escalation.connectors.in_process import session
from tests.unit.escalation.connectors.servicenow_instance import PASSWORD, USER, ServiceNowInstance
from tests.unit.escalation.connectors.zendesk_desk import EMAIL, TOKEN, ZendeskDesk
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException


@pytest.fixture
def desk() -> ZendeskDesk:
    return ZendeskDesk(page=2)


@pytest.fixture
def zenpy(desk: ZendeskDesk) -> Zenpy:
    made, _ = session(desk)
    return Zenpy(subdomain="acme", email=EMAIL, token=TOKEN, session=made)


class TestZenpy:
    def create(self, zenpy: Zenpy, **fields: object) -> Ticket:
        return zenpy.tickets.create(Ticket(subject="S", description="D", **fields)).ticket

    def test_given_a_ticket_when_created_read_changed_and_deleted_then_as_zenpy_expects(
        self, zenpy: Zenpy
    ) -> None:
        made = self.create(zenpy, external_id="x:1")
        made.status, made.assignee_id = "open", 9001
        made.comment = Comment(body="Hello", public=False)
        audit = zenpy.tickets.update(made)
        read = zenpy.tickets(id=made.id)

        assert (read.id, read.subject, read.status, read.external_id) == (made.id, "S", "open", "x:1")
        assert [event["type"] for event in audit.audit.events] == ["Comment", "Change", "Change"]
        assert [c.body for c in zenpy.tickets.comments(ticket=made.id)] == ["D", "Hello"]
        assert zenpy.users.me().email == EMAIL
        zenpy.tickets.delete(read)
        with pytest.raises(RecordNotFoundException):
            zenpy.tickets(id=made.id)

    def test_given_a_history_of_several_pages_then_zenpy_reads_all_of_it(self, zenpy: Zenpy) -> None:
        made = self.create(zenpy)
        for number in range(4):
            made.comment = Comment(body=f"Comment {number}")
            zenpy.tickets.update(made)

        found = [event["body"] for audit in zenpy.tickets.audits(ticket=made.id) for event in audit.events
                 if event["type"] == "Comment"]  # fmt: skip

        assert found == ["D", "Comment 0", "Comment 1", "Comment 2", "Comment 3"]

    def test_given_the_export_then_zenpy_follows_its_cursor_and_its_last_page_comes_again(
        self, zenpy: Zenpy
    ) -> None:
        for _ in range(5):
            self.create(zenpy)
        start = datetime.now(UTC) - timedelta(hours=1)

        export = zenpy.tickets.incremental(start_time=start, paginate_by_time=False)
        found = [ticket.id for ticket in export]
        again = [t.id for t in zenpy.tickets.incremental(cursor=export.after_cursor, paginate_by_time=False)]

        assert found == [1, 2, 3, 4, 5]
        assert again == [5]

    def test_given_rules_that_a_save_breaks_then_zenpy_raises_what_zendesk_says(
        self, zenpy: Zenpy, desk: ZendeskDesk
    ) -> None:
        made = self.create(zenpy)
        user = zenpy.users.create_or_update(User(name="Kim", external_id="c-1"))
        desk.users[user.id]["suspended"] = True

        with pytest.raises(APIException, match="is required when solving"):
            zenpy.tickets.update(Ticket(id=made.id, status="solved"))
        with pytest.raises(APIException, match="suspended"):
            self.create(zenpy, requester_id=user.id)
        zenpy.tickets.update(Ticket(id=made.id, status="closed", assignee_id=9001))
        with pytest.raises(APIException, match="closed prevents ticket update"):
            zenpy.tickets.update(Ticket(id=made.id, status="open"))


class TestPysnc:
    @pytest.fixture
    def instance(self) -> ServiceNowInstance:
        return ServiceNowInstance()

    @pytest.fixture
    def pysnc(self, instance: ServiceNowInstance) -> ServiceNowClient:
        made, _ = session(instance)
        made.auth = (USER, PASSWORD)
        # Its own retries would mount an adapter of the network before ours.
        return ServiceNowClient(f"https://{instance.host}", made, auto_retry=False)

    def insert(self, pysnc: ServiceNowClient, **values: str) -> str:
        record = pysnc.GlideRecord("incident")
        record.initialize()
        for name, value in values.items():
            record.set_value(name, value)
        return str(record.insert())

    def test_given_an_incident_when_inserted_read_changed_and_deleted_then_as_pysnc_expects(
        self, pysnc: ServiceNowClient
    ) -> None:
        sys_id = self.insert(pysnc, short_description="S", correlation_id="x:1")
        record = pysnc.GlideRecord("incident")
        assert record.get(sys_id)
        record.set_value("state", "2")
        record.set_value("comments", "Hello")
        record.update()

        again = pysnc.GlideRecord("incident")
        assert again.get("correlation_id", "x:1")
        assert (again.get_value("sys_id"), again.get_value("state")) == (sys_id, "2")
        assert again.get_value("comments") == ""
        assert again.delete()
        assert not pysnc.GlideRecord("incident").get(sys_id)

    def test_given_comments_then_pysnc_finds_them_in_the_journal_in_order(
        self, pysnc: ServiceNowClient
    ) -> None:
        sys_id = self.insert(pysnc, short_description="S", comments="First")
        record = pysnc.GlideRecord("incident")
        record.get(sys_id)
        record.set_value("work_notes", "Second")
        record.update()

        journal = pysnc.GlideRecord("sys_journal_field", batch_size=1)
        journal.add_query("element_id", sys_id)
        journal.order_by("sys_created_on")
        journal.query()

        assert [(e.get_value("element"), e.get_value("value")) for e in journal] == [
            ("comments", "First"), ("work_notes", "Second"),
        ]  # fmt: skip

    def test_given_more_than_a_page_then_pysnc_reads_all_that_it_may_see(
        self, pysnc: ServiceNowClient, instance: ServiceNowInstance
    ) -> None:
        made = [self.insert(pysnc, short_description=f"S{number}") for number in range(5)]
        instance.hidden.add(made[4])

        records = pysnc.GlideRecord("incident", batch_size=2)
        records.order_by("sys_created_on")
        records.query()

        assert len(records) == 5, "those that an ACL hides are counted"
        assert [record.get_value("sys_id") for record in records] == made[:4]

    def test_given_rules_of_the_instance_then_pysnc_raises_what_it_says(
        self, pysnc: ServiceNowClient
    ) -> None:
        record = pysnc.GlideRecord("incident")
        record.get(self.insert(pysnc, short_description="S"))
        record.set_value("state", "6")

        with pytest.raises(RoleException, match="Close notes"):
            record.update()
        with pytest.raises(RequestException, match="Invalid table"):
            pysnc.GlideRecord("no_such_table").query()
