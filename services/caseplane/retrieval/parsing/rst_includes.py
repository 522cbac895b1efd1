"""Files that reStructuredText includes, and pages, labels and addresses that its roles name, where the source has them."""

import re
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive

from caseplane.retrieval.parsing.rst_directives import Gone
from caseplane.retrieval.parsing.siblings import Siblings

_TITLED = re.compile(r"(.*?)\s*(?<!\\)<([^<>]*)>\Z", re.DOTALL)
_PLAIN = re.compile(r"[`*|]|:[\w:+.-]+:")
_MOST_INCLUDES = 200


def including(siblings: Siblings) -> dict[str, type[Directive]]:
    """The directives that bring in other files of a source."""
    left = [_MOST_INCLUDES]  # files that include each other end somewhere

    def text_of(directive: Any) -> tuple[str, list[str]] | None:
        if not directive.lines or left[0] <= 0:
            return None
        left[0] -= 1
        here = str(directive.state_machine.get_source(directive.lineno) or "")
        found = siblings.include(directive.lines[0], base=here if here in siblings.files else "")
        return None if found is None else (found[0], _asked(found[1].split("\n"), directive.options))

    class Include(Gone):
        def run(self) -> list[nodes.Node]:
            found = text_of(self)
            if found is None:
                return super().run()
            path, lines = found
            if path in siblings.whole and not self.options:  # it is found by itself, and only named here
                return [nodes.paragraph("", "", *_link(siblings.whole[path], siblings.relative(path)))]
            if "literal" in self.options or "code" in self.options:
                return [_listing("\n".join(lines), str(self.options.get("code", "")))]
            self.state_machine.insert_input([*lines, ""], path)
            return []

    class LiteralInclude(Gone):
        def run(self) -> list[nodes.Node]:
            found = text_of(self)
            if found is None:
                return super().run()
            caption = self.options.get("caption")
            said = [nodes.paragraph("", "", *self.inline(caption))] if caption else []
            return [*said, _listing("\n".join(found[1]), str(self.options.get("language", "")))]

    return {"include": Include, "literalinclude": LiteralInclude}


def reference(name: str, text: str, siblings: Siblings) -> list[nodes.Node] | None:
    """What a role says of a page, a label or an address of the project; None where the source does not know it."""
    role = name.lower()
    text = " ".join(nodes.unescape(text).split())
    titled = _TITLED.match(text)
    words, target = (titled[1], titled[2]) if titled else ("", text)
    if role in siblings.links:
        return _link(words or target, siblings.links[role].replace("%s", target))
    short = role.rsplit(":", 1)[-1]
    if short in ("doc", "any") and (page := siblings.page(target)):
        return _link(words or _plain(page[1]) or target, page[0])
    if (
        short in ("ref", "numref", "any")
        and (label := " ".join(target.casefold().split())) in siblings.labels
    ):
        path, title = siblings.labels[label]
        if path == siblings.path or path in siblings.files:
            return None  # of the page itself
        return _link(words or _plain(title) or target, f"{siblings.relative(path)}#{nodes.make_id(label)}")
    return None


def _link(words: str, address: str) -> list[nodes.Node]:
    return [nodes.reference(words, words, refuri=address)]


def _plain(title: str) -> str:
    return _PLAIN.sub("", title).strip()


def _listing(text: str, language: str) -> nodes.literal_block:
    return nodes.literal_block(text, text, classes=["code", language] if language else ["code"])


def _asked(lines: list[str], options: dict[str, Any]) -> list[str]:
    """The lines that the options of an include ask for."""
    start, end = options.get("start-line"), options.get("end-line")
    lines = lines[_number(start, 0) : _number(end, len(lines))]
    if options.get("lines"):
        lines = [
            line
            for first, last in _spans(str(options["lines"]), len(lines))
            for line in lines[first - 1 : last]
        ]
    text = "\n".join(lines)
    for name, after in (("start-after", True), ("start-at", False)):
        mark = str(options.get(name) or "")
        if mark and mark in text:
            text = text[text.index(mark) + (len(mark) if after else 0) :]
    for name, before in (("end-before", True), ("end-at", False)):
        mark = str(options.get(name) or "")
        if mark and mark in text:
            text = text[: text.index(mark) + (0 if before else len(mark))]
    return text.split("\n")


def _number(value: Any, default: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return default


def _spans(asked: str, count: int) -> list[tuple[int, int]]:
    found = []
    for part in asked.split(","):
        first, dash, last = part.strip().partition("-")
        if first.isdecimal() or last.isdecimal():
            begin = int(first) if first.isdecimal() else 1
            found.append((begin, (int(last) if last.isdecimal() else count) if dash else begin))
    return found
