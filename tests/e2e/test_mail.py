"""The whole way by mail: a question, an answer with sources, a person's reply, and the customer's answer to it."""

import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from tests.e2e.conftest import Server
from tests.mail.servers import PASSWORD, MailServers

SUPPORT, KIM = "support@acme.example", "kim@customer.example"
PAGE = """# Refunds

## How long do I have to return an item?

You can return an item within 30 days of delivery.
"""


def ask(mail: MailServers, text: str, *, to: str = SUPPORT, subject: str = "Returns", **headers: str) -> None:
    written = EmailMessage()
    written["From"], written["To"], written["Subject"] = f"Kim Lee <{KIM}>", to, subject
    for name, value in headers.items():
        written[name.replace("_", "-")] = value
    written.set_content(text)
    mail.send(written, to=to, sender=KIM)


def until(look: Callable[[], Any]) -> Any:
    for _ in range(600):
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("It did not happen in time.")


def learn(http: httpx.Client) -> None:
    base = http.post("/api/v1/knowledge-bases", json={"name": "help"}).raise_for_status().json()
    path = f"/api/v1/knowledge-bases/{base['id']}/documents"
    http.post(path, files={"file": ("refunds.md", PAGE.encode(), "text/markdown")}).raise_for_status()
    until(lambda: http.get(path).json()["items"])


@pytest.mark.slow
@pytest.mark.xdist_group("mail")
def test_given_a_support_address_when_a_customer_writes_then_the_case_goes_its_whole_way_by_mail(
    make_server: Callable[..., Server], mail: MailServers
) -> None:
    server = make_server(CASEPLANE_ESCALATION_ALLOW_PRIVATE="true", SSL_CERT_FILE=str(mail.authority))
    with server.client(server.new_tenant()) as http:
        learn(http)
        account = {"kind": "email", "name": "Support", "url": mail.imap_url, "username": SUPPORT}
        settings = {"address": SUPPORT, "smtp_url": mail.smtp_url, "poll_interval_seconds": 5}
        body = account | {"password": PASSWORD, "settings": settings}
        http.post("/api/v1/connectors", json=body).raise_for_status()

        ask(mail, "How long do I have to return an item?\n\nKind regards\nKim")
        (answer,) = mail.wait_for(KIM, 1)
        reply_to = answer["Reply-To"].addresses[0].addr_spec
        ask(mail, "Please let me talk to a person.", to=reply_to, In_Reply_To=str(answer["Message-ID"]))
        until(lambda: http.get("/api/v1/tickets").json()["items"])
        (ticket,) = http.get("/api/v1/tickets").json()["items"]
        mail.wait_for(KIM, 2)  # that a person has it
        comments = f"/api/v1/tickets/{ticket['ticket_id']}/comments"
        http.post(comments, json={"body": "I have arranged a pick-up for you."}).raise_for_status()
        replied = mail.wait_for(KIM, 3)[-1]
        ask(mail, "Thank you, Monday suits me.", to=replied["Reply-To"].addresses[0].addr_spec, subject="!")
        said = until(lambda: [c for c in http.get(comments).json()["items"] if "Monday" in c["body"]])
        (session,) = http.get("/api/v1/sessions").json()["items"]

    assert "within 30 days" in answer.get_content()
    assert "Sources:" in answer.get_content()
    assert "refunds" in answer.get_content().lower()
    assert answer["Auto-Submitted"] == "auto-replied"
    assert "I have arranged a pick-up for you." in replied.get_content()
    assert replied["Auto-Submitted"] is None
    assert said[0]["author_type"] == "customer"
    assert session["channel"] == "email"
    assert session["customer_id"] == f"mailto:{KIM}" == ticket["requester_id"]
