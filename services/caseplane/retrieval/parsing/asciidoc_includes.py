"""Files that AsciiDoc includes, pages that it names, and attributes that its project defines, where the source has them."""

import re
from collections.abc import Iterator

from caseplane.retrieval.parsing.siblings import Siblings

_INCLUDE = re.compile(r"^include::([^\[]+)\[(.*)\]\s*$")
_OPTION = re.compile(r"(\w+)=(?:\"([^\"]*)\"|([^,]*))")
_TAG = re.compile(r"\b(tag|end)::([\w.-]+)\[\]")
_SECTION = re.compile(r"^(=+)(?=\s+\S)")
_XREF = re.compile(r"\bxref:([^\s\[#]+)(#[^\s\[]*)?\[([^\]]*)\]")
_ATTRIBUTE = re.compile(r"(?<!\\)\{([a-zA-Z0-9][\w-]*)\}")
_SELECTING = frozenset({"lines", "tag", "tags"})
_DEEPEST = 8
_MOST_LINES = 200_000


def assembled(text: str, siblings: Siblings) -> str:
    """A page with what it includes, its project's attributes, and links to the pages that it names.

    An include that the source does not have stays, and is reported by the reader of the page.
    """
    lines: list[str] = []
    for line in _included(text.split("\n"), siblings, siblings.path, 0):
        lines.append(_linked(_ATTRIBUTE.sub(lambda m: _value(m, siblings.attributes), line), siblings))
        if len(lines) >= _MOST_LINES:
            break
    return "\n".join(lines)


def _included(lines: list[str], siblings: Siblings, path: str, depth: int) -> Iterator[str]:
    for line in lines:
        include = _INCLUDE.match(line)
        target = _ATTRIBUTE.sub(lambda m: _value(m, siblings.attributes), include[1]) if include else ""
        found = siblings.include(target, base=path) if include and depth < _DEEPEST else None
        if include is None or found is None:
            yield line
            continue
        options = {m[1]: m[2] if m[2] is not None else m[3] for m in _OPTION.finditer(include[2])}
        if found[0] in siblings.whole and not options.keys() & _SELECTING:
            # It is found by itself, and only named here.
            yield from ("", f"xref:{siblings.relative(found[0])}[{siblings.whole[found[0]]}]", "")
            continue
        shown = _moved(_asked(found[1].split("\n"), options), options.get("leveloffset", ""))
        yield from _included(shown, siblings, found[0], depth + 1)


def _asked(lines: list[str], options: dict[str, str]) -> list[str]:
    """The lines that the options of an include ask for; marks of tags are in none of them."""
    if options.get("lines"):
        lines = [
            line for first, last in _spans(options["lines"], len(lines)) for line in lines[first - 1 : last]
        ]
    asked = re.split(r"[;,]", options.get("tags") or options.get("tag") or "")
    wanted = {tag.strip() for tag in asked if tag.strip() and not tag.strip().startswith("!")}
    shown: list[str] = []
    open_tags: set[str] = set()
    for line in lines:
        mark = _TAG.search(line)
        if mark:
            (open_tags.add if mark[1] == "tag" else open_tags.discard)(mark[2])
        elif not wanted or wanted & open_tags or wanted & {"*", "**"}:
            shown.append(line)
    return shown


def _spans(asked: str, count: int) -> Iterator[tuple[int, int]]:
    for part in re.split(r"[;,]", asked):
        first, dots, last = part.strip().partition("..")
        if first.isdecimal():
            yield int(first), (int(last) if last.isdecimal() else count) if dots else int(first)


def _moved(lines: list[str], offset: str) -> list[str]:
    """Headings set lower, or higher, as an include asks for it."""
    if not re.fullmatch(r"[+-]?\d+", offset.strip()):
        return lines
    by = int(offset)
    return [_SECTION.sub(lambda m: "=" * min(max(len(m[1]) + by, 1), 6), line) for line in lines]


def _linked(line: str, siblings: Siblings) -> str:
    def link(match: re.Match[str]) -> str:
        page = siblings.page(match[1])
        if page is None:
            return match[0]
        words = match[3].split(",")[0].strip() or page[1]
        return f"xref:{page[0]}{match[2] or ''}[{words}]" if words else match[0]

    return _XREF.sub(link, line) if "xref:" in line else line


def _value(reference: re.Match[str], attributes: dict[str, str]) -> str:
    return attributes.get(reference[1].lower(), reference[0])
