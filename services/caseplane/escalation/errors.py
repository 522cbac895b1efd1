"""Facts of ticketing that a caller can act on."""

from caseplane.core.errors import (
    CaseplaneError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PreconditionFailedError,
    UnauthorizedError,
)


class PreconditionRequiredError(CaseplaneError):
    """A change without `If-Match` could overwrite somebody else's."""

    status, slug, title = 428, "precondition-required", "Send If-Match with the version you saw"


class TicketChangedError(PreconditionFailedError):
    """Somebody changed the ticket since the caller read it."""

    slug, title = "ticket-changed", "The ticket changed in the meantime"


class TicketClosedError(ConflictError):
    """A closed ticket takes no more changes."""

    slug, title = "ticket-closed", "The ticket is closed"


class CannotMergeError(ConflictError):
    """These two tickets cannot become one."""

    slug, title = "cannot-merge", "The tickets cannot be merged"


class TooManyAttachmentsError(ConflictError):
    """The ticket holds as many files as it may."""

    slug, title = "too-many-attachments", "The ticket has as many files as it may have"


class DeliveryStateError(ConflictError):
    """Only a dead delivery can be driven again."""

    slug, title = "delivery-not-dead", "The delivery is not dead"


class ConnectionNameTakenError(ConflictError):
    """Another connection of the tenant has this name."""

    slug, title = "connector-name-taken", "Another connector has this name"


class TargetRefusedError(InvalidInputError):
    """The address of a desk is one that we do not call."""

    slug, title = "target-refused", "This address is not called"


class HookNotFoundError(NotFoundError):
    """No connector listens at this endpoint."""

    slug, title = "hook-not-found", "No connector listens here"


class HookSignatureError(UnauthorizedError):
    """The webhook does not prove who sent it, or is too old."""

    slug, title = "hook-signature", "The webhook's signature does not hold"

    @property
    def headers(self) -> dict[str, str]:
        return {}


class InboundRejectedError(InvalidInputError):
    """A desk's update that cannot be applied, however often it is sent."""

    slug, title = "inbound-rejected", "The update cannot be applied"
