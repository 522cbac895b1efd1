"""What documentation generators add to Markdown, rewritten as plain Markdown.

Hugo shortcodes, MkDocs admonitions and tabs, Docusaurus directives and MDX components carry words a
reader needs ("Warning", a tab's name) inside marks that are not for readers. Words stay, marks go. Code
stays as it is, but for shortcodes, which generators expand inside code as well.
"""

import re

from caseplane.retrieval.parsing.mdx import plain_mdx

_FENCE = re.compile(r"^[ \t>]*(?:[-*+]|\d+[.)])?[ \t]*(`{3,}|~{3,})(.*)$")
_SHORTCODE = re.compile(r"\{\{(?:<|%)-?\s*(/?)\s*([\w./-]+)((?:[^}\"]|\"[^\"]*\")*?)/?\s*-?(?:>|%)\}\}")
_ARGUMENT = re.compile(r"([\w-]+)=(?:\"([^\"]*)\"|'([^']*)'|(\S+))|\"([^\"]*)\"|([^\s\"]+)")
_TITLES = ("title", "header", "name", "summary", "label", "caption")
_ADMONITION = re.compile(
    r"^([ \t]*)(?:!!!|\?\?\?\+?)[ \t]+([\w-]+)(?:[ \t]+[\w-]+)*(?:[ \t]+\"(.*)\")?[ \t]*$"
)
_TAB = re.compile(r"^([ \t]*)===[!+]?[ \t]+\"(.+)\"[ \t]*$")
_DIRECTIVE = re.compile(
    r"^[ \t]*:{3,}[ \t]*(?:\{?([\w-]+)\}?(?:[ \t]*\[(.+)\]|[ \t]+([^{]*))?(?:[ \t]*\{[^{}]*\})?)?[ \t]*$"
)
_LIQUID = re.compile(r"\{%-?\s*(?:end)?(?:raw|highlight|include\w*|capture)\b[^%]*-?%\}")
_LIQUID_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.DOTALL)
_LIQUID_TAG = re.compile(r"\{%-?\s*(\w+)((?:[^%]|%(?!\}))*?)-?%\}")
_LIQUID_LINKS = frozenset({"link", "post_url"})
_LIQUID_KINDS = frozenset("note tip info warning caution danger important hint success error".split())
_LIQUID_NOTES = _LIQUID_KINDS | {"callout", "alert"}
_SITE_ADDRESS = re.compile(
    r"\{\{-?\s*(?:site\.(?:base)?url|(['\"])([^'\"}]*)\1\s*\|\s*(?:relative|absolute)_url)\s*-?\}\}"
)
_CAPTURED = re.compile(r"\{\{-?\s*[\w.]+\s*\|\s*markdownify\s*-?\}\}")
_INLINE_ATTRIBUTES = re.compile(r"(?<=[\])*_`>])\{:[ \t]*[.#\w][^{}\n]*\}")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_ALERT = re.compile(r"^((?:[ \t]*>)+[ \t]*)\[!(\w+)\][+-]?[ \t]*(.*)$")
_HEADING_MARK = re.compile(r"^([ \t]*#{1,6}[ \t].*?)[ \t]*\{:?[ \t]*(?:#([^\s}]+)|[#.])[^}]*\}[ \t]*$")
_ATTRIBUTE_LINE = re.compile(r"^[ \t]*(?:\{:.*\}|\[TOC\]|\[\[_TOC_\]\])[ \t]*$", re.IGNORECASE)
_MODULE_LINE = re.compile(r"^import\s.+from\s+['\"].+['\"];?\s*$", re.MULTILINE)


def plain_markdown(text: str, *, mdx: bool = False) -> str:
    """Rewrite generator marks as plain Markdown.

    Args:
        text: Markdown without its front matter.
        mdx: also read ES modules and components, which plain Markdown would show as text.
    """
    if mdx or _MODULE_LINE.search(text[:4000]):
        text = plain_mdx(text)
    if "{{" in text:
        text = _CAPTURED.sub("", text)  # what it shows stands where it was captured
        text = _expand_shortcodes(_SITE_ADDRESS.sub(lambda match: match[2] or "", text))
    if "{%" in text:
        text = _LIQUID.sub("", _LIQUID_COMMENT.sub("", text))
    lines = _Lines()
    for line in text.split("\n"):
        lines.take(line)
    return "\n".join(lines.done)


class _Lines:
    """Rewrites line by line, knowing whether it stands in code and in which indented blocks."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._fence = ""
        self._indents: list[int] = []  # of the open MkDocs blocks, whose bodies are set in by four

    def take(self, line: str) -> None:
        line = self._outdent(line)
        fence = _FENCE.match(line)
        if self._fence:
            closes = fence and not fence[2].strip() and fence[1].startswith(self._fence)
            self._fence = "" if closes else self._fence
            self.done.append(line)
        elif fence:
            self._fence = fence[1]
            self.done.append(line)
        else:
            self._prose(line)

    def _outdent(self, line: str) -> str:
        if not line.strip():
            return line
        width = len(line) - len(line.lstrip(" \t"))
        while self._indents and width < self._indents[-1] + 4:
            self._indents.pop()
            if not self._indents:
                self.done.append("")
        return line[min(width, 4 * len(self._indents)) :] if self._indents else line

    def _prose(self, line: str) -> None:
        if "{%" in line or "{:" in line:
            line = _outside_code(line)
        if block := _ADMONITION.match(line):
            self._open(block[1], block[3] if block[3] is not None else _words(block[2]))
        elif tab := _TAB.match(line):
            self._open(tab[1], tab[2])
        elif directive := _DIRECTIVE.match(line):
            kind, title = directive[1], directive[2] or directive[3]
            self.done += ["", f"**{title or _words(kind)}:**"] if kind else [""]
        elif alert := _ALERT.match(line):
            self.done.append(f"{alert[1]}**{alert[3] or _words(alert[2].lower())}:**")
        elif not _ATTRIBUTE_LINE.match(line):
            self.done.append(_HEADING_MARK.sub(_with_id, line))

    def _open(self, indent: str, title: str) -> None:
        self._indents.append(len(indent) + 4 * len(self._indents))
        if title:
            self.done += ["", f"{indent}**{title.rstrip(':')}:**"]


def _outside_code(line: str) -> str:
    """A line without the tags and attributes of Jekyll; code that shows some keeps them."""
    done: list[str] = []
    at = 0
    for span in _CODE_SPAN.finditer(line):
        done += [_without_tags(line[at : span.start()]), span[0]]
        at = span.end()
    # An attribute list belongs to what stands before it, which may be a code span.
    return _INLINE_ATTRIBUTES.sub("", "".join([*done, _without_tags(line[at:])]))


def _without_tags(text: str) -> str:
    return _LIQUID_TAG.sub(_said_by_tag, text)


def _said_by_tag(tag: re.Match[str]) -> str:
    name, rest = tag[1].lower(), tag[2].strip()
    if name in _LIQUID_LINKS:
        return rest.replace(" ", "%20")
    if name not in _LIQUID_NOTES:
        return ""
    named = rest.split()[0].strip("'\"").lower() if rest else name
    kind = next((each for each in (named, name) if each in _LIQUID_KINDS), "")
    return f"**{_words(kind)}:** " if kind else ""


def _with_id(heading: re.Match[str]) -> str:
    """A heading with nothing but its id, which becomes its anchor."""
    return f"{heading[1]} {{#{heading[2]}}}" if heading[2] else heading[1]


def _words(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()


def _expand_shortcodes(text: str) -> str:
    code_tabs = False  # Docsy's tab panes hold bare code when they name a language

    def expand(match: re.Match[str]) -> str:
        nonlocal code_tabs
        closing, name = bool(match[1]), match[2].lower()
        named, loose = _arguments(match[3])
        title = next((named[t] for t in _TITLES if named.get(t)), "")
        if name == "tabpane":
            code_tabs = not closing and "lang" in named and named.get("text") != "true"
            return ""
        if name == "tab" and code_tabs:
            return "\n```" if closing else f"\n**{title}:**\n```"
        if closing or name in ("comment", "toc", "figure", "img"):
            return ""
        if name in ("ref", "relref"):
            return loose[0].replace(" ", "%20") if loose else "#"
        if name in ("param", "get-param"):
            return f"<{loose[0].split('.')[-1]}>" if loose else ""
        if name in ("include", "readfile", "code", "codenew", "code_sample", "glossary_tooltip"):
            return f"`{(loose or [named.get('file', named.get('text', title))])[0]}`"
        if title or name in ("note", "warning", "caution", "tip", "info", "important"):
            return f"**{(title or _words(name)).rstrip(':')}:**"
        said = [v for v in (*named.values(), *loose) if v]
        return f"({_words(name)}: {', '.join(said)})" if said else ""

    return _SHORTCODE.sub(expand, text)


def _arguments(text: str) -> tuple[dict[str, str], list[str]]:
    named: dict[str, str] = {}
    loose: list[str] = []
    for match in _ARGUMENT.finditer(text):
        if match[1]:
            named[match[1].lower()] = match[2] or match[3] or match[4] or ""
        else:
            loose.append(match[5] or match[6] or "")
    return named, loose
