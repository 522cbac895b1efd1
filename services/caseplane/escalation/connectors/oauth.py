"""Access tokens of desks by OAuth's client-credentials grant (RFC 6749 §4.4), kept until shortly before they expire."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from caseplane.core.clock import utcnow
from caseplane.escalation.connectors.protocol import DeskUnavailableError, raise_for_answer

if TYPE_CHECKING:
    from caseplane.escalation.connectors.http import DeskHttp

EARLY = timedelta(seconds=60)
"""Before its end a token is renewed, so that none expires on its way."""
UNSTATED = timedelta(minutes=5)
"""Life of a token that says nothing of its end."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    access_token: str = Field(min_length=1, max_length=10_000)
    expires_in: float | None = Field(default=None, ge=0, le=10**9)


@dataclass(frozen=True)
class ClientCredentials:
    """A client that a desk knows.

    Attributes:
        token_url: where tokens are issued.
        as_json: whether the request is JSON rather than a form.
    """

    token_url: str
    client_id: str
    client_secret: SecretStr
    scope: str | None = None
    as_json: bool = False

    @property
    def _key(self) -> str:
        secret = hashlib.sha256(self.client_secret.get_secret_value().encode()).hexdigest()
        return f"{self.token_url}\n{self.client_id}\n{self.scope}\n{secret}"


@dataclass
class Tokens:
    """The tokens that this process holds."""

    _held: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    async def get(self, http: "DeskHttp", client: ClientCredentials, *, but: str | None = None) -> str:
        """A token; one that the desk refuses (`but`) is replaced.

        Raises:
            DeskUnavailableError: the desk gave none, and waiting may help.
            DeskRefusedError: the desk does not know the client.
        """
        held = self._held.get(client._key)
        if held is not None and held[0] != but and held[1] > utcnow():
            return held[0]
        body: dict[str, Any] = {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret.get_secret_value(),
        }
        if client.scope:
            body["scope"] = client.scope
        sent: dict[str, Any] = {"json": body} if client.as_json else {"data": body}
        answer = await http.call("POST", client.token_url, **sent)
        raise_for_answer(answer)
        try:
            found = _Answer.model_validate_json(answer.content)
        except ValidationError as exc:
            raise DeskUnavailableError("The desk's answer holds no access token.") from exc
        life = UNSTATED if found.expires_in is None else timedelta(seconds=found.expires_in)
        self._held[client._key] = (found.access_token, utcnow() + max(life - EARLY, timedelta(0)))
        return found.access_token
