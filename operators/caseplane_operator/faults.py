"""Turns errors into faults. Whether waiting helps is decided here, by error class and problem type."""

from dataclasses import replace

from pydantic import ValidationError

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.kubernetes import ConflictError, ForbiddenError, GoneError, KubernetesError
from caseplane_operator.kubernetes import UnavailableError as KubernetesUnavailableError
from caseplane_operator.names import RELEASE
from caseplane_operator.platform import PlatformError, PlatformRefusedError, PlatformUnreachableError

REASONS = {"issuer-taken": Reason.IssuerTaken, "name-taken": Reason.NameTaken}
TRANSIENT = frozenset(["precondition-failed", "connector-changed", "tenant-suspended", "tenant-erased"])
"""Refusals that the next pass resolves: something else wrote in between, or a cache of the platform is stale."""


class FaultError(Exception):
    """A fault that stops a pass."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


KNOWN_ERRORS = (KubernetesError, PlatformError, ValidationError, FaultError)


def fault_of(exc: Exception, *, refused_as: Reason = Reason.PlatformRefused) -> Fault:
    """The fault that an error amounts to.

    Args:
        exc: one of `KNOWN_ERRORS`.
        refused_as: the reason of a refusal by the platform.
    """
    match exc:
        case FaultError():
            return exc.fault
        case PlatformUnreachableError():
            return Fault(Reason.PlatformUnreachable, str(exc), retry_after=exc.retry_after)
        case PlatformRefusedError():
            return _refusal(exc, refused_as)
        case ForbiddenError():
            # Not lasting: an API server that has just started forbids everything for a moment.
            hint = "Add the namespace to the chart's operator.secretNamespaces."
            return Fault(Reason.Forbidden, f"{exc} {hint}")
        case ConflictError() | KubernetesUnavailableError() | GoneError():
            return Fault(Reason.KubernetesUnavailable, str(exc))
        case ValidationError():
            where = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors()[:3])
            return Fault(Reason.InvalidSpec, f"The spec is invalid for this version: {where}.", lasting=True)
        case _:
            return Fault(Reason.KubernetesUnavailable, str(exc), lasting=True)


def _refusal(exc: PlatformRefusedError, refused_as: Reason) -> Fault:
    if exc.status == 401 or exc.problem == "forbidden":
        return Fault(Reason.CredentialRefused, f"The platform refused the credential: {exc}", lasting=True)
    if exc.problem in TRANSIENT:
        return Fault(Reason.Reconciling, f"The platform is changing state: {exc}")
    return Fault(
        REASONS.get(exc.problem, refused_as), f"The platform refused the change: {exc}", lasting=True
    )


def with_release_hint(fault: Fault) -> Fault:
    """The same fault for a resource that is being deleted, with the way to delete it regardless."""
    hint = f"To delete the resource regardless: kubectl annotate … {RELEASE}=true"
    return replace(fault, message=f"{fault.message} {hint}")
