"""The form of an API key, and what is stored of one.

A key is 256 random bits, so a plain SHA-256 is enough to store: a slow hash would protect only against guessing,
and nothing here can be guessed.
"""

import hashlib
import re
import secrets

FORM = re.compile(r"cpk_[A-Za-z0-9_-]{43}")
PREFIX_LENGTH = 12


def new_secret() -> str:
    return f"cpk_{secrets.token_urlsafe(32)}"


def secret_hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
