"""An outage among everyday tickets: one incident, with its tickets and no others."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.benchmarks.outages import told

from caseplane.core.ids import new_id
from caseplane.workflow.context import Workflow
from caseplane.workflow.duplicates import finding
from caseplane.workflow.duplicates.reading import SeenTicket, read
from caseplane.workflow.incidents.looking import look

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TICKETS = Path(__file__).parents[2] / "unit/triage/data/tickets_tuned_on.jsonl"
OTHERS = [f"{each['subject']}\n{each['body']}" for each in map(json.loads, TICKETS.read_text().splitlines())]
PEAK = (
    "I forgot my password", "How do I reset my password?", "Password reset please", "I cannot remember my password",
    "Please reset my password", "Forgot the password of my account", "My password does not work, reset it please",
    "I need a new password", "Where can I reset the password?", "Lost my password", "Password forgotten again",
    "The password reset, how does it work?",
)  # fmt: skip


class Week:
    """Tickets of a tenant, in the order in which they come."""

    def __init__(self, workflow: Workflow, tenant_id: UUID) -> None:
        self.workflow, self.who = workflow, workflow.principal(tenant_id)

    async def before(self, texts: list[str], *, since: datetime, until: datetime) -> None:
        """Tickets of which nothing is asked but that they came, evenly over a time."""
        step = (until - since) / len(texts)
        found = [
            await read(
                self.workflow.embedder,
                SeenTicket(new_id(), f"b-{since}-{i}", words, since + step * (i + 0.5)),
            )
            for i, words in enumerate(texts)
        ]
        async with self.workflow.work(self.who) as work:
            for each in found:
                await finding.remember(work, each)

    async def come(self, texts: list[str], *, since: datetime, until: datetime) -> list[UUID | None]:
        """New tickets, each of another customer; the incidents that they were put to."""
        step = (until - since) / len(texts)
        return [
            (
                await look(
                    self.workflow, self.who, SeenTicket(new_id(), f"n-{since}-{i}", words, since + step * i)
                )
            ).incident_id
            for i, words in enumerate(texts)
        ]

    async def attached(self) -> int:
        """Tickets of incidents."""
        async with self.workflow.work(self.who) as work:
            found = await work.tx.execute(text("SELECT count(*) FROM workflow.incident_tickets"))
            return int(found.scalar_one())


@pytest.fixture
def week(workflow: Workflow, tenant_id: UUID) -> Week:
    return Week(workflow, tenant_id)


class TestStorm:
    @pytest.mark.parametrize("outage", ["checkout", "login", "internet"])
    async def test_given_everyday_tickets_when_an_outage_is_told_in_many_ways_then_it_is_one_incident_without_others(
        self, week: Week, outage: str
    ) -> None:
        await week.before(OTHERS[:120], since=NOW - timedelta(hours=2), until=NOW)
        mixed = [words for pair in zip(told(outage, 30), OTHERS[120:150], strict=True) for words in pair]

        found = await week.come(mixed, since=NOW, until=NOW + timedelta(minutes=9))

        inside, outside = found[::2], found[1::2]
        assert len(set(inside) - {None}) == 1
        assert await week.attached() >= 10  # those before it was seen too
        assert set(outside) == {None}

    async def test_given_everyday_tickets_when_nothing_is_wrong_then_there_is_no_incident(
        self, week: Week
    ) -> None:
        await week.before(OTHERS[:100], since=NOW - timedelta(hours=2), until=NOW)

        found = await week.come(OTHERS[100:150], since=NOW, until=NOW + timedelta(minutes=9))

        assert set(found) == {None}

    async def test_given_a_peak_of_last_week_when_it_comes_again_then_it_is_no_incident(
        self, week: Week
    ) -> None:
        ago = timedelta(days=7)
        await week.before(OTHERS[:60], since=NOW - ago - timedelta(hours=2), until=NOW - ago)
        await week.before(list(PEAK), since=NOW - ago, until=NOW - ago + timedelta(minutes=9))
        await week.before(OTHERS[60:120], since=NOW - timedelta(hours=2), until=NOW)

        found = await week.come(list(PEAK), since=NOW, until=NOW + timedelta(minutes=9))

        assert set(found) == {None}

    async def test_given_a_peak_that_never_was_when_it_comes_then_someone_should_look(
        self, week: Week
    ) -> None:
        await week.before(OTHERS[:120], since=NOW - timedelta(hours=2), until=NOW)

        found = await week.come(list(PEAK), since=NOW, until=NOW + timedelta(minutes=9))

        assert found[-1] is not None
