"""Which model serves which role, and within what limits.

Read from `CASEPLANE_LLM_*`, or the `[llm]` table of the configuration file. With nothing set, no
role is configured and the platform answers extractively: `build_llm` then returns None. Three
variables are enough to begin:

    CASEPLANE_LLM_ANSWER__MODEL, CASEPLANE_LLM_ANSWER__API_KEY and, for a server other than
    OpenAI's own, CASEPLANE_LLM_ANSWER__BASE_URL
"""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings

Price = Annotated[Decimal, Field(ge=0, le=100_000)]
Duration = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=10))]


class LlmRole(StrEnum):
    """What a model is used for; models are named by role, never by call site."""

    answer = "answer"
    small = "small"
    rerank = "rerank"


class LlmProvider(StrEnum):
    """How an endpoint is addressed and authenticated."""

    openai = "openai"
    azure = "azure"
    bedrock = "bedrock"
    vertex = "vertex"


class EndpointSettings(BaseModel):
    """One model behind one endpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Annotated[str, Field(min_length=1, max_length=300)]
    """Model id; on Azure the deployment's name, on Bedrock also an inference profile."""
    provider: LlmProvider = LlmProvider.openai
    """`openai` means any server with its chat completions API."""
    base_url: AnyHttpUrl | None = None
    """API root; required for Azure, otherwise the provider's public one (Bedrock and Vertex build
    theirs from `region` and `project`)."""
    api_key: SecretStr | None = None
    """Key or bearer token. Left out: Azure uses Entra, Bedrock signs with the AWS credential chain,
    Vertex uses Google's application default credentials."""
    region: str | None = None
    """AWS region or Google Cloud location."""
    project: str | None = None
    """Google Cloud project id."""
    api_version: str = "2024-10-21"
    """Azure's API version."""
    timeout: Duration = timedelta(seconds=30)
    """Longest a caller waits on this endpoint, queueing and retries included (`PT30S`)."""
    attempt_timeout: Duration = timedelta(seconds=20)
    """Longest wait for one HTTP reply; shorter than `timeout` so that a hung one can be retried."""
    connect_timeout: Duration = timedelta(seconds=3)
    """Longest wait for a connection."""
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """HTTP attempts per call, the first included; only transient errors are tried again."""
    max_output_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = 1024
    """Upper bound of one reply; a reply cut off there counts as unusable."""
    max_concurrency: Annotated[int, Field(ge=1, le=1000)] = 16
    """Calls under way at once from this process; more wait their turn within `timeout`."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """Sampling temperature; left out it is not sent, as some models refuse it."""
    input_price: Price = Decimal(0)
    """USD per million input tokens."""
    output_price: Price = Decimal(0)
    """USD per million output tokens."""
    cached_input_price: Price | None = None
    """USD per million input tokens read from the provider's cache; the input price if left out."""
    fallback: "EndpointSettings | None" = None
    """Used when this endpoint is unavailable, times out or is misconfigured; never on a refusal."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.attempt_timeout > self.timeout:
            raise ValueError("attempt_timeout is longer than timeout, which it is part of")
        missing = self._missing()
        if missing:
            raise ValueError(f"provider {self.provider} needs {missing}")
        return self

    def _missing(self) -> str | None:
        match self.provider:
            case LlmProvider.openai if self.base_url is None and self.api_key is None:
                return "an api_key, or the base_url of a server that wants none"
            case LlmProvider.azure if self.base_url is None:
                return "a base_url such as https://NAME.openai.azure.com"
            case LlmProvider.bedrock if self.region is None:
                return "a region"
            case LlmProvider.vertex if self.base_url is None and not (self.project and self.region):
                return "a project and a region, or a base_url"
            case _:
                return None


class LlmSettings(FileSettings):
    """Language models, read once at start-up from `CASEPLANE_LLM_*` (`__` steps into a role)."""

    model_config = SettingsConfigDict(
        env_prefix="CASEPLANE_LLM_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    answer: EndpointSettings | None = None
    """Writes answers from evidence."""
    small: EndpointSettings | None = None
    """Tags, summaries, routing; the answer model does them if left out."""
    rerank: EndpointSettings | None = None
    """Orders passages by relevance; the small model does it if left out."""
    monthly_budget_usd: Annotated[Decimal, Field(ge=0)] | None = None
    """Spend per tenant and calendar month (UTC) after which generation stops; none if left out."""
    budget_refresh: Duration = timedelta(seconds=30)
    """How long a process trusts its sum of a tenant's month before it asks the database again."""
    breaker_failures: Annotated[int, Field(ge=1, le=1000)] = 5
    """Failures in a row, per endpoint and model, after which calls stop for a while."""
    breaker_cooldown: Duration = timedelta(seconds=20)
    """Time without calls after these failures; then one call tests the endpoint."""

    def endpoint(self, role: LlmRole) -> EndpointSettings | None:
        """The endpoint of a role, or of the role that replaces it."""
        if role is LlmRole.answer:
            return self.answer
        if role is LlmRole.small:
            return self.small or self.answer
        return self.rerank or self.small or self.answer
