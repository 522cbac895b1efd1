"""What each metric is: its words, the rows that it looks at, and which of them count.

A metric is a share (of some rows, those that count), or a set of quantiles of a value. Its rows come from one relation of
the ledger, joined to the case; `at` is the time by which a row belongs to a period. What is put into SQL are constants
of this file alone.
"""

# ruff: noqa: S608 - all of it is made of constants of this file
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a metric's value is computed."""

    share = "share"
    """Rows that count, of all rows."""
    quantiles = "quantiles"
    """Median and 95th percentile of a value."""
    mean = "mean"


class Relation(StrEnum):
    """Rows of the ledger."""

    cases = "cases"
    resolutions = "resolutions"
    decisions = "decisions"
    turns = "turns"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric.

    Attributes:
        name: in its address.
        facts: the requirements that it fulfils.
        title: for people.
        definition: what it says.
        limits: what it does not say.
        relation: its rows.
        where: which of them it looks at, in SQL; empty for all.
        counts: of a share, which rows count, in SQL.
        value: of quantiles and means, in SQL; rows without one are left out.
        unit: of the value.
        always_by: groups that are never summed over.
        waits: rows younger than the days asked for cannot be judged yet, and are left out.
    """

    name: str
    facts: str
    title: str
    definition: str
    limits: str
    kind: Kind
    relation: Relation
    where: str = ""
    counts: str = ""
    value: str = ""
    unit: str = ""
    always_by: tuple[str, ...] = ()
    waits: bool = False


_CASE = (
    "c.tenant_id, c.kind, c.ticket_id, c.channel, c.status, c.resolution, c.category, c.team, c.recontacts,"
    " c.started_at, c.first_reply_at, c.escalated_at, c.resolved_at, c.response_due_at, c.response_breached_at, c.rating"
)
_JUDGED = "c.reason, c.method, c.policy_version"
_JOINED = "JOIN insights.cases c ON c.tenant_id = l.tenant_id AND c.id = l.case_id"
_ROW = "l.at AS at, l.case_id AS case_id, l.id AS row_id"
RELATIONS: Mapping[Relation, str] = {
    Relation.cases: (
        f"SELECT c.started_at AS at, c.id AS case_id, c.id AS row_id, {_CASE}, {_JUDGED} FROM insights.cases c"
    ),
    Relation.resolutions: (
        f"SELECT {_ROW}, {_CASE}, {_JUDGED}, l.kind AS resolved_as, l.undone_at,"
        " (SELECT min(n.started_at) FROM insights.cases n"
        "   WHERE n.tenant_id = l.tenant_id AND n.previous_id = l.case_id AND n.started_at >= l.at) AS continued_at"
        f" FROM insights.case_resolutions l {_JOINED}"
    ),
    Relation.decisions: (
        f"SELECT {_ROW}, {_CASE}, l.reason, l.method, l.policy_version, l.evidence, l.cited AS cites"
        f" FROM insights.case_decisions l {_JOINED}"
    ),
    Relation.turns: (
        f"SELECT {_ROW}, {_CASE}, {_JUDGED}, l.total_ms, l.retrieve_ms, l.answer_ms"
        f" FROM insights.case_turns l {_JOINED}"
    ),
}
"""What of the decision is its own; everything else is the case's."""
GROUPS: Mapping[str, str] = {
    "channel": "channel",
    "category": "category",
    "team": "team",
    "model": "method",
    "policy_version": "policy_version::text",
    "reason": "reason",
    "resolution": "resolution",
    "resolved_as": "resolved_as",
    "month": "to_char(at AT TIME ZONE :timezone, 'YYYY-MM')",
    "week": "to_char(at AT TIME ZONE :timezone, 'IYYY-\"W\"IW')",
    "day": "to_char(at AT TIME ZONE :timezone, 'YYYY-MM-DD')",
}
_UNDONE = (
    "COALESCE(undone_at <= at + make_interval(days => :days), false)"
    " OR COALESCE(continued_at <= at + make_interval(days => :days), false)"
)
_TALKS = "kind = 'conversation'"

METRICS = (
    Metric(
        name="time_to_resolution", facts="R000-95", title="Time to resolution", kind=Kind.quantiles,
        definition="From the beginning of a conversation, or the opening of a ticket, to its present resolution.",
        limits="Cases that are not resolved are left out, so a recent period looks faster than it was. A reopened case"
        " counts to its last resolution.",
        relation=Relation.cases, where="status = 'resolved' AND resolved_at IS NOT NULL",
        value="EXTRACT(EPOCH FROM resolved_at - started_at)", unit="s", always_by=("resolution",),
    ),
    Metric(
        name="first_contact_resolution", facts="R000-96", title="First-contact resolution", kind=Kind.share,
        definition="Conversations that are resolved, never went to a person and were never brought up again, of those"
        " that are resolved.",
        limits="A resolution that is only assumed says that the customer wrote no more; it has a row of its own.",
        relation=Relation.cases, where=f"{_TALKS} AND status = 'resolved'",
        counts="escalated_at IS NULL AND recontacts = 0", always_by=("resolution",),
    ),
    Metric(
        name="escalation_rate", facts="R000-97", title="Escalation rate", kind=Kind.share,
        definition="Conversations that went to a person, of all that began; by `reason` it is split by the reason codes.",
        limits="With several handovers in one conversation, the last one's reason counts.",
        relation=Relation.cases, where=_TALKS, counts="escalated_at IS NOT NULL",
    ),
    Metric(
        name="recontact_rate", facts="R000-98", title="Re-contact rate", kind=Kind.share,
        definition="Resolutions that were undone, or followed by a linked conversation, within `days` days, of all.",
        limits="Resolutions of the last `days` days are left out. A customer who writes about the same matter in a new"
        " conversation that is not linked is not noticed.",
        relation=Relation.resolutions, counts=_UNDONE, always_by=("resolved_as",), waits=True,
    ),
    Metric(
        name="durable_resolution", facts="R000-98", title="Durable resolution", kind=Kind.share,
        definition="Resolutions that were neither undone nor followed by a linked conversation within `days` days.",
        limits="As the re-contact rate; it is its complement.",
        relation=Relation.resolutions, counts=f"NOT ({_UNDONE})", always_by=("resolved_as",), waits=True,
    ),
    Metric(
        name="outcomes", facts="R000-96, R000-97", title="Outcomes", kind=Kind.share,
        definition="Cases that were reopened at least once, of all that began, for each way in which they stand resolved.",
        limits="The group without a value holds the cases that are not resolved. `assumed` is never added to `confirmed`.",
        relation=Relation.cases, where="status <> 'merged'", counts="recontacts > 0", always_by=("resolution",),
    ),
    Metric(
        name="csat", facts="R000-99", title="Customer satisfaction", kind=Kind.mean,
        definition="Mean of the customers' latest ratings from 1 to 5.",
        limits="Only where a customer rated; few do, and not at random.",
        relation=Relation.cases, where="rating IS NOT NULL", value="rating", unit="of 5",
    ),
    Metric(
        name="satisfied", facts="R000-99", title="Satisfied customers", kind=Kind.share,
        definition="Ratings of 4 or 5, of all ratings.", limits="As `csat`.",
        relation=Relation.cases, where="rating IS NOT NULL", counts="rating >= 4",
    ),
    Metric(
        name="retrieval_hit_rate", facts="R000-100", title="Retrieval hit rate", kind=Kind.share,
        definition="Questions for which at least one chunk was found that is relevant enough by the gate's policy.",
        limits="Relevant enough is not right; `caseplane eval retrieval` measures that on labelled questions.",
        relation=Relation.decisions, counts="evidence > 0",
    ),
    Metric(
        name="grounding_pass_rate", facts="R000-103", title="Grounding pass rate", kind=Kind.share,
        definition="Drafts in which every statement has a verified citation, of all that were checked for it.",
        limits="It says that the sources hold the words, not that the sources are right.",
        relation=Relation.decisions, where="cites IS NOT NULL", counts="cites",
    ),
    Metric(
        name="latency", facts="R000-106", title="Latency of an answer", kind=Kind.quantiles,
        definition="Time that a turn of the assistant took in all its stages.",
        limits="Without the wait in the queue and the way to the customer.",
        relation=Relation.turns, value="total_ms", unit="ms",
    ),
    Metric(
        name="latency_retrieval", facts="R000-106", title="Latency of retrieval", kind=Kind.quantiles,
        definition="Time that a turn spent in search, reranking included.", limits="As `latency`.",
        relation=Relation.turns, where="retrieve_ms > 0", value="retrieve_ms", unit="ms",
    ),
    Metric(
        name="latency_generation", facts="R000-106", title="Latency of generation", kind=Kind.quantiles,
        definition="Time that a turn spent on drafting the answer.", limits="As `latency`.",
        relation=Relation.turns, where="answer_ms > 0", value="answer_ms", unit="ms",
    ),
    Metric(
        name="first_reply_time", facts="R000-95", title="Time to the first reply", kind=Kind.quantiles,
        definition="From the beginning to the first words of the assistant or an agent.",
        limits="Cases without a reply are left out.",
        relation=Relation.cases, where="first_reply_at IS NOT NULL",
        value="EXTRACT(EPOCH FROM first_reply_at - started_at)", unit="s",
    ),
    Metric(
        name="handle_time", facts="R000-108", title="Handle time of escalated cases", kind=Kind.quantiles,
        definition="From the first handover, or the opening of a ticket, to the resolution.",
        limits="The time on the clock, not the minutes of work. Compare it with a period before as the baseline.",
        relation=Relation.cases, where="escalated_at IS NOT NULL AND status = 'resolved' AND resolved_at IS NOT NULL",
        value="EXTRACT(EPOCH FROM resolved_at - escalated_at)", unit="s",
    ),
    Metric(
        name="sla_met", facts="R000-94", title="First replies in time", kind=Kind.share,
        definition="Cases whose promised first reply was not late, of those with a promise.",
        limits="A promise that still runs counts as kept.",
        relation=Relation.cases, where="response_due_at IS NOT NULL AND status <> 'merged'",
        counts="response_breached_at IS NULL",
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}
