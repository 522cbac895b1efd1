"""What makes two texts count as one: the same words, whatever their numbers, case and punctuation."""

import hashlib
import re

_NUMBER = re.compile(r"\d+")
_BETWEEN = re.compile(r"[\W_]+")
_CHARS = 4_000


def sameness(text: str) -> bytes:
    """A key that texts have in common if they differ in numbers, case, spaces and punctuation alone.

    Mails that a machine writes from a template are then one text with many copies.
    """
    plain = _BETWEEN.sub(" ", _NUMBER.sub("0", text[:_CHARS].casefold())).strip()
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=16).digest()
