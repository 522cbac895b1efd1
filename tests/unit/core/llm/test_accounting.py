from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.core.llm import (
    Budget,
    EndpointSettings,
    LlmBudgetExceededError,
    LlmUnavailableError,
    Message,
)
from caseplane.core.llm.endpoint import backoff
from caseplane.core.llm.usage import Tokens, cost_usd, estimate, estimate_tokens, reported

TENANT = uuid4()
MAY = datetime(2026, 5, 31, 23, 59, 50, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, 0, 0, 5, tzinfo=UTC)


class Ledger:
    def __init__(self, total: str = "0") -> None:
        self.total, self.reads, self.down = Decimal(total), 0, False

    async def spent(self, tenant_id: UUID, *, since: datetime) -> Decimal:
        self.reads += 1
        if self.down:
            raise ConnectionError
        self.since = since
        return self.total


class TestBudget:
    async def test_given_spend_at_the_limit_when_checked_then_refused(self) -> None:
        budget = Budget(Ledger("5"), default=Decimal(5))

        with pytest.raises(LlmBudgetExceededError, match=r"5\.00"):
            await budget.check(TENANT)

    async def test_given_no_limit_when_checked_then_ledger_is_not_read(self) -> None:
        ledger = Ledger("1000")

        await Budget(ledger, default=None).check(TENANT)

        assert ledger.reads == 0

    async def test_given_a_tenants_own_limit_when_checked_then_it_replaces_the_default(
        self,
    ) -> None:
        async def own(_: UUID) -> Decimal | None:
            return Decimal(1)

        with pytest.raises(LlmBudgetExceededError):
            await Budget(Ledger("2"), default=Decimal(50), limit=own).check(TENANT)

    async def test_given_own_spending_within_the_refresh_when_checked_then_counted_unread(
        self,
    ) -> None:
        ledger = Ledger("0")
        budget = Budget(ledger, default=Decimal(1), now=lambda: MAY)
        await budget.check(TENANT)

        budget.add(TENANT, Decimal(1))

        with pytest.raises(LlmBudgetExceededError):
            await budget.check(TENANT)
        assert ledger.reads == 1

    async def test_given_a_new_month_when_checked_then_counted_from_zero(self) -> None:
        ledger, now = Ledger("9"), [MAY]
        budget = Budget(ledger, default=Decimal(5), now=lambda: now[0])
        with pytest.raises(LlmBudgetExceededError):
            await budget.check(TENANT)

        ledger.total, now[0] = Decimal(0), JUNE
        await budget.check(TENANT)

        assert ledger.since == datetime(2026, 6, 1, tzinfo=UTC)

    async def test_given_unreadable_ledger_when_checked_then_closed_unless_sum_was_known(
        self,
    ) -> None:
        ledger = Ledger("0")
        budget = Budget(ledger, default=Decimal(5), refresh=0)
        await budget.check(TENANT)
        ledger.down = True

        await budget.check(TENANT)
        with pytest.raises(LlmUnavailableError):
            await budget.check(uuid4())


class TestCost:
    @given(sent=st.integers(0, 10**7), made=st.integers(0, 10**6), share=st.floats(0, 1))
    def test_given_any_tokens_when_priced_then_sum_of_exact_parts(
        self, sent: int, made: int, share: float
    ) -> None:
        cached = int(sent * share)
        prices = EndpointSettings(
            model="m", api_key="k", input_price="0.15", cached_input_price="0.075", output_price="0.6"
        )

        cost = cost_usd(prices, Tokens(sent, made, cached))

        uncached = sent - cached
        assert cost * 10**9 == 150 * uncached + 75 * cached + 600 * made

    def test_given_no_cached_price_when_priced_then_as_other_input(self) -> None:
        prices = EndpointSettings(model="m", api_key="k", input_price="1")

        assert cost_usd(prices, Tokens(10, 0, 5)) == Decimal("0.00001")


class TestTokens:
    @pytest.mark.parametrize(("text", "tokens"), [("", 0), ("abcd", 1), ("abcde", 2), ("日本語", 3)])
    def test_given_text_when_estimated_then_by_script(self, text: str, tokens: int) -> None:
        assert estimate_tokens(text) == tokens

    def test_given_estimate_when_made_then_marked(self) -> None:
        assert estimate([Message("user", "abcd")], "abcd") == Tokens(5, 1, 0, estimated=True)

    @pytest.mark.parametrize(
        "usage",
        [
            None,
            SimpleNamespace(),
            SimpleNamespace(prompt_tokens=None, completion_tokens=1),
            SimpleNamespace(prompt_tokens=-1, completion_tokens=1),
        ],
    )
    def test_given_missing_or_invalid_usage_when_read_then_none(self, usage: object) -> None:
        assert reported(usage) is None

    def test_given_more_cached_than_sent_when_read_then_ignored(self) -> None:
        details = SimpleNamespace(cached_tokens=99)
        usage = SimpleNamespace(prompt_tokens=5, completion_tokens=1, prompt_tokens_details=details)

        assert reported(usage) == Tokens(5, 1, 0)


class TestBackoff:
    @given(attempt=st.integers(1, 30), asked=st.none() | st.floats(0, 120))
    def test_given_any_attempt_when_waiting_then_capped_and_never_under_what_was_asked(
        self, attempt: int, asked: float | None
    ) -> None:
        wait = backoff(attempt, retry_after=asked)

        assert wait >= (asked or 0)
        assert wait <= max(asked or 0, min(8.0, 0.25 * 2 ** (attempt - 1)))
