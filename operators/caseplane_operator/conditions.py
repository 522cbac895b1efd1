"""Conditions and their reasons, as `kubectl describe` shows them and as alerts and other programs read them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LONGEST_MESSAGE = 2_000


class Reason(StrEnum):
    """Why a condition has its status. Names are permanent: programs compare them."""

    Provisioned = "Provisioned"
    """The platform matches the spec."""
    Reconciling = "Reconciling"
    """The operator is still making changes."""
    Suspended = "Suspended"
    """The spec suspends the tenant."""
    Deleting = "Deleting"
    """The resource is being deleted, and the platform has not finished yet."""
    Erasing = "Erasing"
    """The platform is still erasing an earlier tenant of this name."""
    PlatformUnreachable = "PlatformUnreachable"
    """The platform did not answer, or its answer was unusable; the operator tries again."""
    PlatformRefused = "PlatformRefused"
    """The platform refused something in the spec."""
    CredentialRefused = "CredentialRefused"
    """The platform refused the operator's own key."""
    KubernetesUnavailable = "KubernetesUnavailable"
    """The API server did not answer; the operator tries again."""
    Forbidden = "Forbidden"
    """The operator's role does not allow it: a namespace is missing in operator.secretNamespaces."""
    InvalidSpec = "InvalidSpec"
    """The spec was stored under an older definition and is invalid for this version."""
    KeySecretTaken = "KeySecretTaken"
    """A Secret that the operator did not make has the name of the key's Secret."""
    ConnectorSecretMissing = "ConnectorSecretMissing"
    """The Secret does not exist, or lacks the key."""
    ConnectorSecretNotOffered = "ConnectorSecretNotOffered"
    """The Secret lacks the label by which its owner consents."""
    ConnectorRefused = "ConnectorRefused"
    """The platform refused the connector's address, settings or secret."""
    IssuerTaken = "IssuerTaken"
    """Another tenant has registered the issuer."""
    NameTaken = "NameTaken"
    """The name is in use in the platform."""
    SourceTaken = "SourceTaken"
    """The knowledge base has a source of this name and another kind that the operator did not make."""
    TenantNotAvailable = "TenantNotAvailable"
    """No Tenant of this name admits this namespace."""
    TenantNotReady = "TenantNotReady"
    """The Tenant has no key yet, or is suspended."""
    PrefixTaken = "PrefixTaken"
    """An older KnowledgeBase of the tenant indexes the same files."""
    Syncing = "Syncing"
    """Files are being indexed."""
    SourceWaiting = "SourceWaiting"
    """A source has never been synchronised, because its schedule is suspended."""
    DocumentsFailed = "DocumentsFailed"
    """Some files could not be indexed."""
    AsExpected = "AsExpected"
    """Nothing requires a person."""


@dataclass(frozen=True)
class Fault:
    """Something that keeps the resource from matching its spec.

    Attributes:
        reason: for programs.
        message: for people, with what to do.
        lasting: waiting does not help; a person must change something.
        retry_after: seconds that the platform asked to wait.
    """

    reason: Reason
    message: str
    lasting: bool = False
    retry_after: float | None = None


@dataclass(frozen=True)
class Condition:
    """One entry of `status.conditions`."""

    type: str
    status: str
    reason: Reason
    message: str = ""


def condition(kind: str, value: bool | None, reason: Reason, message: str = "") -> Condition:
    """A condition that is true, false, or, for None, unknown."""
    return Condition(kind, {True: "True", False: "False", None: "Unknown"}[value], reason, message)


def failing(kind: str, faults: Sequence[Fault], *, unknown: bool = False) -> Condition:
    """A condition that does not hold because of the first fault, or, without one, does not hold yet."""
    first = faults[0] if faults else Fault(Reason.Reconciling, "")
    return condition(kind, None if unknown else False, first.reason, first.message)


def degraded(faults: Sequence[Fault]) -> Condition:
    """Whether something requires a person, or would if it lasted: the first fault's reason, and every message."""
    if not faults:
        return condition("Degraded", False, Reason.AsExpected)
    return condition("Degraded", True, faults[0].reason, " ".join(fault.message for fault in faults))


def is_true(status: dict[str, Any] | None, kind: str) -> bool:
    """Whether a stored status has the condition with the value True."""
    found = (status or {}).get("conditions") or []
    return any(each["type"] == kind and each["status"] == "True" for each in found)


def merge(
    before: Iterable[dict[str, Any]], conditions: Iterable[Condition], *, generation: int, now: str
) -> list[dict[str, Any]]:
    """Conditions as stored; `lastTransitionTime` moves only when `status` does."""
    known = {c["type"]: c for c in before if "type" in c}
    merged = []
    for each in conditions:
        old = known.get(each.type, {})
        same = old.get("status") == each.status and old.get("lastTransitionTime")
        merged.append(
            {
                "type": each.type,
                "status": each.status,
                "reason": str(each.reason),
                "message": each.message[:LONGEST_MESSAGE],
                "observedGeneration": generation,
                "lastTransitionTime": old["lastTransitionTime"] if same else now,
            }
        )
    return merged
