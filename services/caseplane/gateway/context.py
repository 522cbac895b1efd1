"""What the edge and the gateway's job share."""

from dataclasses import dataclass
from typing import ClassVar

import httpx

from caseplane.core import work
from caseplane.gateway.credentials import Authenticator
from caseplane.gateway.idempotency import Idempotency
from caseplane.gateway.limits import RateLimiter
from caseplane.gateway.logins import Logins
from caseplane.gateway.settings import GatewaySettings
from caseplane.gateway.sign_ins import SignIns
from caseplane.gateway.visitors import Visitors
from caseplane.gateway.watching import Watch


@dataclass(frozen=True, kw_only=True)
class Gateway(work.Context):
    """The gateway's parts."""

    service: ClassVar[str] = "gateway"

    settings: GatewaySettings
    providers: httpx.AsyncClient
    authenticator: Authenticator
    watch: Watch
    limiter: RateLimiter
    idempotency: Idempotency
    sign_ins: SignIns
    logins: Logins
    visitors: Visitors
