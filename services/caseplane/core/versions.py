"""`ETag` and `If-Match` (RFC 9110, 13.1.1), for the whole API.

If the header is optional, a change without it applies to any version. An invalid header gives 400, another version
412, and a missing header 428 if the route requires it.
"""

import re
from collections.abc import Collection
from typing import Annotated, TypeAlias

from fastapi import Depends, Header

from caseplane.core.errors import CaseplaneError, PreconditionFailedError

_TAG = re.compile(r'(?:W/)?"(\d{1,9})"|(\d{1,9})')


class MalformedVersionError(CaseplaneError):
    """`If-Match` holds no ETag of this API."""

    status, slug, title = 400, "malformed-if-match", "If-Match cannot be understood"


class PreconditionRequiredError(CaseplaneError):
    """The change needs `If-Match`, so that it does not overwrite another's."""

    status, slug, title = 428, "precondition-required", "Send If-Match with the version you saw"


def etag(version: int) -> dict[str, str]:
    """The header that names a version."""
    return {"ETag": f'"{version}"'}


def versions_seen(
    if_match: Annotated[str | None, Header(description="The ETag of what was read", examples=['"3"'])] = None,
) -> frozenset[int] | None:
    """The versions that the caller accepts; None for any (no header, or `*`)."""
    if if_match is None or if_match.strip() == "*":
        return None
    matches = [_TAG.fullmatch(tag.strip()) for tag in if_match.split(",")]
    if not all(matches):
        raise MalformedVersionError('If-Match must be an ETag that was read, such as "3", or *.')
    return frozenset(int(match[1] or match[2]) for match in matches if match)


def versions_required(
    seen: Annotated[frozenset[int] | None, Depends(versions_seen)],
    if_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> frozenset[int] | None:
    """Like `versions_seen`, for routes that refuse a change without the header."""
    if if_match is None:
        raise PreconditionRequiredError(
            'Read it first, and send its ETag, such as "3", in the header If-Match; * changes any version.'
        )
    return seen


SeenVersions: TypeAlias = Annotated[frozenset[int] | None, Depends(versions_seen)]
RequiredVersions: TypeAlias = Annotated[frozenset[int] | None, Depends(versions_required)]


def check_version(
    current: int,
    seen: Collection[int] | None,
    *,
    noun: str,
    error: type[PreconditionFailedError] = PreconditionFailedError,
) -> None:
    """Refuse a change to a version that is not the current one.

    Raises:
        PreconditionFailedError: of the class `error`.
    """
    if seen is not None and current not in seen:
        raise error(
            f"The {noun} is at version {current} now. Read it again, and decide anew.", version=current
        )
