"""Bytes to characters: marks, declared and guessed charsets, and characters no text should hold.

What comes out can be stored in Postgres (no NUL) and shown to a person or a model without
characters that hide text from one of them.
"""

import codecs
import re

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 256 * 1024
# Controls but tab and newline; directional overrides and tag characters, which can make a person
# and a model read different words; the byte order mark and noncharacters, meaningless inside a text.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufdd0-\ufdef\U000e0000-\U000e007f]"
)
_WESTERN = frozenset(
    "ÄÖÜäöüßÀÂÆÇÈÉÊËÎÏÔŒÙÛŸàâæçèéêëîïôœùûÿÁÍÑÓÚáíñóúÌÒìòãõÃÕåÅøØ"
    "\u20ac\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2026\u2022\u2122\u00a0\u00ad£§©®°±²³µ·½¼¾«»¿¡ªº\u00b4\u00d7"
)
_CAPITAL_INSIDE = re.compile("[a-zß-öø-ÿ][À-ÖØ-Þ]")
_BREAKS = re.compile("\r\n?|[\x0c\x85\u2028\u2029]")


class NotTextError(ValueError):
    """The bytes are not text."""


class UnknownCharsetError(ValueError):
    """They are text in no charset known here."""


def clean(text: str) -> str:
    """Give every line one kind of ending and drop characters that are not text."""
    return _UNWANTED.sub("", _BREAKS.sub("\n", text)).replace("\u00ad", "")


def decode(data: bytes, *, declared: str | None = None) -> tuple[str, str]:
    """Read bytes as text, whatever their charset.

    Args:
        data: the file.
        declared: a charset the file or its sender names; used if the bytes fit it.

    Returns:
        Clean text, and the name of the charset used.

    Raises:
        NotTextError
        UnknownCharsetError
    """
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return clean(data[len(mark) :].decode(charset, "replace")), charset
    wide = _wide_charset(data)
    if wide:
        return clean(data.decode(wide, "replace")), wide
    _refuse_binary(data)
    for charset in filter(None, ("utf-8", declared)):
        try:
            return clean(data.decode(charset)), charset.lower()
        except (UnicodeDecodeError, LookupError):
            continue
    return _guess(data)


def _guess(data: bytes) -> tuple[str, str]:
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    kept = len(text) - lost - len(data.decode("ascii", "ignore"))
    if kept >= 4 * lost:  # UTF-8 with a few broken bytes, not another charset
        return clean(text), "utf-8"
    western = _western(data)
    if western is not None:
        return clean(western), "cp1252"
    best = from_bytes(data[:_SAMPLE], steps=10).best()
    if best is None:
        raise UnknownCharsetError("The text is in no known character set.")
    return clean(data.decode(best.encoding, "replace")), best.encoding


def _western(data: bytes) -> str | None:
    """Windows text of Western Europe; a guess from a few accents takes it for that of some other region."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    marks = {character for character in text if ord(character) > 127}
    return text if marks <= _WESTERN and not _CAPITAL_INSIDE.search(text) else None


def _wide_charset(data: bytes) -> str | None:
    """UTF-16 without its mark: Western text has a NUL in every other byte."""
    sample = data[:4096]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0) / len(sample) * 2, sample[1::2].count(0) / len(sample) * 2
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    if even > 0.4 and odd < 0.05:
        return "utf-16-be"
    return None


def _refuse_binary(data: bytes) -> None:
    sample = data[:8192]
    odd = sum(sample.count(b) for b in (*range(9), *range(14, 27), *range(28, 32)))
    if sample and odd / len(sample) > 0.1:
        raise NotTextError("The file is binary, of no format that is read here.")
