"""Translates the client library's exceptions to ours.

Only this module and `providers/` name exceptions of the vendor. Details never contain the provider's
message, because some providers quote the prompt in it. They contain the status and the machine-readable
code, which are enough to look the problem up.
"""

import math
import re
import time
from email.utils import parsedate_to_datetime

import httpx2
import openai

from caseplane.core.llm.errors import (
    LlmBadOutputError,
    LlmError,
    LlmMisconfiguredError,
    LlmPromptTooLongError,
    LlmRateLimitedError,
    LlmRefusedError,
    LlmTimeoutError,
    LlmUnavailableError,
)

# Nothing was sent, so nothing is billed, unlike when a reply does not come.
_NEVER_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_RETRYABLE_STATUSES = frozenset({408, 409, 425})
_FILTER_CODES = frozenset({"content_filter", "content_policy_violation", "responsibleaipolicyviolation"})
_TOO_LONG_CODES = frozenset({"context_length_exceeded", "string_above_max_length"})
_EXHAUSTED_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


def translate(exc: Exception) -> LlmError:
    match exc:
        case openai.APIConnectionError() if isinstance(exc.__cause__, _NEVER_CONNECTED):
            return LlmUnavailableError("The model's endpoint could not be reached.")
        case openai.APITimeoutError() | TimeoutError():
            return LlmTimeoutError("The model's endpoint did not reply in time.")
        case openai.APIStatusError():
            return _of_status(exc)
        case openai.APIConnectionError():
            return LlmUnavailableError("The model's endpoint hung up before its reply was whole.")
        case openai.LengthFinishReasonError():
            return LlmBadOutputError("The model's reply was cut off at its token limit.")
        case openai.ContentFilterFinishReasonError():
            return LlmRefusedError("A content filter stopped the model's reply.")
        case openai.APIResponseValidationError() | openai.APIError() | ValueError():
            # Under status 200, a body that is not JSON or an error event inside a stream.
            return LlmUnavailableError("The model's endpoint sent a reply that is not its protocol.")
        case openai.OpenAIError():
            # The client could not get credentials, or it refuses an option before sending.
            return LlmMisconfiguredError(
                f"The model's client could not be set up ({type(exc).__name__}); check credentials,"
                " region and endpoint."
            )
        case _:
            return LlmUnavailableError(f"The model call failed ({type(exc).__name__}).")


def _of_status(exc: openai.APIStatusError) -> LlmError:
    status, code = exc.status_code, (exc.code or "").lower()
    seen = f"HTTP {status}" + (f", code {exc.code}" if exc.code and _CODE.fullmatch(exc.code) else "")
    if code in _FILTER_CODES:
        return LlmRefusedError(f"A content filter declined the prompt ({seen}).")
    if code in _TOO_LONG_CODES or status == 413:
        return LlmPromptTooLongError(f"The prompt is too long for the model ({seen}).")
    if code in _EXHAUSTED_CODES:
        return LlmMisconfiguredError(f"The provider's account has no quota left ({seen}).")
    if status == 429:
        return LlmRateLimitedError(
            f"The model's provider limits our rate ({seen}).", retry_after=retry_after(exc)
        )
    if status >= 500 or status in _RETRYABLE_STATUSES:
        return LlmUnavailableError(f"The model's endpoint failed ({seen}).", retry_after=retry_after(exc))
    hint = {
        401: "check the key",
        403: "check the key's permissions",
        404: "check model and base URL",
    }
    return LlmMisconfiguredError(
        f"The model's endpoint refused the call ({seen}); {hint.get(status, 'check the settings')}."
    )


def retry_after(exc: openai.APIStatusError) -> float | None:
    """Seconds to wait, from either form of Retry-After (RFC 9110)."""
    header = exc.response.headers.get("retry-after")
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
        except ValueError:
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
