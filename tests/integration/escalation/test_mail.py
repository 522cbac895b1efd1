"""Mail accounts on real servers: what comes in, in which thread, and what goes out."""

import asyncio
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from tests.integration.escalation.harness import Harness
from tests.mail.servers import PASSWORD, MailServers
from tests.unit.escalation.samples import NOW

from caseplane.core.ids import new_id
from caseplane.core.outgoing import TargetPolicy
from caseplane.escalation.connectors.email import imap
from caseplane.escalation.events import MAIL_RECEIVED, MailReceived
from caseplane.escalation.inbound import admitting, fetching
from caseplane.escalation.inbound.polling import poll
from caseplane.escalation.schemas import MailDigest, MailReply

pytestmark = pytest.mark.xdist_group("mail")


@pytest.fixture
def targets() -> TargetPolicy:
    return TargetPolicy(allow_private=True)


@dataclass
class Support:
    """A tenant's account, and its customer Kim, each with an address of this test alone."""

    harness: Harness
    servers: MailServers
    connection_id: UUID
    address: str
    kim: str
    taken: list[MailReceived] = field(default_factory=list)

    async def poll(self) -> list[MailDigest]:
        """Read what is new; returns the mails that conversations get."""
        before = len(self.taken)
        await poll(self.harness.escalation, self.harness.service, self.connection_id)
        await self.harness.run()
        return [await self.read(each.mail_id) for each in self.taken[before:]]

    async def read(self, mail_id: UUID) -> MailDigest:
        """A mail as conversations get it."""
        found = await self.harness.orchestrator.find_mail(self.harness.service, mail_id)
        assert found is not None
        return found

    async def write(
        self, text: str = "The printer is dead.", *, to: str = "", sender: str = "", **headers: str
    ) -> str:
        """A customer writes; returns the message id, once the mail is in the folder."""
        before = len(self.servers.mails_of(self.address))
        mail = EmailMessage()
        mail["From"] = f"Kim Lee <{sender or self.kim}>"
        mail["To"] = to or self.address
        mail["Subject"] = headers.pop("subject", "Printer")
        mail["Message-ID"] = headers.pop("message_id", f"<{new_id()}@customer.example>")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        await asyncio.to_thread(self.servers.send, mail, to=to or self.address, sender=sender or self.kim)
        await asyncio.to_thread(self.servers.wait_for, self.address, before + 1)
        return str(mail["Message-ID"]).strip("<>")

    async def reply(self, thread_id: UUID, text: str = "Turn it on.", *, automatic: bool = False) -> UUID:
        message_id = new_id()
        body = MailReply(content=text, automatic=automatic, created_at=NOW)
        await self.harness.orchestrator.reply_by_mail(self.harness.service, thread_id, message_id, body)
        await self.harness.run()
        return message_id

    async def got(self, count: int, *, address: str = "") -> list[EmailMessage]:
        return await asyncio.to_thread(self.servers.wait_for, address or self.kim, count)

    async def events(self) -> list[tuple[str, str | None]]:
        """What came of the mails, the newest first."""
        answer = await self.harness.admin.get(f"/connectors/{self.connection_id}/events")
        return [(each["outcome"], each["detail"]) for each in answer.json()["items"]]

    async def patch(self, **body: Any) -> None:
        url = f"/connectors/{self.connection_id}"
        version = (await self.harness.admin.get(url)).headers["etag"]
        answer = await self.harness.admin.patch(url, json=body, headers={"If-Match": version})
        assert answer.status_code == 200, answer.text

    def settings(self, **more: Any) -> dict[str, Any]:
        return {"address": self.address, "smtp_url": self.servers.smtp_url, **more}


@pytest.fixture
async def support(harness: Harness, mail: MailServers, monkeypatch: pytest.MonkeyPatch) -> Support:
    monkeypatch.setenv("SSL_CERT_FILE", str(mail.authority))
    name = new_id().hex[-12:]
    address = f"s{name}@acme.example"
    settings = {"address": address, "smtp_url": mail.smtp_url, "from_name": "Acme"}
    body = {
        "kind": "email",
        "name": "Support",
        "url": mail.imap_url,
        "username": address,
        "password": PASSWORD,
    }
    answer = await harness.admin.post("/connectors", json=body | {"settings": settings})
    assert answer.status_code == 201, answer.text
    made = Support(harness, mail, UUID(answer.json()["connection_id"]), address, f"k{name}@customer.example")

    async def take(tenant_id: UUID, args: MailReceived) -> None:
        made.taken.append(args)

    harness.escalation.jobs.handle(MAIL_RECEIVED, take)
    return made


class TestIn:
    async def test_given_a_customers_mail_then_a_conversation_gets_it_once_however_often_it_is_read(
        self, support: Support
    ) -> None:
        await support.write("The printer is dead.")

        (first,) = await support.poll()
        again = await support.poll()

        assert (first.subject, first.body) == ("Printer", "The printer is dead.")
        assert first.customer_id == f"mailto:{support.kim}"
        assert again == []
        assert await support.events() == [("applied", None)]
        health = (await support.harness.admin.get(f"/connectors/{support.connection_id}/health")).json()
        assert (health["status"], health["poll_error"]) == ("ok", None)

    async def test_given_the_same_mail_in_two_folders_then_it_is_taken_once(self, support: Support) -> None:
        await support.write(message_id="<twice@customer.example>")
        copied = support.servers.mails_of(support.address)[0].as_bytes()
        await asyncio.to_thread(support.servers.put, support.address, "Team", copied)
        await support.patch(settings=support.settings(folders=["INBOX", "Team"]))

        assert len(await support.poll()) == 1

    async def test_given_a_folder_that_was_made_anew_then_nothing_is_lost_or_taken_twice(
        self, support: Support
    ) -> None:
        raws = [f"From: {support.kim}\r\nMessage-ID: <n{n}@x>\r\n\r\nNo. {n}\r\n".encode() for n in range(5)]
        await asyncio.to_thread(support.servers.put, support.address, "Team", *raws[:3])
        await support.patch(settings=support.settings(folders=["Team"]))
        before = await support.poll()

        await asyncio.to_thread(support.servers.remake_folder, support.address, "Team")
        await asyncio.to_thread(support.servers.put, support.address, "Team", *raws[3:])
        after = await support.poll()

        assert [each.body for each in before] == ["No. 0", "No. 1", "No. 2"]
        assert [each.body for each in after] == ["No. 3", "No. 4"]

    async def test_given_many_mails_then_they_are_read_in_pages_and_in_order(
        self, support: Support, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(imap, "MOST_MAILS", 3)
        raws = [f"From: {support.kim}\r\nMessage-ID: <m{n}@x>\r\n\r\n{n}\r\n".encode() for n in range(10)]
        await asyncio.to_thread(support.servers.put, support.address, "INBOX", *raws)

        found = await support.poll()

        assert [each.body for each in found] == [str(n) for n in range(10)]

    async def test_given_a_reader_that_dies_between_two_mails_then_the_next_one_goes_on_there(
        self, support: Support, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        raws = [f"From: {support.kim}\r\nMessage-ID: <d{n}@x>\r\n\r\n{n}\r\n".encode() for n in range(4)]
        await asyncio.to_thread(support.servers.put, support.address, "INBOX", *raws)
        real, seen = fetching.admit, []

        async def dies(*args: Any) -> None:
            await real(*args)
            seen.append(args[3].message_id)
            if len(seen) == 3:
                raise RuntimeError("killed")

        monkeypatch.setattr(fetching, "admit", dies)
        with pytest.raises(RuntimeError):
            await support.poll()
        monkeypatch.setattr(fetching, "admit", real)
        await support.poll()

        bodies = [(await support.read(each.mail_id)).body for each in support.taken]
        assert bodies == ["0", "1", "2", "3"]

    async def test_given_mails_older_than_the_connector_then_they_are_left_alone(
        self, support: Support
    ) -> None:
        await support.harness.execute(
            "UPDATE ticketing.connections SET created_at = now() + interval '1 hour' WHERE id = :id",
            id=support.connection_id,
        )
        await support.write()

        assert await support.poll() == []
        assert await support.events() == []

    async def test_given_files_and_no_words_then_the_conversation_is_told_of_them(
        self, support: Support
    ) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Message-ID"] = support.kim, support.address, "<f@customer.example>"
        mail.add_attachment(b"x" * 2000, maintype="application", subtype="pdf", filename="Rechnung.pdf")
        await asyncio.to_thread(support.servers.send, mail, to=support.address, sender=support.kim)
        await asyncio.to_thread(support.servers.wait_for, support.address, 1)

        (found,) = await support.poll()

        assert (
            found.body == "(The mail has no text.)\n\n[Attached to the mail: 1 file: Rechnung.pdf (2.0 KB)]"
        )

    async def test_given_a_mail_that_cannot_be_read_then_it_is_set_aside_and_the_next_one_is_read(
        self, support: Support
    ) -> None:
        await asyncio.to_thread(
            support.servers.put, support.address, "INBOX", b"Subject: no sender\r\n\r\nx\r\n"
        )
        await support.write("Second")

        assert [each.body for each in await support.poll()] == ["Second"]
        assert await support.events() == [("applied", None), ("dead", "The mail names no sender's address.")]


class TestNews:
    NOW = (
        "SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = 'connector.poll' AND status = 'todo'"
        " AND scheduled_at IS NULL AND queueing_lock LIKE 'news:%' AND args->>'tenant_id' = :tenant"
    )

    async def test_given_a_long_interval_when_a_mail_comes_then_the_server_tells_and_it_is_looked_at_now(
        self, support: Support
    ) -> None:
        await support.patch(settings=support.settings(poll_interval_seconds=3600))
        assert await support.poll() == []
        assert await support.harness.scalar(self.NOW) == 0

        # The watch may begin after the first mail, so there are more.
        for n in range(30):
            await support.write(f"No. {n}")
            for _ in range(20):
                if await support.harness.scalar(self.NOW):
                    break
                await asyncio.sleep(0.1)
            else:
                continue
            break

        assert await support.harness.scalar(self.NOW) == 1
        assert len(await support.poll()) == n + 1

    async def test_given_a_process_that_ends_then_its_watches_end_too_and_no_new_one_begins(
        self, support: Support
    ) -> None:
        await support.poll()

        await support.harness.escalation.watches.close()
        await support.poll()

        assert await support.harness.scalar(self.NOW) == 0


class TestThreads:
    async def test_given_an_answer_to_a_reply_then_it_is_in_the_same_thread_by_address_or_by_reference(
        self, support: Support
    ) -> None:
        first_id = await support.write()
        (first,) = await support.poll()
        await support.reply(first.thread_id)
        (reply,) = await support.got(1)

        await support.write("By address", to=reply["Reply-To"].addresses[0].addr_spec, subject="Other words")
        await support.write("By reference", In_Reply_To=str(reply["Message-ID"]), subject="Yet others")
        await support.write("By subject alone", subject=str(reply["Subject"]))
        found = {each.body: each.thread_id for each in await support.poll()}

        assert reply["In-Reply-To"] == f"<{first_id}>"
        assert found["By address"] == found["By reference"] == first.thread_id
        assert found["By subject alone"] != first.thread_id

    async def test_given_quoted_history_in_an_answer_then_the_conversation_gets_what_is_new(
        self, support: Support
    ) -> None:
        first_id = await support.write()
        (first,) = await support.poll()
        text = "Still dead.\n\nOn Tue, 1 Dec 2026 at 10:00, Acme wrote:\n> Turn it on.\n"

        await support.write(text, References=f"<{first_id}>")
        (second,) = await support.poll()

        assert (second.thread_id, second.body) == (first.thread_id, "Still dead.")

    async def test_given_a_stranger_who_has_the_mail_then_they_begin_a_thread_of_their_own(
        self, support: Support
    ) -> None:
        first_id = await support.write()
        (first,) = await support.poll()
        await support.reply(first.thread_id)
        (reply,) = await support.got(1)

        address = reply["Reply-To"].addresses[0].addr_spec
        await support.write(
            "Tell me all", to=address, sender="eve@customer.example", References=f"<{first_id}>"
        )
        (other,) = await support.poll()

        assert other.thread_id != first.thread_id
        assert other.customer_id == "mailto:eve@customer.example"

    async def test_given_somebody_who_got_a_copy_then_they_get_replies_and_may_answer(
        self, support: Support
    ) -> None:
        ann = support.kim.replace("k", "a", 1)
        first_id = await support.write(Cc=ann)
        (first,) = await support.poll()
        await support.reply(first.thread_id)

        (reply,) = await support.got(1, address=ann)
        await support.write("I am Ann", sender=ann, References=f"<{first_id}>")
        (second,) = await support.poll()

        assert reply["Cc"].addresses[0].addr_spec == ann
        assert second.thread_id == first.thread_id
        assert second.customer_id == f"mailto:{support.kim}"
        assert second.body == f"Kim Lee ({ann}) writes:\n\nI am Ann"

    async def test_given_an_account_that_includes_no_copies_then_only_the_customer_gets_replies(
        self, support: Support
    ) -> None:
        ann = support.kim.replace("k", "b", 1)
        await support.patch(settings=support.settings(include_copied=False))
        await support.write(Cc=f"{ann}, nobody@nowhere.example")
        (first,) = await support.poll()

        await support.reply(first.thread_id)

        (reply,) = await support.got(1)
        assert reply["Cc"] is None
        assert support.servers.mails_of(ann) == []

    async def test_given_a_copy_that_the_server_refuses_then_the_customer_gets_the_reply_once(
        self, support: Support
    ) -> None:
        await support.write(Cc="nobody@nowhere.example")
        (first,) = await support.poll()

        await support.reply(first.thread_id)

        assert len(await support.got(1)) == 1
        (delivery,) = await support.harness.deliveries()
        assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)


class TestOut:
    async def test_given_a_reply_then_it_is_sent_once_as_a_delivery(self, support: Support) -> None:
        await support.write()
        (first,) = await support.poll()
        message_id = await support.reply(
            first.thread_id, "Turn it on.\n\nSources:\n- Printers", automatic=True
        )
        body = MailReply(content="Again", automatic=True, created_at=NOW)
        await support.harness.orchestrator.reply_by_mail(
            support.harness.service, first.thread_id, message_id, body
        )
        await support.harness.run()

        (mail,) = await support.got(1)
        (delivery,) = await support.harness.deliveries()

        assert mail["From"] == f"Acme <{support.address}>"
        assert mail["Auto-Submitted"] == "auto-replied"
        assert mail.get_content().strip().replace("\r\n", "\n") == "Turn it on.\n\nSources:\n- Printers"
        assert (delivery["event"], delivery["state"], delivery["ticket_id"]) == (
            "mail.sent",
            "delivered",
            None,
        )
        assert f"<{delivery['external_id']}>" == mail["Message-ID"]

    async def test_given_a_pause_then_replies_wait_and_go_out_in_order_afterwards(
        self, support: Support
    ) -> None:
        await support.write()
        (first,) = await support.poll()
        await support.patch(enabled=False)
        for text in ("One", "Two", "Three"):
            await support.reply(first.thread_id, text)
        waiting = await support.harness.deliveries(state="pending")

        await support.patch(enabled=True)
        await support.harness.run()

        assert [each["attempts"] for each in waiting] == [0, 0, 0]
        assert [each.get_content().strip() for each in await support.got(3)] == ["One", "Two", "Three"]

    async def test_given_a_server_that_does_not_take_it_then_dead_with_its_words(
        self, support: Support
    ) -> None:
        await asyncio.to_thread(
            support.servers.put,
            support.address,
            "INBOX",
            b"From: x@nowhere.example\r\nMessage-ID: <w@x>\r\n\r\nHi\r\n",
        )
        (first,) = await support.poll()

        await support.reply(first.thread_id)

        (delivery,) = await support.harness.deliveries()
        assert (delivery["state"], delivery["attempts"]) == ("dead", 1)
        assert "550 5.1.1" in delivery["last_error"]

    async def test_given_a_mail_that_comes_back_then_its_delivery_is_dead_and_says_why(
        self, support: Support
    ) -> None:
        await asyncio.to_thread(
            support.servers.put,
            support.address,
            "INBOX",
            b"From: x@gone.example\r\nMessage-ID: <g@x>\r\n\r\nHi\r\n",
        )
        (first,) = await support.poll()
        await support.reply(first.thread_id)
        await asyncio.to_thread(support.servers.wait_for, support.address, 2)

        assert await support.poll() == []

        (delivery,) = await support.harness.deliveries()
        assert delivery["state"] == "dead"
        assert delivery["last_error"].startswith("The mail came back: 5.")

    async def test_given_an_account_that_was_removed_then_a_reply_is_dead_and_says_so(
        self, support: Support
    ) -> None:
        await support.write()
        (first,) = await support.poll()
        await support.harness.admin.delete(f"/connectors/{support.connection_id}")

        await support.reply(first.thread_id)

        (delivery,) = await support.harness.deliveries()
        assert (delivery["state"], delivery["last_error"]) == ("dead", "The connector was removed.")

    async def test_given_a_mail_that_is_too_large_then_its_sender_is_told_and_the_admin_too(
        self, support: Support
    ) -> None:
        await support.patch(settings=support.settings(max_size_mib=1))
        await support.write("x" * 70 + "\n" + ("y" * 70 + "\n") * 17_000)

        assert await support.poll() == []
        await support.harness.run()

        (mail,) = await support.got(1)
        assert "we take at most 1.0 MB" in mail.get_content()
        assert mail["Auto-Submitted"] == "auto-replied"
        ((outcome, detail),) = await support.events()
        assert outcome == "dead"
        assert "more than 1.0 MB" in str(detail)


class TestNotAnswered:
    async def test_given_programs_that_write_then_nothing_is_opened_and_the_reason_is_shown(
        self, support: Support
    ) -> None:
        await support.write("Ich bin im Urlaub.", Auto_Submitted="auto-replied", subject="Abwesenheit")
        await support.write("News", List_Id="<news.example>")

        assert await support.poll() == []
        assert await support.events() == [
            ("ignored", "It came by a mailing list (news.example)."),
            ("ignored", "A program sent it (Auto-Submitted: auto-replied)."),
        ]

    async def test_given_two_programs_that_answer_each_other_then_it_ends(
        self, support: Support, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(admitting, "MOST_PER_HOUR", 3)
        answered = 0
        for n in range(5):
            await support.write(f"Your request was received ({n})")
            for each in await support.poll():
                answered += 1
                await support.reply(each.thread_id, automatic=True)

        assert answered == 3
        assert [outcome for outcome, _ in await support.events()] == ["dead", "dead", *["applied"] * 3]

    async def test_given_a_forged_sender_then_set_aside(self, support: Support) -> None:
        await support.patch(settings=support.settings(trusted_server="mx.acme.example"))
        raw = (
            b"Authentication-Results: mx.acme.example; dmarc=fail header.from=customer.example\r\n"
            b"From: ceo@customer.example\r\nMessage-ID: <forged@x>\r\n\r\nSend money\r\n"
        )
        await asyncio.to_thread(support.servers.put, support.address, "INBOX", raw)

        assert await support.poll() == []
        ((outcome, detail),) = await support.events()
        assert (outcome, detail) == ("dead", "mx.acme.example found that its sender is forged (dmarc=fail).")


class TestConnections:
    async def error(self, support: Support) -> str:
        await poll(support.harness.escalation, support.harness.service, support.connection_id)
        answer = await support.harness.admin.get(f"/connectors/{support.connection_id}")
        return str(answer.json()["poll_error"])

    async def check(self, support: Support) -> tuple[str, str]:
        answer = await support.harness.admin.post(f"/connectors/{support.connection_id}/check")
        return answer.json()["status"], str(answer.json()["detail"])

    async def test_given_an_account_when_checked_then_both_servers_and_all_folders_are_tried(
        self, support: Support
    ) -> None:
        right = await self.check(support)
        await support.patch(settings=support.settings(folders=["INBOX", "Missing"]))
        folder = await self.check(support)
        await support.patch(settings=support.settings(), smtp_password="wrong")
        smtp = await self.check(support)

        assert right == ("ok", "None")
        assert folder[0] == smtp[0] == "failed"
        assert "The folder Missing cannot be opened" in folder[1]
        assert "535" in smtp[1]
        assert await support.harness.deliveries() == []

    async def test_given_a_wrong_password_then_the_connector_says_so(self, support: Support) -> None:
        await support.patch(password="wrong")

        assert "does not let the user in" in await self.error(support)

    async def test_given_a_folder_that_is_not_there_then_it_is_named_and_the_others_are_read(
        self, support: Support
    ) -> None:
        await support.patch(settings=support.settings(folders=["Missing", "INBOX"]))
        await support.write()

        assert "The folder Missing cannot be opened" in await self.error(support)
        await support.harness.run()
        assert len(support.taken) == 1

    async def test_given_a_certificate_that_nobody_vouches_for_then_it_is_refused(
        self, support: Support, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")

        assert "certificate verify failed" in await self.error(support)

    async def test_given_plain_addresses_then_tls_is_begun_on_them(self, support: Support) -> None:
        await support.patch(url=f"imap://127.0.0.1:{support.servers.imap}")
        await support.write()

        assert len(await support.poll()) == 1

    @pytest.mark.parametrize("url", ["https://imap.example.com", "imap.example.com", "imaps://"])
    async def test_given_an_address_of_another_kind_then_refused(self, support: Support, url: str) -> None:
        body = {"kind": "email", "name": "Other", "url": url, "username": "u", "password": "p"}

        answer = await support.harness.admin.post("/connectors", json=body | {"settings": support.settings()})

        assert (answer.status_code, answer.json()["detail"]) == (422, "The address must be imaps://host.")

    async def test_given_a_mail_account_then_tickets_are_not_mirrored_to_it_and_it_takes_no_webhooks(
        self, support: Support
    ) -> None:
        shown = (await support.harness.admin.get(f"/connectors/{support.connection_id}")).json()
        await support.harness.agent.post("/tickets", json={"subject": "S", "requester_id": "c-1"})
        await support.harness.run()

        hook = await support.harness.public.post(shown["hook_path"].removeprefix("/api/v1"), content=b"{}")

        assert await support.harness.deliveries() == []
        assert hook.status_code == 404
        assert "password" not in str(shown)
