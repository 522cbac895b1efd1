"""Errors of language models that a caller can act on.

    LlmError
    ├── LlmTransientError          waiting may help; the client here has already waited
    │   ├── LlmUnavailableError    no usable reply: refused connection, 5xx, open circuit
    │   │   ├── LlmRateLimitedError
    │   │   └── LlmCircuitOpenError
    │   └── LlmTimeoutError
    ├── LlmRefusedError            the model or its content filter declined
    ├── LlmBadOutputError          a reply came, and it is not what was asked for
    ├── LlmBudgetExceededError     the tenant's month is spent
    └── LlmMisconfiguredError      a person must change the configuration
        └── LlmPromptTooLongError  or the caller must send less

`translate.py` decides by class, never by message, whether a retry helps.
"""

from typing import ClassVar

from caseplane.core.errors import CaseplaneError


class LlmError(CaseplaneError):
    """A language model could not be used for this call."""

    status, slug, title = 503, "llm-error", "The language model could not be used"
    endpoint_failed: ClassVar[bool] = False
    """Whether the endpoint is at fault, which its circuit breaker counts."""


class LlmTransientError(LlmError):
    """The same call may succeed later."""

    def __init__(self, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        """Seconds that the provider asked us to wait, if given."""


class LlmUnavailableError(LlmTransientError):
    """The endpoint gave no usable reply."""

    slug, title = "llm-unavailable", "The language model is unavailable"
    endpoint_failed = True


class LlmRateLimitedError(LlmUnavailableError):
    """The provider asked us to slow down; its endpoint is healthy."""

    slug, title = "llm-rate-limited", "The language model's provider limits our rate"
    endpoint_failed = False


class LlmCircuitOpenError(LlmUnavailableError):
    """The endpoint failed so often of late that nothing was sent."""

    endpoint_failed = False


class LlmTimeoutError(LlmTransientError):
    """The reply did not come in time."""

    status, slug, title = 504, "llm-timeout", "The language model took too long"
    endpoint_failed = True


class LlmRefusedError(LlmError):
    """The model, or a content filter in front of it, declined to answer."""

    status, slug, title = 422, "llm-refused", "The language model declined"


class LlmBadOutputError(LlmError):
    """The reply is cut off, or does not fit the schema even after one repair."""

    status, slug, title = 502, "llm-bad-output", "The language model's output was unusable"


class LlmBudgetExceededError(LlmError):
    """The tenant has spent its monthly budget; generation stops, capture goes on."""

    status, slug, title = 402, "llm-budget-exceeded", "The monthly model budget is spent"


class LlmMisconfiguredError(LlmError):
    """The provider refuses our key, model or parameter, or an extra is not installed."""

    status, slug, title = 500, "llm-misconfigured", "The language model is not set up correctly"


class LlmPromptTooLongError(LlmMisconfiguredError):
    """The prompt does not fit the model's context."""

    status, slug, title = 422, "llm-prompt-too-long", "The prompt is too long for the model"
