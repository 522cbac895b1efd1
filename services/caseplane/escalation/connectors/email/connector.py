"""A mail account: reads its folders by IMAP and sends by SMTP."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Event
from uuid import UUID

from caseplane.core.telemetry import get_logger
from caseplane.escalation.connectors.email.addresses import OwnAddress
from caseplane.escalation.connectors.email.imap import (
    FetchedPage,
    open_folder,
    read_page,
    signed_in,
    wait_for_news,
)
from caseplane.escalation.connectors.email.models import EmailCredentials, EmailSettings
from caseplane.escalation.connectors.email.reading import read_mail
from caseplane.escalation.connectors.email.smtp import check, send
from caseplane.escalation.connectors.email.targets import MailNetwork, Target
from caseplane.escalation.connectors.email.writing import write_mail
from caseplane.escalation.connectors.mail import FolderCursor, FolderPage, OutgoingMail
from caseplane.escalation.connectors.protocol import Receipt

log = get_logger(__name__)
LONGEST_WATCH = 25 * 60
"""Seconds; servers end a longer one (RFC 2177)."""


class EmailAccount:
    """One account.

    Args:
        url: of the IMAP server.
        key: that marks reply addresses.
    """

    def __init__(
        self,
        *,
        url: str,
        credentials: EmailCredentials,
        settings: EmailSettings,
        network: MailNetwork,
        key: bytes,
    ) -> None:
        self._url, self._credentials, self._settings, self._network = url, credentials, settings, network
        self._own = OwnAddress(settings.address, key, settings.reply_separator)

    @property
    def folders(self) -> Sequence[str]:
        return list(dict.fromkeys(self._settings.folders))

    async def read_folder(self, folder: str, cursor: FolderCursor | None, *, since: datetime) -> FolderPage:
        target = await self._network.target(self._url, "imaps", "imap")
        page = await asyncio.to_thread(self._fetch, target, folder, cursor, since)
        found = [
            (
                read_mail(
                    each.raw,
                    settings=self._settings,
                    own=self._own,
                    size_bytes=each.size_bytes,
                    too_large=each.too_large,
                ),
                FolderCursor(page.cursor.uid_validity, each.uid),
            )
            for each in page.mails
        ]
        return FolderPage(found, more=page.more, cursor=page.cursor)

    def _fetch(
        self, target: Target, folder: str, cursor: FolderCursor | None, since: datetime
    ) -> FetchedPage:
        most = self._settings.max_size_mib << 20
        with signed_in(target, self._credentials, timeout=self._network.timeout) as client:
            return read_page(client, folder, cursor, since=since, most_bytes=most)

    async def check(self) -> None:
        reader = await self._network.target(self._url, "imaps", "imap")
        await asyncio.to_thread(self._open_folders, reader)
        sender = await self._network.target(self._settings.smtp_url, "smtps", "smtp")
        await asyncio.to_thread(
            check,
            sender,
            self._credentials.for_smtp,
            sender=self._own.address,
            timeout=self._network.timeout,
        )

    def _open_folders(self, target: Target) -> None:
        with signed_in(target, self._credentials, timeout=self._network.timeout) as client:
            for folder in self.folders:
                open_folder(client, folder)

    async def watcher(self) -> Callable[[Event], bool]:
        target = await self._network.target(self._url, "imaps", "imap")
        seconds = min(self._settings.poll_interval_seconds, LONGEST_WATCH)

        def wait(ending: Event) -> bool:
            with signed_in(target, self._credentials, timeout=self._network.timeout) as client:
                return wait_for_news(client, self.folders[0], seconds=seconds, ending=ending)

        return wait

    async def send(self, mail: OutgoingMail) -> Receipt:
        target = await self._network.target(self._settings.smtp_url, "smtps", "smtp")
        if not self._settings.include_copied:
            mail = replace(mail, cc=())
        written = write_mail(mail, settings=self._settings, own=self._own)
        refused = await asyncio.to_thread(
            send,
            target,
            self._credentials.for_smtp,
            written,
            sender=self._own.address,
            to=mail.to.address,
            cc=[each.address for each in mail.cc],
            timeout=self._network.timeout,
        )
        if refused:  # the customer has it: sending it again would be worse
            log.warning("mail_copies_refused", mail_id=str(mail.mail_id), count=len(refused))
        return Receipt(external_id=mail.message_id[:200])

    def thread_of(self, recipients: Sequence[str]) -> UUID | None:
        return next((found for each in recipients if (found := self._own.thread_of(each))), None)
