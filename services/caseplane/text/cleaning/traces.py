"""Pasted logs and stack traces: of each, only the error's own lines stay."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from itertools import groupby

FEWEST = 3
"""Lines that make a log; one or two are part of the sentence around them."""
MOST_ERRORS = 3
LONGEST_ERROR = 300

_FRAME = re.compile(
    r'\s*File ".{1,400}", line \d+'  # Python
    r"|Traceback \(most recent call last\)|During handling of the above exception|The above exception was"
    r"|\s*at [\w.$<>/@-]+\([^()]*\)\s*$|\s*\.\.\. \d+ (?:more|common frames)"  # Java
    r"|\s+at .{1,300}:\d+(?::\d+)?\)?\s*$|\s+at (?:async )?[\w.<>$ ]+ \(.{1,300}\)\s*$"  # JavaScript
    r"|\s+at .{1,300} in .{1,300}:line \d+|\s*--- End of (?:inner exception )?stack trace"  # .NET
    r"|goroutine \d+ \[|\t\S+\.go:\d+|[\w./*()]{1,200}\((?:0x[0-9a-f, x.]+)?\)\s*$|exit status \d+"  # Go
    r"|#\d+ +\S|\s*from \S+:\d+:in |\s*\S+\.rb:\d+:in |\s+\d+: +[\w<:&]+(?:::|$)"  # PHP, Ruby, Rust
)
_STAMPED = re.compile(
    r"\s*[\[(<]?(?:\d{4}[-/]\d\d[-/]\d\d[T ,]+)?\d{1,2}:\d\d:\d\d\b|\s*\[?\d{4}-\d\d-\d\dT\d\d:\d\d"
    r"|\s*(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2} \d\d:\d\d:\d\d"
    r"|\s*\[(?:\d{1,2}/\w{3}/\d{4}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3})|\S+ - \S+ \[\d{1,2}/\w{3}/\d{4}"
    r"|\s*\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE)\b\]?[: ]+\S"
)
_PREFIX = re.compile(
    r"^.{0,120}?\b(?:ERROR|FATAL|CRITICAL|SEVERE|EMERG|ALERT|PANIC)\b\]?:?\s*(?:\[[^\]]{0,80}\]\s*)*"
    r"(?:[\w.$/-]{1,80}(?: -|:) +)?"
)
_SERIOUS = re.compile(r"\b(?:ERROR|FATAL|CRITICAL|SEVERE|EMERG|PANIC)\b")
_ERROR = re.compile(
    r"(?:Caused by: |panic: |fatal error: |Uncaught |Unhandled (?:exception[.:] )?|Exception in thread \S+ |PHP Fatal error: )?"
    r"(?:[\w$]+(?:\.|::|\\))*[A-Z]\w*(?:Error|Exception|Warning|Fault|Timeout|Failure|Interrupt|Exit)\b"
    r"|Caused by: \S|panic: \S|fatal error: \S|npm ERR! \S|error\[E\d+\]"
)
_RAISED = re.compile(r"[A-Za-z_][\w.]*(?:: .*)?$")


class _Kind(Enum):
    frame = auto()
    stamped = auto()
    error = auto()
    empty = auto()
    prose = auto()


def without_traces(text: str) -> str:
    """The text with each log or stack trace reduced to the type and message of its errors."""
    lines = text.split("\n")
    if len(lines) < FEWEST:
        return text
    kinds = list(_kinds(lines))
    return "\n".join(_kept(zip(kinds, lines, strict=True)))


def _kinds(lines: list[str]) -> Iterator[_Kind]:
    """What each line is, which depends on the line before it."""
    before = _Kind.prose
    for line in lines:
        before = _kind(line, before)
        yield before


def _kind(line: str, before: _Kind) -> _Kind:
    if not line.strip():
        return _Kind.empty
    if _FRAME.match(line):
        return _Kind.frame
    if _STAMPED.match(line):
        return _Kind.stamped
    if _ERROR.match(line) or (before is _Kind.frame and not line[0].isspace() and _RAISED.match(line)):
        return _Kind.error
    inside = before in (_Kind.frame, _Kind.stamped, _Kind.error) and line[0].isspace()
    return _Kind.frame if inside else _Kind.prose


def _kept(lines: Iterable[tuple[_Kind, str]]) -> Iterator[str]:
    for machine, run in groupby(_runs(list(lines)), key=lambda each: each[0]):
        block = [(kind, line) for _, kind, line in run]
        told = [kind for kind, _ in block if kind is not _Kind.empty]
        # Errors alone are what a person typed or already chose.
        if machine and len(told) >= FEWEST and set(told) != {_Kind.error}:
            yield from _errors(block)
        else:
            yield from (line for _, line in block)


def _runs(lines: list[tuple[_Kind, str]]) -> Iterator[tuple[bool, _Kind, str]]:
    """Each line, and whether it belongs to a run of a machine's lines; an empty one does if the next does."""
    machine = False
    for at, (kind, line) in enumerate(lines):
        if kind is _Kind.empty:
            following = next((k for k, _ in lines[at + 1 : at + 4] if k is not _Kind.empty), _Kind.prose)
            yield machine and following is not _Kind.prose, kind, line
        else:
            machine = kind is not _Kind.prose
            yield machine, kind, line


def _errors(block: list[tuple[_Kind, str]]) -> Iterator[str]:
    """What the errors of a block say, each once: the first, and those nearest to the cause."""
    said = [line.strip() for kind, line in block if kind is _Kind.error]
    said += [
        _PREFIX.sub("", line).strip()
        for kind, line in block
        if kind is _Kind.stamped and _SERIOUS.search(line)
    ]
    said = [line[:LONGEST_ERROR] for line in dict.fromkeys(said) if line]
    chosen = said if len(said) <= MOST_ERRORS else [said[0], *said[1 - MOST_ERRORS :]]
    yield from chosen
    if len(block) > 1 and block[-1][0] is _Kind.empty:
        yield ""
