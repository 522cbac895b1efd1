"""What an operator can tune about the public edge."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings, Words

Rate = Annotated[int, Field(ge=1, le=10_000_000)]


class GatewaySettings(FileSettings):
    """Gateway, read once at start-up from `CASEPLANE_GATEWAY_*`."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_GATEWAY_", frozen=True, extra="ignore")

    key_requests_per_minute: Rate = 1_200
    """Sustained requests of one credential; a tenant's settings may say otherwise."""
    key_burst: Rate = 200
    """Requests of one credential that may come at once."""
    tenant_requests_per_minute: Rate = 6_000
    """Sustained requests of all credentials of a tenant together."""
    tenant_burst: Rate = 1_000
    """Requests of a tenant that may come at once."""
    anonymous_requests_per_minute: Rate = 600
    """Requests without a credential (inbound webhooks) from one address."""
    credential_cache: timedelta = timedelta(seconds=2)
    """Longest that a revoked key, a suspended tenant or a removed identity provider stays accepted elsewhere
    than in the process that revoked it; there it ends at once."""
    forward_timeout: timedelta = timedelta(seconds=75)
    """Longest silence of a service while it answers; event streams have no limit."""
    connect_timeout: timedelta = timedelta(seconds=5)
    """Longest wait for a connection to a service."""
    idempotency_lifetime: timedelta = timedelta(hours=24)
    """How long the answer to an `Idempotency-Key` is kept."""
    idempotency_lock: timedelta = timedelta(seconds=90)
    """A request that has not answered by then is taken for dead, and its key may be used again."""
    idempotency_answer_kib: Annotated[int, Field(ge=1, le=16_384)] = 1_024
    """Largest answer that is kept for replay; a larger one is passed on and not kept."""
    cors_origins: Words = ()
    """Origins of web pages that may call the API, such as `https://shop.example`; empty: none but our own."""
    oidc_algorithms: Words = (
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
    )
    """Signature algorithms accepted from identity providers; never `none`, never a shared secret."""
    oidc_clock_skew: timedelta = timedelta(seconds=60)
    """How far an identity provider's clock may be off."""
    oidc_keys_lifetime: timedelta = timedelta(minutes=10)
    """How long a provider's signing keys are trusted before they are fetched again."""
    oidc_refetch_pause: timedelta = timedelta(seconds=30)
    """Shortest time between two fetches of one provider's keys, however many unknown key ids arrive."""
    oidc_allow_private: bool = False
    """Accept identity providers over plain HTTP or at private addresses, as inside a cluster."""
    openapi_cache: timedelta = timedelta(minutes=1)
    """How long the merged OpenAPI document is kept."""
    hsts: bool = False
    """Send `Strict-Transport-Security`; set it once the site is only ever served over TLS."""
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+)?/?$")] = ""
    """Where browsers reach the gateway, such as `https://support.example`; empty: where the request went. Identity
    providers send people back to it, and behind `https` cookies are only ever sent over TLS."""
    sign_in_lifetime: timedelta = timedelta(hours=1)
    """How long a browser stays signed in without being renewed; open pages renew by themselves."""
    sign_in_longest: timedelta = timedelta(hours=12)
    """How long a browser stays signed in at most."""
    sign_in_code_lifetime: timedelta = timedelta(minutes=15)
    """How long the one-time link is good that the command line prints."""
    visitor_lifetime: timedelta = timedelta(days=7)
    """How long a visitor of the chat widget stays the same visitor without coming back."""
