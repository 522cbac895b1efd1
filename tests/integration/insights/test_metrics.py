"""Every metric, recomputed in plain Python from generated histories, and the cases behind its numbers."""

import statistics
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.insights.world import World, opened

from caseplane.insights.metrics.definitions import METRICS
from caseplane.insights.outcomes.shares import Share, difference

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=60)
BERLIN = "Europe/Berlin"
DAYS = 7
AGO = st.integers(1, 59 * 24 * 60)
LATER = st.integers(1, 20 * 24 * 60)


@dataclass
class Resolution:
    kind: str
    at: datetime
    undone_at: datetime | None
    id: UUID = field(default_factory=uuid4)


@dataclass
class Case:
    channel: str
    category: str | None
    started_at: datetime
    resolutions: list[Resolution]
    escalated_after: int | None
    rating: int | None
    recontacts: int
    decisions: list[tuple[int, bool | None]]
    turns: list[float]
    due: bool
    breached: bool
    previous: "Case | None" = None
    id: UUID = field(default_factory=uuid4)

    @property
    def last(self) -> Resolution | None:
        """The resolution that stands."""
        return next((each for each in self.resolutions if each.undone_at is None), None)

    @property
    def escalated_at(self) -> datetime | None:
        return (
            None
            if self.escalated_after is None
            else self.started_at + timedelta(minutes=self.escalated_after)
        )

    @property
    def status(self) -> str:
        return "resolved" if self.last else "escalated" if self.escalated_at else "open"


@st.composite
def cases(draw: st.DrawFn) -> Case:
    started = NOW - timedelta(minutes=draw(AGO))
    resolutions, at = [], started
    for _ in range(draw(st.integers(0, 3))):
        at += timedelta(minutes=draw(LATER))
        if at >= NOW:
            break
        undone = at + timedelta(minutes=draw(LATER)) if draw(st.booleans()) else None
        undone = undone if undone and undone < NOW else None
        resolutions.append(Resolution(draw(st.sampled_from(["confirmed", "assumed", "agent"])), at, undone))
        if undone is None:
            break
        at = undone
    return Case(
        channel=draw(st.sampled_from(["api", "email", "=cmd"])),
        category=draw(st.sampled_from([None, "billing", "löschen"])),
        started_at=started,
        resolutions=resolutions,
        escalated_after=draw(st.none() | st.integers(0, 30)),
        rating=draw(st.none() | st.integers(1, 5)),
        recontacts=draw(st.integers(0, 2)),
        decisions=draw(
            st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, True, False])), max_size=3)
        ),
        turns=draw(st.lists(st.floats(0, 5000), max_size=3)),
        due=draw(st.booleans()),
        breached=draw(st.booleans()),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Case]:
    found = draw(st.lists(cases(), min_size=1, max_size=12))
    for place, case in enumerate(found[1:], 1):
        if draw(st.booleans()):
            case.previous = found[draw(st.integers(0, place - 1))]
    return found


def store(url: str, tenant_id: UUID, history: Iterable[Case]) -> None:
    with psycopg.connect(url) as connection:
        for table in ("case_turns", "case_decisions", "case_resolutions", "cases"):
            connection.execute(f"DELETE FROM insights.{table} WHERE tenant_id = %s", (tenant_id,))
        for case in history:
            last = case.last
            connection.execute(
                "INSERT INTO insights.cases (tenant_id, id, kind, previous_id, channel, status, resolution, category,"
                " recontacts, started_at, first_reply_at, escalated_at, resolved_at, response_due_at,"
                " response_breached_at, rating, seq)"
                " VALUES (%s,%s,'conversation',%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,1)",
                (
                    tenant_id, case.id, case.previous.id if case.previous else None, case.channel, case.status,
                    last.kind if last else None, case.category, case.recontacts, case.started_at,
                    case.started_at + timedelta(seconds=30) if case.turns else None, case.escalated_at,
                    last.at if last else None, case.started_at if case.due else None,
                    NOW if case.breached else None, case.rating,
                ),
            )  # fmt: skip
            for each in case.resolutions:
                connection.execute(
                    "INSERT INTO insights.case_resolutions (tenant_id, id, case_id, kind, at, undone_at)"
                    " VALUES (%s,%s,%s,%s,%s,%s)",
                    (tenant_id, each.id, case.id, each.kind, each.at, each.undone_at),
                )
            for evidence, cited in case.decisions:
                connection.execute(
                    "INSERT INTO insights.case_decisions (tenant_id, id, case_id, at, policy_version, evidence, cited)"
                    " VALUES (%s,%s,%s,%s,0,%s,%s)",
                    (tenant_id, uuid4(), case.id, case.started_at, evidence, cited),
                )
            for spent in case.turns:
                connection.execute(
                    "INSERT INTO insights.case_turns (tenant_id, id, case_id, at, outcome, total_ms, retrieve_ms,"
                    " answer_ms, gate_ms) VALUES (%s,%s,%s,%s,'answered',%s,%s,%s,0)",
                    (tenant_id, uuid4(), case.id, case.started_at, spent, spent / 2, spent / 4),
                )


def came_back(case: Case, resolution: Resolution, history: list[Case]) -> bool:
    limit = resolution.at + timedelta(days=DAYS)
    continued = [
        each.started_at for each in history if each.previous is case and each.started_at >= resolution.at
    ]
    return (resolution.undone_at is not None and resolution.undone_at <= limit) or any(
        at <= limit for at in continued
    )


Rows = list[tuple[Case, str | None, bool | float | None]]
"""Case, its group of the metric's own, and whether the row counts or its value."""


def seconds(later: datetime, earlier: datetime) -> float:
    return (later - earlier).total_seconds()


def expected(name: str, history: list[Case]) -> Rows:
    """The rows of a metric by its words."""
    settled = NOW - timedelta(days=DAYS)
    resolved = [(case, case.last) for case in history if case.last]
    ended = [
        (case, each, came_back(case, each, history))
        for case in history
        for each in case.resolutions
        if each.at <= settled
    ]
    per: dict[str, Callable[[], Rows]] = {
        "time_to_resolution": lambda: [(c, r.kind, seconds(r.at, c.started_at)) for c, r in resolved],
        "first_contact_resolution": lambda: [
            (c, r.kind, c.escalated_at is None and c.recontacts == 0) for c, r in resolved
        ],
        "escalation_rate": lambda: [(c, None, c.escalated_at is not None) for c in history],
        "recontact_rate": lambda: [(c, r.kind, back) for c, r, back in ended],
        "durable_resolution": lambda: [(c, r.kind, not back) for c, r, back in ended],
        "outcomes": lambda: [(c, c.last.kind if c.last else None, c.recontacts > 0) for c in history],
        "csat": lambda: [(c, None, float(c.rating)) for c in history if c.rating],
        "satisfied": lambda: [(c, None, c.rating >= 4) for c in history if c.rating],
        "retrieval_hit_rate": lambda: [(c, None, e > 0) for c in history for e, _ in c.decisions],
        "grounding_pass_rate": lambda: [(c, None, cited) for c in history for _, cited in c.decisions if cited is not None],
        "latency": lambda: [(c, None, spent) for c in history for spent in c.turns],
        "latency_retrieval": lambda: [(c, None, t / 2) for c in history for t in c.turns if t / 2 > 0],
        "latency_generation": lambda: [(c, None, t / 4) for c in history for t in c.turns if t / 4 > 0],
        "first_reply_time": lambda: [(c, None, 30.0) for c in history if c.turns],
        "handle_time": lambda: [(c, None, seconds(r.at, c.escalated_at)) for c, r in resolved if c.escalated_at],
        "sla_met": lambda: [(c, None, not c.breached) for c in history if c.due],
    }  # fmt: skip
    return per[name]()


@pytest.fixture
async def world(database_url: str, tenant_id: UUID, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database_url, tenant_id, tmp_path) as made:
        yield made


async def read(world: World, path: str, **params: Any) -> Any:
    query = {"since": SINCE.isoformat(), "until": NOW.isoformat(), "days": DAYS, **params}
    answer = await world.clients["anna"].get(f"/metrics/{path}", params=query)
    assert answer.is_success, answer.text
    return answer.json()


class TestFigures:
    def test_given_every_metric_when_listed_then_the_model_of_the_tests_knows_it(self) -> None:
        for metric in METRICS:
            expected(metric.name, [])

    async def test_given_generated_histories_when_every_metric_is_read_then_it_is_what_its_words_say(
        self, world: World, postgres_url: str
    ) -> None:
        portal_histories: list[list[Case]] = []

        @settings(max_examples=12, database=None, suppress_health_check=list(HealthCheck))
        @given(histories())
        def draw(history: list[Case]) -> None:
            portal_histories.append(history)

        draw()
        for history in portal_histories:
            store(postgres_url, world.tenant_id, history)
            for metric in METRICS:
                found = await read(world, metric.name, by="channel", timezone=BERLIN)
                self._compare(metric.name, history, found, metric.always_by)
                listed = await read(world, f"{metric.name}/cases", limit=200)
                assert len(listed["items"]) == len(expected(metric.name, history))

    @staticmethod
    def _compare(name: str, history: list[Case], found: Any, always_by: tuple[str, ...]) -> None:
        rows: dict[tuple[str | None, str], list[Any]] = {}
        for case, own, value in expected(name, history):
            rows.setdefault((own, case.channel), []).append(value)
        got = {
            (figure["group"].get(always_by[0]) if always_by else None, figure["group"]["channel"]): figure
            for figure in found["figures"]
        }
        assert got.keys() == rows.keys(), name
        for key, values in rows.items():
            figure, kind = got[key], found["metric"]["kind"]
            assert figure["of"] == len(values)
            if kind == "share":
                assert figure["count"] == sum(values)
                assert figure["share"] == pytest.approx(sum(values) / len(values))
                assert figure["low"] <= figure["share"] + 1e-9
                assert figure["high"] >= figure["share"] - 1e-9
            elif kind == "mean":
                assert figure["mean"] == pytest.approx(statistics.fmean(values))
            else:
                assert figure["p50"] == pytest.approx(float(np.percentile(values, 50)), rel=1e-6, abs=1e-6)
                assert figure["p95"] == pytest.approx(float(np.percentile(values, 95)), rel=1e-6, abs=1e-6)


def one(**more: Any) -> Case:
    usual: dict[str, Any] = {
        "channel": "api", "category": None, "started_at": NOW - timedelta(days=20), "resolutions": [],
        "escalated_after": None, "rating": None, "recontacts": 0, "decisions": [], "turns": [], "due": False,
        "breached": False,
    }  # fmt: skip
    return Case(**{**usual, **more})


class TestAsking:
    async def test_given_a_case_at_midnight_in_berlin_when_split_by_day_then_it_belongs_to_that_zones_day(
        self, world: World, postgres_url: str
    ) -> None:
        midnight = (
            (NOW - timedelta(days=10)).astimezone(ZoneInfo(BERLIN)).replace(hour=0, minute=30, second=0)
        )
        store(postgres_url, world.tenant_id, [one(started_at=midnight)])

        berlin = await read(world, "escalation_rate", by="day", timezone=BERLIN)
        utc = await read(world, "escalation_rate", by="day")

        assert berlin["figures"][0]["group"]["day"] == f"{midnight:%Y-%m-%d}"
        assert utc["figures"][0]["group"]["day"] == f"{midnight - timedelta(days=1):%Y-%m-%d}"

    async def test_given_confirmed_and_assumed_resolutions_when_read_without_groups_then_never_summed(
        self, world: World, postgres_url: str
    ) -> None:
        at = NOW - timedelta(days=15)
        history = [
            one(resolutions=[Resolution(kind, at, None)]) for kind in ("confirmed", "assumed", "agent")
        ]
        store(postgres_url, world.tenant_id, history)

        for name, group in (("durable_resolution", "resolved_as"), ("outcomes", "resolution")):
            found = await read(world, name)

            assert {f["group"][group] for f in found["figures"]} == {"confirmed", "assumed", "agent"}

    async def test_given_a_resolution_undone_after_ten_days_when_read_at_7_and_at_30_days_then_durable_and_not(
        self, world: World, postgres_url: str
    ) -> None:
        at = NOW - timedelta(days=40)
        undone = Resolution("agent", at, at + timedelta(days=10))
        store(postgres_url, world.tenant_id, [one(started_at=at - timedelta(days=1), resolutions=[undone])])

        week = await read(world, "durable_resolution", days=7)
        month = await read(world, "durable_resolution", days=30)

        assert week["figures"][0]["share"] == 1
        assert month["figures"][0]["share"] == 0

    async def test_given_a_number_when_its_cases_are_paged_then_each_comes_once(
        self, world: World, postgres_url: str
    ) -> None:
        store(postgres_url, world.tenant_id, [one(channel="email") for _ in range(7)] + [one()])
        seen: list[str] = []
        cursor: dict[str, str] = {}

        while True:
            page = await read(world, "escalation_rate/cases", limit=3, only="channel=email", **cursor)
            seen += [each["case_id"] for each in page["items"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}

        assert len(seen) == len(set(seen)) == 7

    async def test_given_a_group_that_looks_like_a_formula_when_exported_then_a_spreadsheet_reads_text(
        self, world: World, postgres_url: str
    ) -> None:
        store(postgres_url, world.tenant_id, [one(channel="=cmd")])

        answer = await world.clients["anna"].get("/metrics/escalation_rate/export", params={"by": "channel"})

        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.text.splitlines() == [
            "channel,count,of,share,low,high,mean,p50,p95",
            answer.text.splitlines()[1],
        ]
        assert answer.text.splitlines()[1].startswith("'=cmd,0,1,0.0,")

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("nonsense", 404),
            ("csat?timezone=Mars/Base", 422),
            ("csat?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", 422),
            ("csat?by=resolved_as", 422),
            ("csat?only=channel", 422),
            ("csat?by=customer", 422),
        ],
    )
    async def test_given_a_question_that_cannot_be_answered_when_asked_then_the_answer_says_why(
        self, world: World, path: str, status: int
    ) -> None:
        answer = await world.clients["anna"].get(f"/metrics/{path}")

        assert answer.status_code == status, answer.text
        assert answer.json()["detail"]

    async def test_given_an_expert_when_metrics_are_read_then_refused(self, world: World) -> None:
        answer = await world.clients["emma"].get("/metrics/csat")

        assert answer.status_code == 403


class TestShares:
    @pytest.mark.parametrize(("count", "of"), [(0, 1), (1, 1), (3, 10), (50, 100), (0, 500), (499, 500)])
    def test_given_a_share_when_its_interval_is_computed_then_scipys(self, count: int, of: int) -> None:
        from scipy.stats import binomtest

        low, high = binomtest(count, of).proportion_ci(method="wilson")

        assert Share(count, of).low == pytest.approx(low, abs=1e-9)
        assert Share(count, of).high == pytest.approx(high, abs=1e-9)

    def test_given_newcombes_own_example_when_the_difference_is_computed_then_his_interval(self) -> None:
        # Table II of the paper, 56/70 against 48/80, method 10.
        change = difference(Share(48, 80), Share(56, 70))

        assert change is not None
        assert change == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)

    def test_given_nothing_when_compared_then_nothing_is_said(self) -> None:
        assert Share(0, 0).share is None
        assert difference(Share(0, 0), Share(1, 2)) is None
