"""Webhooks by the Standard Webhooks scheme, for desks whose sender we may choose: signed, and bound to a time."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import SecretStr
from standardwebhooks import Webhook

from caseplane.core.clock import utcnow
from caseplane.escalation.connectors.protocol import HookEvent, HookRefusedError

MIN_SECRET_BYTES = 24


def strong(secret: SecretStr) -> SecretStr:
    """Raises `ValueError` where a secret is not of the scheme's form, or is too short."""
    try:
        raw = base64.b64decode(secret.get_secret_value().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise ValueError("must be whsec_ followed by base64") from exc
    if len(raw) < MIN_SECRET_BYTES:
        raise ValueError(f"must hold at least {MIN_SECRET_BYTES} bytes")
    return secret


class SignedHooks:
    """Signs and checks with one secret, and with those that it replaced.

    Args:
        secrets: `whsec_` and base64, the present one first.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._webhooks = [Webhook(each) for each in secrets]

    def signed(self, webhook_id: str, body: str) -> dict[str, str]:
        """The headers that prove a body."""
        now: datetime = utcnow()
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(each.sign(webhook_id, now, body) for each in self._webhooks),
        }

    def verify(self, headers: Mapping[str, str], body: bytes) -> HookEvent:
        """Raises `HookRefusedError` where the headers do not prove the body."""
        refusals = [self._refusal(each, headers, body) for each in self._webhooks]
        if all(refusals):
            last = refusals[-1] if refusals else "there is no secret"
            raise HookRefusedError(f"The signature or its timestamp is not valid: {last}.")
        lowered = {name.lower(): value for name, value in headers.items()}
        return HookEvent(webhook_id=lowered["webhook-id"][:200], body=body)

    @staticmethod
    def _refusal(webhook: Webhook, headers: Mapping[str, str], body: bytes) -> Exception | None:
        try:
            webhook.verify(body, dict(headers), json_parse=False)
        except Exception as exc:  # noqa: BLE001 - its parser fails in many ways on headers that it did not expect
            return exc
        return None
