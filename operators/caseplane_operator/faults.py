"""From what went wrong to what is said about it. Whether waiting helps is decided here, by class and problem type."""

from pydantic import ValidationError

from caseplane_operator import kubernetes, platform
from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.names import RELEASE

BY_PROBLEM = {"issuer-taken": Reason.IssuerTaken, "name-taken": Reason.NameTaken}
PASSING = frozenset(["precondition-failed", "connector-changed", "tenant-suspended", "tenant-erased"])
"""Refusals that another look answers: somebody else wrote in between, or a cache still remembers the past."""
Known = (kubernetes.KubernetesError, platform.PlatformError, ValidationError)


class FaultError(Exception):
    """A fault that stops a pass over a resource."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def fault_of(exc: Exception, *, refused: Reason = Reason.PlatformRefused) -> Fault:
    """The fault that an error is.

    Args:
        exc: one of `Known`, or a `FaultError`.
        refused: what a refusal by the platform means at this place.
    """
    match exc:
        case FaultError():
            return exc.fault
        case platform.PlatformUnreachableError():
            return Fault(Reason.PlatformUnreachable, str(exc), retry_after=exc.retry_after)
        case platform.PlatformRefusedError():
            return _refusal(exc, refused)
        case kubernetes.ForbiddenError():
            # Not lasting: an API server that has just started forbids everything for a moment.
            return Fault(
                Reason.Forbidden, f"{exc} Add the namespace to the chart's operator.secretNamespaces."
            )
        case kubernetes.ConflictError() | kubernetes.UnavailableError() | kubernetes.GoneError():
            return Fault(Reason.KubernetesUnavailable, str(exc))
        case ValidationError():
            where = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors()[:3])
            return Fault(
                Reason.InvalidSpec, f"The resource means nothing to this version: {where}.", lasting=True
            )
        case _:
            return Fault(Reason.KubernetesUnavailable, str(exc), lasting=True)


def _refusal(exc: platform.PlatformRefusedError, refused: Reason) -> Fault:
    if exc.status == 401 or exc.problem == "forbidden":
        return Fault(
            Reason.CredentialRefused, f"The platform does not accept the credential: {exc}", lasting=True
        )
    if exc.problem in PASSING:
        return Fault(Reason.Reconciling, f"The platform is between two states: {exc}")
    reason = BY_PROBLEM.get(exc.problem, refused)
    return Fault(reason, f"The platform refuses it: {exc}", lasting=True)


def held(fault: Fault) -> Fault:
    """The same fault of a resource that is being deleted, with the way out."""
    hint = f"To let it go as it is: kubectl annotate … {RELEASE}=true"
    return Fault(
        fault.reason, f"{fault.message} {hint}", lasting=fault.lasting, retry_after=fault.retry_after
    )
