"""The fake desks, called by client libraries that their vendors' users wrote: they must not notice the difference."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.escalation.connectors.in_process import session
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
