"""What an installation can configure of the operator."""

from datetime import timedelta
from functools import cached_property
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Span = Annotated[timedelta, Field(gt=timedelta(0))]


class OperatorSettings(BaseSettings):
    """Read once at start-up from `CASEPLANE_OPERATOR_*`."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_OPERATOR_", frozen=True)

    gateway_url: Annotated[str, Field(pattern=r"^https?://.+")]
    """Address of the platform's API, as seen by the operator."""
    platform_admin_key: SecretStr
    """The credential that manages tenants (`cpp_…`)."""
    public_url: str = ""
    """Address of the platform's API, as seen by tenants. Empty: the same as `gateway_url`."""
    namespace: str = "default"
    """Namespace of the lease, and of Secrets for which a Tenant names none."""
    identity: str = "caseplane-operator"
    """Name of this process as a holder of the lease."""
    watch_namespaces: str = ""
    """Namespaces whose KnowledgeBases are watched, separated by commas. Empty: all."""

    resync: Span = timedelta(minutes=10)
    """Longest time until a change made directly in the platform is corrected."""
    settle: Span = timedelta(seconds=2)
    """First delay while the platform is about to finish something, such as an ingestion; it grows to `patience`."""
    patience: Span = timedelta(seconds=30)
    """Longest delay between two passes while something is unfinished."""
    retry: Span = timedelta(seconds=1)
    """First delay after a failure; it doubles, with jitter, up to `retry_cap`."""
    retry_cap: Span = timedelta(minutes=1)
    """Longest delay after a failure, and so the longest time until work resumes after an outage."""
    key_grace: timedelta = timedelta(minutes=5)
    """How long a replaced key is still accepted, for clients that have not read the new one yet."""
    sync_timeout: Span = timedelta(minutes=30)
    """An ingestion that has not ended by then is started again when the next one is due."""
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    """Passes that run at once."""
    request_timeout: Span = timedelta(seconds=20)
    """Longest wait for one answer of the platform or of the API server."""

    lease: str = "caseplane-operator"
    """Name of the Lease."""
    lease_duration: Span = timedelta(seconds=15)
    """A holder that has not renewed the lease for this long has lost it; it tries every fifth of this time."""

    port: Annotated[int, Field(ge=0, le=65535)] = 9090
    """Port of `/metrics`, `/healthz` and `/readyz`."""
    log_level: str = "INFO"

    @property
    def endpoint(self) -> str:
        """Address of the platform's API for tenants."""
        return self.public_url or self.gateway_url

    @cached_property
    def namespaces(self) -> list[str]:
        """Namespaces to watch; empty for all."""
        return [name.strip() for name in self.watch_namespaces.split(",") if name.strip()]
