"""MDX as plain Markdown: modules and expressions go, components leave the words that a reader sees.

A component may span lines, hold braces and set its content in, code included; so it is read by a scanner that
knows quotes and braces, and not by patterns.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_MODULE = re.compile(r"^(?:import|export)\b(?!:)")
_FENCE = re.compile(r"^\s*(?:(?:[-*+]|\d+[.)])\s+)?(`{3,}|~{3,})")
_NAME = re.compile(r"/?\s*([A-Za-z][\w.:-]*)?")
_ATTRIBUTE = re.compile(r"\s*([A-Za-z_@:][\w:.-]*)\s*(=\s*)?")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_LITERAL = re.compile(r"^\s*(['\"`])(.*)\1\s*$", re.DOTALL)
_TITLES = ("title", "label", "header", "summary", "heading", "question", "caption")
_NOTES = frozenset("note tip info warning caution danger important check hint success error".split())
_TYPED = frozenset("callout admonition aside alert hint banner".split())
_TABS = frozenset("tab tabitem tabpanel tabspanel".split())
_FIELDS = ("path", "query", "body", "name", "param")
_PICTURES = re.compile(
    r"image|img|video|youtube|vimeo|embed|iframe|icon|frame|screenshot|figure|avatar|logo|lottie|loom",
    re.IGNORECASE,
)
_BOXES = frozenset(
    "div section article aside main header footer nav center span button figure font small".split()
)
_LONGEST = 200
"""Lines that one tag or one expression may span."""


@dataclass(slots=True)
class _Open:
    """A component whose content is being read; `indent` is how far its content is set in."""

    name: str
    indent: int | None = None


@dataclass(slots=True)
class _Tag:
    name: str
    end: int
    attributes: dict[str, str] = field(default_factory=dict)
    closing: bool = False
    alone: bool = False
    """Closed at once."""


class _UnfinishedError(Exception):
    """More lines are needed."""


def plain_mdx(text: str) -> str:
    """Rewrite MDX without its front matter as Markdown with plain HTML."""
    return "\n".join(_Reader(text.split("\n")).lines())


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self._lines, self._at = lines, 0
        self._open: list[_Open] = []
        self._fence = ""

    def lines(self) -> Iterator[str]:
        blank = True
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            fence = _FENCE.match(line)
            if self._fence:
                yield self._outdent(line)
                if fence and line.strip().startswith(self._fence) and not line.strip().strip(self._fence[0]):
                    self._fence = ""
                continue
            if fence:
                self._fence = fence[1]
                yield self._outdent(line)
                continue
            if blank and not self._open and _MODULE.match(line):
                self._skip_module(line)
                yield ""
                continue
            blank = not line.strip()
            yield self._scanned(self._outdent(line))

    def _outdent(self, line: str) -> str:
        if not self._open or not line.strip():
            return line
        indent = len(line) - len(line.lstrip(" \t"))
        here = self._open[-1]
        if here.indent is None and not line.lstrip().startswith("</"):
            here.indent = indent
        return line[min(indent, here.indent if here.indent is not None else indent) :]

    def _skip_module(self, line: str) -> None:
        """A statement ends at a blank line, or at another statement, outside of all brackets."""
        depth = _balance(line)
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if depth <= 0 and (
                not line.strip() or not line.startswith((" ", "}", ")", "]", "import", "export"))
            ):
                return
            depth += _balance(line)
            self._at += 1

    def _scanned(self, text: str) -> str:
        taken = 0
        while True:
            try:
                marks = [*self._open]
                return self._rewritten(text)
            except _UnfinishedError:
                self._open = marks
                if self._at >= len(self._lines) or taken >= _LONGEST or not self._lines[self._at].strip():
                    return self._rewritten(text, final=True)
                text += "\n" + self._lines[self._at]
                self._at += 1
                taken += 1

    def _rewritten(self, text: str, *, final: bool = False) -> str:
        done: list[str] = []
        position = 0
        while position < len(text):
            character = text[position]
            if character == "\\" and position + 1 < len(text):
                done.append(text[position : position + 2])
                position += 2
            elif character == "`" and (span := _CODE_SPAN.match(text, position)):
                done.append(span[0])
                position = span.end()
            elif character == "{" and not text.startswith("{#", position):
                said, position = self._expression(text, position, final)
                done.append(said)
            elif character == "<":
                said, position = self._element(text, position, final)
                done.append(said)
            else:
                done.append(character)
                position += 1
        return "".join(done)

    def _expression(self, text: str, start: int, final: bool) -> tuple[str, int]:
        end = _closed(text, start)
        if end is None:
            if final:
                return "{", start + 1
            raise _UnfinishedError
        literal = _LITERAL.match(text[start + 1 : end - 1])
        return (literal[2] if literal else ""), end

    def _element(self, text: str, start: int, final: bool) -> tuple[str, int]:
        if text.startswith("<!--", start):
            end = text.find("-->", start)
            if end < 0 and not final:
                raise _UnfinishedError
            return "", end + 3 if end >= 0 else len(text)
        tag = _read_tag(text, start)
        if tag is None:
            return "<", start + 1
        if tag.end < 0:
            if final:
                return "<", start + 1
            raise _UnfinishedError
        first = not text[:start].strip()
        apart = "\n" if start == 0 and not tag.closing and tag.name[:1].isupper() else ""
        return apart + self._said(tag, first), tag.end

    def _said(self, tag: _Tag, first: bool) -> str:
        component = not tag.name or tag.name[0].isupper() or "." in tag.name
        if tag.closing:
            self._close(tag.name)
            return "" if component or tag.name in _BOXES else f"</{tag.name}>"
        if first and not tag.alone and (component or tag.name in _BOXES):
            self._open.append(_Open(tag.name))
        if component:
            return _words(tag)
        if tag.name in _BOXES:
            return ""
        return _html(tag)

    def _close(self, name: str) -> None:
        names = [element.name for element in self._open]
        if name in names:
            last = len(names) - 1 - names[::-1].index(name)
            del self._open[last:]


def _read_tag(text: str, start: int) -> _Tag | None:
    """Read `<Name a="b" c={d}>`; None if it is none, `end` of -1 if it goes on."""
    named = _NAME.match(text, start + 1)
    if named is None or text[start + 1 : start + 2] in ("", " ", "=", "<", "-"):
        return None
    name, position = named[1] or "", named.end()
    if not name and text[position : position + 1] != ">":
        return None
    tag = _Tag(name, -1, closing=text[start + 1] == "/")
    while position < len(text):
        while position < len(text) and text[position].isspace():
            position += 1
        if text.startswith("/>", position):
            tag.end, tag.alone = position + 2, True
            return tag
        if text.startswith(">", position):
            tag.end = position + 1
            return tag
        if text.startswith("{", position):
            end = _closed(text, position)
            if end is None:
                return tag
            position = end
            continue
        attribute = _ATTRIBUTE.match(text, position)
        if attribute is None:
            return tag if position >= len(text) else None
        value, position = _value(text, attribute.end()) if attribute[2] else ("", attribute.end())
        if position < 0:
            return tag
        tag.attributes[attribute[1]] = value
    return tag


def _value(text: str, start: int) -> tuple[str, int]:
    quote = text[start : start + 1]
    if quote in ("'", '"'):
        end = text.find(quote, start + 1)
        return (text[start + 1 : end], end + 1) if end >= 0 else ("", -1)
    if quote == "{":
        closed = _closed(text, start)
        if closed is None:
            return "", -1
        literal = _LITERAL.match(text[start + 1 : closed - 1])
        return (literal[2] if literal else ""), closed
    bare = re.compile(r"[^\s>]*").match(text, start)
    return (bare[0], bare.end()) if bare else ("", start)


def _closed(text: str, start: int) -> int | None:
    """Where the brace that opens at `start` is closed; quotes inside are passed over."""
    depth, quote, position = 0, "", start
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif text.startswith("/*", position):
            end = text.find("*/", position + 2)
            if end < 0:
                return None
            position = end + 1
        elif character in "'\"`" and depth:
            # An apostrophe in a word opens nothing.
            quote = "" if character == "'" and text[position - 1].isalnum() else character
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return None


def _balance(line: str) -> int:
    plain = re.sub(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`(?:\\.|[^`\\])*`", "", line)
    return sum(plain.count(b) for b in "([{") - sum(plain.count(b) for b in ")]}")


def _words(tag: _Tag) -> str:
    """What a component says before its content."""
    name = tag.name.lower().rsplit(".", 1)[-1]
    given = tag.attributes
    if _PICTURES.search(name):
        return ""
    title = next((given[key] for key in _TITLES if given.get(key)), "")
    if name in _TABS:
        title = title or given.get("value") or given.get("name") or ""
    elif name in _NOTES or name in _TYPED:
        kind = (
            given.get("type") or given.get("kind") or given.get("variant") or ("" if name in _TYPED else name)
        )
        title = title or (kind if kind.lower() in _NOTES else "").capitalize()
    elif name.endswith("field"):
        title = title or next((f"`{given[key]}`" for key in _FIELDS if given.get(key)), "")
    elif name == "badge":
        return given.get("text", title)
    if not title:
        return ""
    if tag.alone:
        return title
    return f"**{title}** " if title.endswith(("?", "!", ".", ":")) else f"**{title}:** "


def _html(tag: _Tag) -> str:
    kept = (
        f' {"class" if key == "className" else key}="{value}"'
        for key, value in tag.attributes.items()
        if value
    )
    return f"<{tag.name}{''.join(kept)}{' /' if tag.alone else ''}>"
