"""Identifiers are UUIDv7 (RFC 9562), so that indexes on ids are also ordered by time."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    return uuid_utils.compat.uuid7()
