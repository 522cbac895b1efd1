"""`caseplane label`, `caseplane classifier` and the runs of `caseplane workflow` against a running server."""

import time
from typing import Any

import pytest
from tests.integration.cli.conftest import Cli

pytestmark = pytest.mark.slow


def opened(cli: Cli) -> str:
    """A new ticket's id."""
    made = cli.run("ticket", "process", "-", "--json", given="Wrong seat count\nWe have 12 seats, not 21.")
    assert made.code == 0, made
    found: str = made.json["ticket_id"]
    return found


def trained(cli: Cli, version: int) -> dict[str, Any]:
    """A version whose training has ended."""
    for _ in range(240):
        found: dict[str, Any] = cli.json("classifier", "show", str(version))
        if found["state"] != "training":
            return found
        time.sleep(0.25)
    raise AssertionError("The training did not end.")


def test_given_a_ticket_when_it_is_labelled_then_the_label_is_shown_and_counts(cli: Cli) -> None:
    ticket = opened(cli)

    added = cli.json("label", "add", ticket[-8:], "--category", "billing", "--comment", "Said by hand")
    listed = cli.json("label", "list", "--ticket", ticket)
    table = cli.ok("label", "list", "--ticket", ticket)

    assert (added["ticket_id"], added["category"]) == (ticket, "billing")
    assert [each["label_id"] for each in listed] == [added["label_id"]]
    assert "billing" in table
    assert all(len(line) <= 80 for line in table.splitlines())


def test_given_nothing_to_say_or_no_such_thing_when_labelled_then_one_line_says_what_is_wrong(
    cli: Cli,
) -> None:
    ticket = opened(cli)

    nothing = cli.fails(2, "label", "add", ticket)
    unknown = cli.fails(2, "label", "add", ticket, "--category", "nonsense")
    nobody = cli.fails(3, "label", "add", "0199a4c0-0000-7000-8000-000000000000", "--rating", "4")

    assert "--category" in nothing
    assert "billing" in unknown
    assert nobody


def test_given_few_labels_when_a_classifier_is_trained_then_it_says_what_it_lacks_and_is_not_activated(
    cli: Cli,
) -> None:
    asked = cli.json("classifier", "train", "--note", "first try")
    found = trained(cli, asked["version"])
    listed = cli.json("classifier", "list")
    table = cli.ok("classifier", "list")
    shown = cli.ok("classifier", "show", str(asked["version"]))

    assert (found["state"], found["note"]) == ("failed", "first try")
    assert "at least 40" in found["reason"]
    assert "at least 40" in shown
    assert asked["version"] in {each["version"] for each in listed}
    assert all(len(line) <= 80 for line in table.splitlines())
    assert str(asked["version"]) in cli.fails(5, "classifier", "activate", str(asked["version"]))
    assert "Keywords decide" in cli.fails(5, "classifier", "roll-back")
    assert "classifier list" in cli.fails(3, "classifier", "show", "999")


def test_given_a_finished_run_when_shown_then_it_is_listed_and_cannot_be_retried(cli: Cli) -> None:
    ticket = opened(cli)

    runs = cli.json("workflow", "runs", "--ticket", ticket)
    table = cli.ok("workflow", "runs", "--ticket", ticket)

    assert [(run["ticket_id"], run["status"]) for run in runs] == [(ticket, "done")]
    assert all(len(line) <= 80 for line in table.splitlines())
    assert "done" in cli.fails(5, "workflow", "retry", runs[0]["run_id"])
    assert "workflow runs --status failed" in cli.fails(3, "workflow", "retry", "abcd")
