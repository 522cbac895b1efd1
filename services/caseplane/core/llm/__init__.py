"""Language models by role: one interface over OpenAI-compatible servers and three clouds."""

from caseplane.core.llm.budget import Budget
from caseplane.core.llm.client import Llm, build_llm
from caseplane.core.llm.errors import (
    LlmBadOutputError,
    LlmBudgetExceededError,
    LlmCircuitOpenError,
    LlmError,
    LlmMisconfiguredError,
    LlmPromptTooLongError,
    LlmRateLimitedError,
    LlmRefusedError,
    LlmTimeoutError,
    LlmTransientError,
    LlmUnavailableError,
)
from caseplane.core.llm.ledger import SqlUsageLedger
from caseplane.core.llm.messages import CallAccount, Message
from caseplane.core.llm.settings import EndpointSettings, LlmProvider, LlmRole, LlmSettings
from caseplane.core.llm.tenant_budget import TenantBudgets
from caseplane.core.llm.usage import CallOutcome, SpendLedger, UsageRecord, UsageRecorder

__all__ = [
    "Budget",
    "CallAccount",
    "CallOutcome",
    "EndpointSettings",
    "Llm",
    "LlmBadOutputError",
    "LlmBudgetExceededError",
    "LlmCircuitOpenError",
    "LlmError",
    "LlmMisconfiguredError",
    "LlmPromptTooLongError",
    "LlmProvider",
    "LlmRateLimitedError",
    "LlmRefusedError",
    "LlmRole",
    "LlmSettings",
    "LlmTimeoutError",
    "LlmTransientError",
    "LlmUnavailableError",
    "Message",
    "SpendLedger",
    "SqlUsageLedger",
    "TenantBudgets",
    "UsageRecord",
    "UsageRecorder",
    "build_llm",
]
