"""What a caller of the public edge can act on."""

from caseplane.core.errors import (
    CaseplaneError,
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    UnauthorizedError,
    UnavailableError,
)


class MalformedRequestError(CaseplaneError):
    """The request line or a header cannot be taken at its word."""

    status, slug, title = 400, "malformed-request", "The request cannot be understood"


class CredentialRefusedError(UnauthorizedError):
    """A credential came along, but does not hold."""

    slug, title = "credential-refused", "The credential is not accepted"

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="caseplane", error="invalid_token"'}


class CredentialChangedError(UnauthorizedError):
    """The credential holds, but is worth something else than when the request began."""

    slug, title = "credential-changed", "The credential's rights have changed; send the request again"


class TenantSuspendedError(ForbiddenError):
    """The tenant exists, and nothing of it may be used at present."""

    slug, title = "tenant-suspended", "The tenant is suspended"


class ScopeMissingError(ForbiddenError):
    """The key is narrowed to scopes that do not cover this request."""

    slug, title = "scope-missing", "The key's scopes do not cover this request"


class ServiceUnreachableError(UnavailableError):
    """The service that owns the route does not answer; a retry is sensible."""

    slug, title = "service-unreachable", "The service that answers this is not reachable"


class ServiceTimeoutError(CaseplaneError):
    """The service took longer than a setting allows; whether it did the work is not known."""

    status, slug, title = 504, "service-timeout", "The service did not answer in time"


class KeyReusedError(InvalidInputError):
    """An `Idempotency-Key` names one request and cannot stand for another."""

    slug, title = "idempotency-key-reused", "The Idempotency-Key was used for a different request"


class KeyInUseError(ConflictError):
    """The first request with this `Idempotency-Key` is still being answered."""

    slug, title = "idempotency-key-in-use", "The request with this Idempotency-Key is still running"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class AnswerNotKeptError(ConflictError):
    """The request was done, and its answer held a secret that is shown once."""

    slug, title = "answer-not-kept", "The request was already done and its answer is not shown twice"


class CodeUsedError(UnauthorizedError):
    """A one-time code that signs nobody in any more."""

    slug, title = "sign-in-code-used", "This sign-in link was used or has expired"


class SignInFailedError(ForbiddenError):
    """The identity provider signed nobody in, or not in a way that we can take at its word."""

    slug, title = "sign-in-failed", "The sign-in did not work"


class ForeignPageError(ForbiddenError):
    """Another site's page asked for what only our own pages may."""

    slug, title = "foreign-page", "Only pages of this site may ask for this"


class OriginRefusedError(ForbiddenError):
    """A chat on a page whose origin the tenant does not allow."""

    slug, title = "origin-refused", "The chat is not allowed on this page"
