"""Titles that programs write into files by themselves, and what to call a document instead."""

import re
from pathlib import PurePosixPath

_BY_PROGRAMS = re.compile(
    r"microsoft (?:word|excel|powerpoint)\b.*|(?:un(?:titled|named|benannt)|ohne titel|sans titre|sin título"
    r"|senza titolo|sem título|untitled document|title|titel|titre|título|titolo|unknown|none|null)[\s\d-]*"
    r"|(?:document|dokument|documento|book|mappe|classeur|libro|cartel|workbook|tabelle|slide|layout|page|scan"
    r"|presentation|präsentation|powerpoint[ -]presentation|full page (?:photo|fax print)|print|blank)[\s\d_-]*"
    r"|\(?anonymous\)?|about:blank|(?:https?://|localhost[:/])\S*|[\W\d_]*",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(
    r"\S*[\\/]\S*\.\w{2,5}|.{0,200}\.(?:docx?|xlsx?|pptx?|odt|ods|rtf|pdf|indd|qxp|qxd|tex|dvi|ps|pub|fm|book|pages|txt|html?|md|wpd)",
    re.IGNORECASE,
)
_LONGEST = 300


def sensible_title(title: str) -> str:
    """A title that a person gave; empty where a program made it up."""
    flat = " ".join(title.split())[:_LONGEST]
    return "" if _BY_PROGRAMS.fullmatch(flat) or _FILE_NAME.fullmatch(flat) else flat


def title_of_name(name: str) -> str:
    """A document without any title is called by the name of its file."""
    stem = PurePosixPath(name).stem
    return " ".join(re.sub(r"[_]+|%20", " ", stem).split()) or name
