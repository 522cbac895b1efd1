from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import openai
import pytest

from caseplane.core.llm.errors import (
    LlmBadOutputError,
    LlmError,
    LlmMisconfiguredError,
    LlmRateLimitedError,
    LlmRefusedError,
    LlmTimeoutError,
    LlmUnavailableError,
)
from caseplane.core.llm.translate import retry_after, translate

REQUEST = httpx2.Request("POST", "https://model.example/v1/chat/completions")
# Every class of the client library that a chat completion can raise, and what it means here. A new
# class in a new version of the library fails the test below until it is mapped.
EXPECTED: dict[str, type[LlmError]] = {
    "OpenAIError": LlmMisconfiguredError,
    "SubjectTokenProviderError": LlmMisconfiguredError,
    "APIError": LlmUnavailableError,
    "APIResponseValidationError": LlmUnavailableError,
    "APIStatusError": LlmMisconfiguredError,
    "APIConnectionError": LlmUnavailableError,
    "APITimeoutError": LlmTimeoutError,
    "BadRequestError": LlmMisconfiguredError,
    "AuthenticationError": LlmMisconfiguredError,
    "OAuthError": LlmMisconfiguredError,
    "PermissionDeniedError": LlmMisconfiguredError,
    "NotFoundError": LlmMisconfiguredError,
    "ConflictError": LlmUnavailableError,
    "UnprocessableEntityError": LlmMisconfiguredError,
    "MutuallyExclusiveAuthError": LlmMisconfiguredError,
    "_AmbiguousModuleClientUsageError": LlmMisconfiguredError,
    "RateLimitError": LlmRateLimitedError,
    "InternalServerError": LlmUnavailableError,
    "LengthFinishReasonError": LlmBadOutputError,
    "ContentFilterFinishReasonError": LlmRefusedError,
}
NOT_OF_CHAT = {
    "APIRemovedInV1",
    "MissingDependencyError",  # raised and named when a client is built
    "StreamAlreadyConsumed",
    "WebSocketConnectionClosedError",
    "WebSocketQueueFullError",
}


def descendants(cls: type[Exception]) -> Iterator[type[Exception]]:
    yield cls
    for child in cls.__subclasses__():
        if child.__module__.startswith("openai"):
            yield from descendants(child)


def make(cls: type[Exception]) -> Exception:
    """An instance with what `translate` reads; constructors differ too much to call."""
    made = cls.__new__(cls)
    Exception.__init__(made, "secret words of a prompt")
    vars(made).update(code=None, param=None, body=None, message="secret words of a prompt")
    if issubclass(cls, openai.APIStatusError):
        status = getattr(cls, "status_code", 500 if cls is openai.InternalServerError else 418)
        vars(made).update(status_code=status, response=httpx2.Response(status, request=REQUEST))
    return made


class TestTranslate:
    def test_given_the_vendors_exception_classes_when_walked_then_each_is_mapped(self) -> None:
        found = {cls.__name__: cls for cls in descendants(openai.OpenAIError)}

        unmapped = found.keys() - EXPECTED.keys() - NOT_OF_CHAT
        assert not unmapped, f"decide what these mean: {sorted(unmapped)}"
        assert EXPECTED.keys() <= found.keys()
        for name, expected in EXPECTED.items():
            assert type(translate(make(found[name]))) is expected, name

    def test_given_a_message_that_quotes_the_prompt_when_translated_then_it_is_not_kept(
        self,
    ) -> None:
        for cls in descendants(openai.OpenAIError):
            assert "secret" not in str(translate(make(cls)))

    @pytest.mark.parametrize(
        ("status", "code", "expected"),
        [
            (400, "content_filter", LlmRefusedError),
            (429, "insufficient_quota", LlmMisconfiguredError),
            (429, None, LlmRateLimitedError),
            (408, None, LlmUnavailableError),
            (409, None, LlmUnavailableError),
            (529, None, LlmUnavailableError),
            (404, None, LlmMisconfiguredError),
            (302, None, LlmMisconfiguredError),
        ],
    )
    def test_given_a_status_when_translated_then_the_class_tells_whether_to_retry(
        self, status: int, code: str | None, expected: type[LlmError]
    ) -> None:
        exc = openai.APIStatusError(
            "no", response=httpx2.Response(status, request=REQUEST), body={"code": code}
        )

        assert type(translate(exc)) is expected

    def test_given_a_code_with_words_in_it_when_translated_then_it_is_not_quoted(self) -> None:
        exc = openai.APIStatusError(
            "no", response=httpx2.Response(400, request=REQUEST), body={"code": "my secret words"}
        )

        assert "secret" not in str(translate(exc))


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("header", "low", "high"),
        [
            ("3", 3, 3),
            ("0.25", 0.25, 0.25),
            ("-5", 0, 0),
            ("in 90 seconds", 60, 91),
        ],
    )
    def test_given_either_form_when_read_then_seconds(self, header: str, low: float, high: float) -> None:
        if header == "in 90 seconds":  # as a date, made when the test runs
            header = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)

        found = self.read(header)

        assert found is not None
        assert low <= found <= high

    @pytest.mark.parametrize("header", ["", "soon", "nan", "inf"])
    def test_given_an_invalid_value_when_read_then_none(self, header: str) -> None:
        assert self.read(header) is None

    def read(self, header: str) -> float | None:
        response = httpx2.Response(429, headers={"retry-after": header}, request=REQUEST)
        return retry_after(openai.RateLimitError("no", response=response, body=None))
