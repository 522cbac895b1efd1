from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from caseplane_operator import platform
from caseplane_operator.conditions import Fault, Reason, condition, degraded, merge
from caseplane_operator.crds import Schedule
from caseplane_operator.faults import fault_of
from caseplane_operator.kubernetes import ForbiddenError

EARLIER, NOW = "2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z"


def stored(status: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "Ready",
        "status": status,
        "reason": "Old",
        "message": "",
        "lastTransitionTime": EARLIER,
        **more,
    }


class TestMerge:
    @pytest.mark.parametrize(("before", "since"), [("True", EARLIER), ("False", NOW), ("Unknown", NOW)])
    def test_given_a_condition_when_written_again_then_its_time_moves_only_with_its_status(
        self, before: str, since: str
    ) -> None:
        ready = condition("Ready", True, Reason.Provisioned, "new words")

        (written,) = merge([stored(before)], [ready], generation=3, now=NOW)

        assert (written["lastTransitionTime"], written["message"]) == (since, "new words")
        assert (written["reason"], written["observedGeneration"]) == ("Provisioned", 3)

    def test_given_no_condition_before_when_written_then_it_begins_now(self) -> None:
        (written,) = merge([], [condition("Ready", None, Reason.Reconciling)], generation=1, now=NOW)

        assert (written["status"], written["lastTransitionTime"]) == ("Unknown", NOW)


class TestDegraded:
    def test_given_several_faults_when_degraded_then_the_first_reason_and_every_message(self) -> None:
        found = degraded([Fault(Reason.IssuerTaken, "One."), Fault(Reason.ConnectorRefused, "Two.")])

        assert (found.status, found.reason, found.message) == ("True", Reason.IssuerTaken, "One. Two.")


class TestFaults:
    @pytest.mark.parametrize(
        ("status", "problem", "reason", "lasting"),
        [
            (409, "issuer-taken", Reason.IssuerTaken, True),
            (412, "precondition-failed", Reason.Reconciling, False),
            (403, "tenant-suspended", Reason.Reconciling, False),
            (401, "credential-refused", Reason.CredentialRefused, True),
            (422, "invalid-input", Reason.PlatformRefused, True),
        ],
    )
    def test_given_a_refusal_when_judged_then_waiting_helps_or_not(
        self, status: int, problem: str, reason: Reason, lasting: bool
    ) -> None:
        fault = fault_of(platform.PlatformRefusedError("x", status=status, problem=problem))

        assert (fault.reason, fault.lasting) == (reason, lasting)

    def test_given_a_refusal_by_kubernetes_when_judged_then_it_is_tried_again(self) -> None:
        # An API server that has just started forbids everything for a moment.
        fault = fault_of(ForbiddenError("secrets is forbidden."))

        assert (fault.reason, fault.lasting) == (Reason.Forbidden, False)
        assert "operator.secretNamespaces" in fault.message

    def test_given_an_unreachable_platform_when_judged_then_it_is_tried_again_when_asked(self) -> None:
        fault = fault_of(platform.PlatformUnreachableError("x", retry_after=7))

        assert (fault.lasting, fault.retry_after) == (False, 7)


class TestSchedule:
    @pytest.mark.parametrize(("text", "seconds"), [("15m", 900), ("1h30m", 5400), ("90s", 90), ("0h1m", 60)])
    def test_given_an_interval_when_read_then_as_kubernetes_means_it(self, text: str, seconds: int) -> None:
        assert Schedule.model_validate({"interval": text}).interval == timedelta(seconds=seconds)

    @pytest.mark.parametrize("text", ["15", "m", "1x", "daily"])
    def test_given_an_invalid_interval_when_read_then_refused(self, text: str) -> None:
        with pytest.raises(ValidationError, match="interval"):
            Schedule.model_validate({"interval": text})
