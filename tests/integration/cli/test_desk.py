"""`caseplane ticket` and `caseplane deliveries` against a running server."""

import time
from typing import Any

import pytest
from tests.e2e.conftest import Server
from tests.integration.cli.conftest import Cli

from caseplane.core.ids import new_id

pytestmark = pytest.mark.slow


def escalated(cli: Cli) -> tuple[str, str]:
    """Session and ticket of a question without an answer, once the desk has it."""
    asked = cli.json("ask", "Please let me talk to a human about my refund.", "--customer", "ada")
    ticket = asked["escalation"]["ticket_id"]
    for _ in range(60):
        if cli.run("ticket", "show", ticket, "--json").code == 0:
            return asked["session_id"], ticket
        time.sleep(0.25)
    raise AssertionError("The desk did not get the ticket.")


class TestTicket:
    def test_given_a_ticket_when_worked_then_each_step_is_reported(self, cli: Cli) -> None:
        session, ticket = escalated(cli)

        listed = cli.json("ticket", "list", "--status", "new", "--status", "open")
        shown = cli.ok("ticket", "show", ticket)
        replied = cli.json("ticket", "reply", ticket, "Your refund is on its way.")
        noted = cli.ok("ticket", "note", ticket, "Checked with the bank.")
        solved = cli.json("ticket", "solve", ticket, "--summary", "The refund was sent by hand.")
        afterwards = cli.json("ticket", "show", ticket)

        assert ticket in {row["ticket_id"] for row in listed}
        assert session in shown
        assert "why a person is needed" in shown
        assert replied["visibility"] == "public"
        assert "for the desk" in noted
        assert solved["status"] == "solved"
        bodies = {comment["body"]: comment["visibility"] for comment in afterwards["comments"]}
        assert bodies["Your refund is on its way."] == "public"
        assert bodies["Checked with the bank."] == "internal"

    def test_given_a_ticket_that_needs_no_reply_when_solved_then_only_a_reason_is_asked_for(
        self, cli: Cli
    ) -> None:
        _, ticket = escalated(cli)

        refused = cli.run("ticket", "solve", ticket)
        solved = cli.json("ticket", "solve", ticket, "--without-reply", "spam")

        assert refused.code != 0
        assert solved["status"] == "solved"

    def test_given_unknown_tickets_when_shown_then_one_line_and_a_code_say_so(self, cli: Cli) -> None:
        cli.fails(3, "ticket", "show", str(new_id()))
        assert "caseplane ticket list" in cli.fails(3, "ticket", "show", "no-id-at-all")


class TestDeliveries:
    def test_given_a_desk_that_refuses_when_looked_at_then_the_dead_letter_is_listed_shown_and_redriven(
        self, cli_server: Server, refusing_desk: str
    ) -> None:
        key = cli_server.new_tenant()
        cli = Cli({"CASEPLANE_GATEWAY_URL": cli_server.url, "CASEPLANE_API_KEY": key})
        assert "There are no deliveries" in cli.ok("deliveries", "list")
        with cli_server.client(key) as http:
            desk = {"name": "desk", "url": refusing_desk, "secret": "whsec_" + "QUJD" * 10}
            http.post("/api/v1/connectors", json=desk).raise_for_status()
            http.post("/api/v1/tickets", json={"subject": "Stuck", "requester_id": "ada"}).raise_for_status()

        # The workflow's judgement of the ticket is told to the desk too.
        dead, told = dead_letters(cli, 2)
        delivery = dead["delivery_id"]
        shown = cli.json("deliveries", "show", delivery)
        text = cli.ok("deliveries", "show", delivery)
        one = cli.json("deliveries", "redrive", delivery)
        dead_letters(cli, 2)
        everything = cli.json("deliveries", "redrive", "--all")

        assert "422" in dead["last_error"]
        assert len(shown["log"]) == 1
        assert "422" in text
        assert one == {"redriven": 1}
        assert everything == {"redriven": 2}
        assert told["delivery_id"] != delivery
        assert "Name one delivery" in cli.fails(2, "deliveries", "redrive")
        assert "There are no failed jobs" in cli.ok("deliveries", "jobs")
        assert cli.json("deliveries", "redrive", "--jobs") == {"redriven": 0}
        cli.fails(3, "deliveries", "show", str(new_id()))

    def test_given_a_connector_when_paused_and_resumed_then_each_says_what_waits_and_the_list_shows_it(
        self, cli_server: Server, refusing_desk: str
    ) -> None:
        key = cli_server.new_tenant()
        cli = Cli({"CASEPLANE_GATEWAY_URL": cli_server.url, "CASEPLANE_API_KEY": key})
        with cli_server.client(key) as http:
            desk = {"name": "desk", "url": refusing_desk, "secret": "whsec_" + "QUJD" * 10}
            http.post("/api/v1/connectors", json=desk).raise_for_status()

            paused = cli.ok("connector", "pause", "desk")
            http.post("/api/v1/tickets", json={"subject": "Waits", "requester_id": "ada"}).raise_for_status()
        (listed,) = cli.json("connector", "list")
        resumed = cli.json("connector", "resume", "desk")

        assert "deliveries that wait: 0" in paused
        assert listed["status"] == "paused"
        assert listed["waiting"] >= 1
        assert listed["waiting_since"] is not None
        assert resumed["status"] != "paused"
        assert dead_letters(cli, 2)[0]["attempts"] == 1
        assert cli.json("connector", "health", "desk")["dead"] == 2
        assert "without a delivery" in cli.ok("connector", "check", "desk")
        cli.fails(3, "connector", "pause", "nobody")


def dead_letters(cli: Cli, wanted: int) -> list[dict[str, Any]]:
    for _ in range(60):
        found: list[dict[str, Any]] = cli.json("deliveries", "list", "--state", "dead")
        if len(found) == wanted:
            return found
        time.sleep(0.25)
    raise AssertionError(f"{wanted} deliveries should have become dead letters.")
