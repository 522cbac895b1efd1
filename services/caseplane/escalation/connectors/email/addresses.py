"""Addresses of an account: its own, and those to which the answers of one thread go.

A reply address is `LOCAL+TOKEN@DOMAIN`. The token is the thread's id and a mark by which only we could have made it; it
has small letters and digits only, since servers change the case of local parts.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

MARK_BYTES = 10
TOKEN_LENGTH = 42
LONGEST_LOCAL = 64
"""Characters of a local part (RFC 5321)."""


@dataclass(frozen=True)
class OwnAddress:
    """An account's address.

    Attributes:
        address: in lower case.
        key: that marks its reply addresses.
        separator: between the local part and what comes after it; empty where the server knows no such parts.
    """

    address: str
    key: bytes
    separator: str = "+"

    @property
    def _parts(self) -> tuple[str, str]:
        local, _, domain = self.address.rpartition("@")
        return local, domain

    def reply_address(self, thread_id: UUID) -> str:
        """Where answers of a thread go."""
        if not self.separator:
            return self.address
        local, domain = self._parts
        return f"{local}{self.separator}{self._token(thread_id)}@{domain}"

    def is_own(self, address: str) -> bool:
        return address == self.address or self._after(address) is not None

    def thread_of(self, address: str) -> UUID | None:
        """The thread of a reply address; None if we did not make it."""
        token = self._after(address)
        if token is None or len(token) != TOKEN_LENGTH:
            return None
        try:
            found = UUID(bytes=_decode(token)[:16])
        except (binascii.Error, ValueError):
            return None
        return found if hmac.compare_digest(self._token(found), token) else None

    def _after(self, address: str) -> str | None:
        local, domain = self._parts
        start, end = f"{local}{self.separator}", f"@{domain}"
        if not self.separator or not (address.startswith(start) and address.endswith(end)):
            return None
        return address[len(start) : -len(end)]

    def _token(self, thread_id: UUID) -> str:
        mark = hmac.digest(self.key, b"reply address " + thread_id.bytes, hashlib.sha256)[:MARK_BYTES]
        return base64.b32encode(thread_id.bytes + mark).decode().rstrip("=").lower()


def fits(address: str, separator: str) -> bool:
    """Whether reply addresses are not too long for mail servers."""
    return not separator or len(address.rpartition("@")[0]) + len(separator) + TOKEN_LENGTH <= LONGEST_LOCAL


def _decode(token: str) -> bytes:
    return base64.b32decode(token.upper() + "=" * (-len(token) % 8))
