"""Sends a mail by SMTP. This function blocks: it is called in a thread."""

import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage

from caseplane.escalation.connectors.email.targets import Target
from caseplane.escalation.connectors.protocol import DeskError, DeskRefusedError, DeskUnavailableError

PERMANENT = 500
"""SMTP's replies from here on are final."""


def send(
    target: Target,
    sign_in: tuple[str, str],
    mail: EmailMessage,
    *,
    sender: str,
    to: str,
    cc: Sequence[str],
    timeout: float,
) -> list[str]:
    """Send a mail.

    Returns:
        Those of `cc` that the server refused.

    Raises:
        DeskRefusedError: the server will not take it, for `to` at least.
        DeskUnavailableError: it may take it later.
    """
    with _told(target), _connected(target, sender, timeout) as smtp:
        _sign_in(smtp, target, sign_in)
        wire = mail.as_bytes()
        options = [f"SIZE={len(wire)}"] if smtp.has_extn("size") else []
        _check(*smtp.mail(sender, options))
        _check(*smtp.rcpt(to))
        refused = [each for each in cc if not _taken(smtp, each)]
        _check(*smtp.data(wire))
        return refused


def check(target: Target, sign_in: tuple[str, str], *, sender: str, timeout: float) -> None:
    """Sign in, and send nothing.

    Raises:
        DeskError: the server does not let us.
    """
    with _told(target), _connected(target, sender, timeout) as smtp:
        _sign_in(smtp, target, sign_in)
        _check(*smtp.noop())


def _sign_in(smtp: smtplib.SMTP, target: Target, sign_in: tuple[str, str]) -> None:
    if not target.tls:
        _start_tls(smtp, target)
    smtp.ehlo_or_helo_if_needed()
    if smtp.has_extn("auth"):
        smtp.login(*sign_in)


def _taken(smtp: smtplib.SMTP, address: str) -> bool:
    return smtp.rcpt(address)[0] < 400


def _connected(target: Target, sender: str, timeout: float) -> smtplib.SMTP:
    ours = sender.rpartition("@")[2]
    if target.tls:
        return smtplib.SMTP_SSL(
            target.ip, target.port, local_hostname=ours, timeout=timeout, context=target.context
        )
    return smtplib.SMTP(target.ip, target.port, local_hostname=ours, timeout=timeout)


def _start_tls(smtp: smtplib.SMTP, target: Target) -> None:
    smtp.ehlo_or_helo_if_needed()
    if smtp.has_extn("starttls"):
        _check(*smtp.starttls(context=target.context))
    elif not target.may_stay_open:
        raise DeskRefusedError(
            f"{target.host} offers no TLS on port {target.port}, and mail is not sent without it."
        )


def _check(code: int, said: bytes) -> None:
    if code >= 400:
        raise smtplib.SMTPResponseException(code, said)


@contextmanager
def _told(target: Target) -> Iterator[None]:
    """Turn what goes wrong into the error that says whether waiting helps."""
    try:
        yield
    except DeskError:
        raise
    except smtplib.SMTPResponseException as exc:
        raw = exc.smtp_error
        said = " ".join((raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)).split())
        reason = f"{target.host} answered {exc.smtp_code} {said[:300]}"
        if exc.smtp_code >= PERMANENT:
            raise DeskRefusedError(reason) from exc
        raise DeskUnavailableError(reason) from exc
    except smtplib.SMTPNotSupportedError as exc:
        raise DeskRefusedError(f"{target.host} cannot do this: {exc}") from exc
    except (smtplib.SMTPException, OSError) as exc:
        raise DeskUnavailableError(f"{target.host} cannot be reached: {exc}.") from exc
