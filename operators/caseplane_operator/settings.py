"""What an installation can tune about the operator."""

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
    """The platform's API, as the operator reaches it."""
    platform_admin_key: SecretStr
    """The credential that manages tenants (`cpp_…`)."""
    public_url: str = ""
    """The platform's API, as tenants reach it. Empty: the same as `gateway_url`."""
    namespace: str = "default"
    """Where Secrets go that name no namespace, and where the lease is."""
    identity: str = "caseplane-operator"
    """Who this process is among those that may hold the lease."""
    watch_namespaces: str = ""
    """Namespaces whose KnowledgeBases are watched, with commas between them. Empty: all."""

    resync: Span = timedelta(minutes=10)
    """Longest until something that was changed behind the operator's back is put right."""
    settle: Span = timedelta(seconds=2)
    """First wait for something that the platform is about to finish, such as an ingestion; it grows to `patience`."""
    patience: Span = timedelta(seconds=30)
    """Longest wait between two looks at something unfinished."""
    retry: Span = timedelta(seconds=1)
    """First wait after a failure; it doubles, with jitter, up to `retry_cap`."""
    retry_cap: Span = timedelta(minutes=1)
    """Longest wait after a failure, and so the longest that an outage is felt after its end."""
    key_grace: timedelta = timedelta(minutes=5)
    """How long a replaced key is still accepted, for whoever has not read the new one yet."""
    sync_timeout: Span = timedelta(minutes=30)
    """An ingestion that has not ended by then is started anew at the next look that is due."""
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    """Resources that are worked on at once."""
    request_timeout: Span = timedelta(seconds=20)
    """Longest wait for one answer, of the platform or of Kubernetes."""

    lease: str = "caseplane-operator"
    """Name of the lease."""
    lease_duration: Span = timedelta(seconds=15)
    """A holder that is silent for so long has lost it; it renews three times in that time."""

    port: Annotated[int, Field(ge=0, le=65535)] = 9090
    """Of `/metrics`, `/healthz` and `/readyz`."""
    log_level: str = "INFO"

    @property
    def endpoint(self) -> str:
        """Where tenants find the platform's API."""
        return self.public_url or self.gateway_url

    @cached_property
    def namespaces(self) -> list[str]:
        """Namespaces to watch; empty is all."""
        return [name.strip() for name in self.watch_namespaces.split(",") if name.strip()]
