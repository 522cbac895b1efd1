"""Conditions and their reasons: what `kubectl describe` says, and what alerts and other programs read."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LONGEST_MESSAGE = 2_000


class Reason(StrEnum):
    """Why a condition is as it is. Names are permanent: programs compare them."""

    Provisioned = "Provisioned"
    """Everything is as the spec says."""
    Reconciling = "Reconciling"
    """Being worked on for the first time."""
    Suspended = "Suspended"
    """The spec says so."""
    Deleting = "Deleting"
    """The resource is being deleted, and the platform has not finished yet."""
    Erasing = "Erasing"
    """The platform still erases an earlier tenant of this name."""
    PlatformUnreachable = "PlatformUnreachable"
    """No answer, or none that means anything; it is tried again."""
    PlatformRefused = "PlatformRefused"
    """The platform does not accept something of the spec."""
    CredentialRefused = "CredentialRefused"
    """The platform does not accept the operator's own key."""
    KubernetesUnavailable = "KubernetesUnavailable"
    """The API server did not answer; it is tried again."""
    Forbidden = "Forbidden"
    """The operator's role does not allow it: a namespace is missing in operator.secretNamespaces."""
    InvalidSpec = "InvalidSpec"
    """The spec came past an older definition and means nothing to this version."""
    KeySecretTaken = "KeySecretTaken"
    """The Secret of the key's name is somebody else's."""
    ConnectorSecretMissing = "ConnectorSecretMissing"
    """There is no such Secret, or no such key in it."""
    ConnectorSecretNotOffered = "ConnectorSecretNotOffered"
    """The Secret does not carry the label by which its owner agrees."""
    ConnectorRefused = "ConnectorRefused"
    """The platform does not accept the connector's address, settings or secret."""
    IssuerTaken = "IssuerTaken"
    """The issuer is another tenant's."""
    NameTaken = "NameTaken"
    """Something else of the platform has the name."""
    SourceTaken = "SourceTaken"
    """A source of this name was made by somebody else, of another kind."""
    TenantNotAvailable = "TenantNotAvailable"
    """There is no such Tenant that admits this namespace."""
    TenantNotReady = "TenantNotReady"
    """The Tenant has no key yet, or is suspended."""
    PrefixTaken = "PrefixTaken"
    """An older KnowledgeBase of the tenant indexes the same files."""
    Syncing = "Syncing"
    """Files are being read."""
    SourceWaiting = "SourceWaiting"
    """A source has never been read: its schedule is suspended."""
    DocumentsFailed = "DocumentsFailed"
    """Some files could not be indexed."""
    AsExpected = "AsExpected"
    """Nothing needs a person."""


@dataclass(frozen=True)
class Fault:
    """Something that keeps the resource from being as its spec says.

    Attributes:
        reason: for programs.
        message: for people, and what to do.
        lasting: waiting does not help; a person must change something.
        retry_after: seconds that were asked for, where something said so.
    """

    reason: Reason
    message: str
    lasting: bool = False
    retry_after: float | None = None


@dataclass(frozen=True)
class Condition:
    """One line of the status."""

    type: str
    status: str
    reason: Reason
    message: str = ""


def holds(kind: str, value: bool | None, reason: Reason, message: str = "") -> Condition:
    """A condition that is true, false, or, where None is given, unknown."""
    return Condition(kind, {True: "True", False: "False", None: "Unknown"}[value], reason, message)


def merge(
    before: Iterable[dict[str, Any]], conditions: Iterable[Condition], *, generation: int, now: str
) -> list[dict[str, Any]]:
    """Conditions as stored; `lastTransitionTime` moves only where `status` does."""
    known = {c["type"]: c for c in before if "type" in c}
    merged = []
    for condition in conditions:
        old = known.get(condition.type, {})
        same = old.get("status") == condition.status and old.get("lastTransitionTime")
        merged.append(
            {
                "type": condition.type,
                "status": condition.status,
                "reason": str(condition.reason),
                "message": condition.message[:LONGEST_MESSAGE],
                "observedGeneration": generation,
                "lastTransitionTime": old["lastTransitionTime"] if same else now,
            }
        )
    return merged


def degraded(faults: Iterable[Fault]) -> Condition:
    """Whether something needs a person, or would if it went on: the first fault names it, all are told."""
    found = list(faults)
    if not found:
        return holds("Degraded", False, Reason.AsExpected)
    return holds("Degraded", True, found[0].reason, " ".join(f.message for f in found))
