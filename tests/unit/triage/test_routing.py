"""Rules choose a team; severity and the team's modifier add up; people get tickets by what they have to do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from caseplane.triage.configuration import Configuration
from caseplane.triage.loading import load, shipped, shipped_text
from caseplane.triage.results import Classification, ExtractedField, Extraction, Route
from caseplane.triage.routing import route

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DEFAULT = shipped()


def judged(category: str = "billing", severity: str = "medium", **more: Any) -> Classification:
    sure = {"category_confidence": 0.9, "severity_confidence": 0.8}
    return Classification(category=category, severity=severity, **(sure | more))


def changed(**routing: Any) -> Configuration:
    data = DEFAULT.model_dump(mode="json")
    data["routing"] |= routing
    return Configuration.model_validate(data)


def staffed(members: list[dict[str, Any]], **team: Any) -> Configuration:
    data = DEFAULT.model_dump(mode="json")
    data["teams"]["billing_team"] |= {"members": members, **team}
    return Configuration.model_validate(data)


def send(classification: Classification, configuration: Configuration = DEFAULT, **more: Any) -> Route:
    return route(classification, configuration, more.pop("load", {}), MONDAY, **more)


class TestTeams:
    @pytest.mark.parametrize("category", DEFAULT.categories)
    def test_given_a_category_when_routed_then_its_team_has_it_with_its_path_and_a_reason(
        self, category: str
    ) -> None:
        found = send(judged(category))

        team = DEFAULT.categories[category].team
        assert (found.team, found.escalation_path) == (team, DEFAULT.teams[team].escalation_path)
        assert category in found.reasoning

    def test_given_a_critical_bill_when_routed_then_billing_keeps_it_and_escalation_is_the_first_alternative(
        self,
    ) -> None:
        found = send(judged(severity="critical"))

        assert (found.team, found.priority, found.alternative_teams[0]) == (
            "billing_team", "urgent", "escalation_team",
        )  # fmt: skip

    def test_given_the_other_choice_when_a_critical_bill_is_routed_then_the_escalation_team_has_it(
        self,
    ) -> None:
        found = send(judged(severity="critical"), changed(critical="escalation"))

        assert (found.team, found.alternative_teams) == ("escalation_team", ("billing_team",))

    def test_given_nothing_known_when_routed_then_the_fallback_has_it_and_the_guess_is_the_alternative(
        self,
    ) -> None:
        found = send(judged(unknown=True, category_confidence=0.2))

        assert (found.team, found.alternative_teams) == ("general_support", ("billing_team",))

    def test_given_a_category_that_the_configuration_lost_when_routed_then_the_fallback_has_it(self) -> None:
        assert send(judged("gone")).team == "general_support"

    def test_given_little_confidence_and_another_category_when_routed_then_both_are_alternatives(
        self,
    ) -> None:
        found = send(judged(category_confidence=0.4, secondary_categories=("account",)))

        assert found.alternative_teams == ("account_management", "general_support")


class TestPriorities:
    @pytest.mark.parametrize(
        ("category", "severity", "priority"),
        [
            ("billing", "critical", "urgent"), ("billing", "high", "high"),
            ("billing", "medium", "normal"), ("billing", "low", "low"),
            ("feature_request", "critical", "high"), ("feature_request", "low", "low"),
        ],
    )  # fmt: skip
    def test_given_a_severity_when_routed_then_the_teams_modifier_is_added_and_kept_in_range(
        self, category: str, severity: str, priority: str
    ) -> None:
        assert send(judged(category, severity)).priority == priority

    def test_given_the_escalation_team_when_it_has_a_high_one_then_its_modifier_makes_it_urgent(self) -> None:
        rules = [{"name": "vip", "when": {"channel": ["vip"]}, "team": "escalation_team"}]

        assert send(judged(severity="high"), changed(rules=rules), channel="vip").priority == "urgent"


class TestRules:
    @pytest.mark.parametrize(
        ("when", "holds"),
        [
            ({"category": ["billing", "account"]}, True), ({"category": ["account"]}, False),
            ({"severity": ["medium"]}, True), ({"sentiment": ["negative"]}, True),
            ({"sentiment": ["positive"]}, False), ({"fields": ["order_id"]}, True),
            ({"fields": ["order_id", "amount"]}, False), ({"missing": ["account_email"]}, True),
            ({"keywords": ["data leak"]}, True), ({"keywords": ["leak data", "leakage"]}, False),
            ({"channel": ["email"]}, True), ({"channel": ["web"]}, False),
            ({"unknown": False}, True), ({"unknown": True}, False),
            ({"confidence_below": 0.95}, True), ({"confidence_below": 0.5}, False),
            ({"urgency_from": 0.7}, True), ({"urgency_from": 0.9}, False),
            ({"category": ["billing"], "channel": ["web"]}, False),
            ({"department": ["Finance"]}, True),
        ],
    )  # fmt: skip
    def test_given_a_condition_when_routed_then_the_rule_decides_only_where_all_of_it_holds(
        self, when: dict[str, Any], holds: bool
    ) -> None:
        rules = [{"name": "special", "when": when, "team": "security_team", "priority": "urgent"}]
        extraction = Extraction(
            fields=(ExtractedField(name="order_id", value="#1", confidence=1),),
            missing_required=("account_email",),
        )

        found = send(
            judged(sentiment="negative", urgency=0.8, department="Finance"), changed(rules=rules),
            extraction=extraction, text="There were two data leaks.", channel="email",
        )  # fmt: skip

        assert (found.rule, found.team) == (("special", "security_team") if holds else (None, "billing_team"))

    def test_given_two_rules_that_hold_when_routed_then_the_first_decides(self) -> None:
        rules = [
            {"name": name, "when": {"category": ["billing"]}, "team": team}
            for name, team in (("one", "finance_team"), ("two", "security_team"))
        ]

        assert send(judged(), changed(rules=rules)).team == "finance_team"

    def test_given_the_shops_example_when_fraud_is_named_then_payments_has_it_at_once(self) -> None:
        shop = load(shipped_text("ecommerce"))

        found = send(judged("general"), shop, text="I see fraud on my card")

        assert (found.team, found.priority, found.rule) == ("payments_team", "urgent", "fraud")


class TestPeople:
    def test_given_members_when_routed_then_who_has_the_least_of_their_room_taken_gets_it(self) -> None:
        team = staffed([{"name": "ann", "capacity": 10}, {"name": "ben", "capacity": 4}, {"name": "cyd"}])
        load = {"billing_team": {"ann": 4, "ben": 2, "cyd": 9}}

        assert send(judged(), team, load=load).assignee == "cyd"
        assert send(judged(), staffed([{"name": "ann", "capacity": 10}, {"name": "ben", "capacity": 4}]),
                    load=load).assignee == "ann"  # fmt: skip

    def test_given_full_members_when_routed_then_the_ticket_waits_and_the_reason_says_so(self) -> None:
        found = send(judged(), staffed([{"name": "ann", "capacity": 1}]), load={"billing_team": {"ann": 1}})

        assert (found.assignee, "as many tickets" in found.reasoning) == (None, True)

    def test_given_closed_hours_when_routed_then_nobody_is_assigned_and_response_time_counts_work_alone(
        self,
    ) -> None:
        hours = {"week": {"tuesday": ["09:00-17:00"]}}
        data = staffed([{"name": "ann"}], hours=hours).model_dump(mode="json")
        data["routing"]["clock"] = "working_hours"

        found = send(judged(severity="high"), Configuration.model_validate(data))

        assert (found.assignee, found.due_at) == (None, datetime(2026, 3, 3, 13, 0, tzinfo=UTC))

    def test_given_a_ticket_of_yesterday_when_routed_then_its_time_counts_from_when_it_came(self) -> None:
        since = MONDAY - timedelta(days=1)

        assert send(judged(severity="high"), since=since).due_at == since + timedelta(hours=4)
