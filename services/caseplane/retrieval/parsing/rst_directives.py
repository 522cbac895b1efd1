"""What directives in reStructuredText say to a reader: content stays, what only steers a generator goes.

docutils knows its own directives. Sphinx and its extensions have hundreds more; each is read here by what it is
(code, a note, a tab, a signature), and one that nobody here has heard of as its title and its content.
"""

import re
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


GONE = _names(
    "toctree contents sectnum section-numbering index raw highlight highlightlang tabularcolumns default-domain "
    "default-role currentmodule py:currentmodule module py:module program sectionauthor codeauthor moduleauthor "
    "video youtube vimeo iframe audio raw-html graphviz digraph graph inheritance-diagram uml plantuml mermaid "
    "blockdiag seqdiag actdiag nwdiag autosummary automodule autoclass autofunction automethod autodata autoexception "
    "autoattribute bibliography todo todolist target-notes header footer thumbnail carousel swagger redoc openapi "
    "sphinx-design gallery minigallery nbgallery acks tags feed postlist include literalinclude "
    "sidebar-links local-toc click argparse needtable needlist disqus googleanalytics update title"
)
"""Not for readers, or not words."""
CODE = _names(
    "code-block sourcecode code prompt doctest testcode testsetup testoutput testcleanup ipython jupyter-execute "
    "code-cell parsed-code highlight-code terminal console"
)
KINDS = {
    "seealso": "See also",
    "versionadded": "Added in version {}",
    "versionchanged": "Changed in version {}",
    "versionremoved": "Removed in version {}",
    "deprecated": "Deprecated since version {}",
    "deprecated-removed": "Deprecated since version {}",
    "hint-box": "Hint",
    "info": "Info",
    "success": "Success",
    "question": "Question",
}
SIGNATURES = _names(
    "function method staticmethod classmethod attribute property data class exception decorator option cmdoption "
    "envvar confval setting describe object rst:directive rst:role macro type struct enum member var"
)
NOT_SHOWN = re.compile(r"^(?:not\s+html|latex|pdf|epub|man|texinfo|draft|internal|hidden)(?:\s+or\s+.*)?$")
_NO_WORDS = re.compile(r"^(?:[\d\s.:/%]+|auto|\S+\.\w{2,5}|https?://\S+|:\S*)$")


class AnyOption(dict[str, Any]):
    """Options of every name, as text."""

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, _: str) -> Any:
        return lambda value: value or ""


class _Lenient(Directive):
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[Any] = AnyOption()

    @property
    def lines(self) -> list[str]:
        """Of the argument; its first is a title or a name, the others are content that follows without a blank line."""
        return [line.strip() for line in self.arguments[0].splitlines()] if self.arguments else []

    def children(self, *, sections: bool = False) -> list[nodes.Node]:
        holder = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, holder, match_titles=sections)
        return list(holder.children)

    def prose(self, lines: list[str]) -> list[nodes.Node]:
        holder = nodes.container()
        self.state.nested_parse(StringList(lines, source=""), self.content_offset, holder)
        return list(holder.children)

    def inline(self, text: str) -> list[nodes.Node]:
        found, messages = self.state.inline_text(text, self.lineno)
        return [*found, *messages]


class Gone(_Lenient):
    """Content that is left out; what it would have brought from elsewhere is noted."""

    def run(self) -> list[nodes.Node]:
        if self.name in ("include", "literalinclude") and self.lines:
            return [nodes.comment("", "", missing=self.lines[0])]
        return []


class Code(_Lenient):
    """A listing, with its caption before it."""

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        language = self.lines[0].split()[0] if self.lines and self.lines[0] else ""
        block = nodes.literal_block(text, text, classes=["code", language] if language else ["code"])
        caption = self.options.get("caption")
        return [*([nodes.paragraph("", "", *self.inline(caption))] if caption else []), block]


class Signature(_Lenient):
    """The names that a description is of, then the description."""

    def run(self) -> list[nodes.Node]:
        named = [nodes.literal(line, line) for line in self.lines if line]
        parts: list[nodes.Node] = []
        for name in named:
            parts += [nodes.Text(", "), name] if parts else [name]
        return [*([nodes.paragraph("", "", *parts)] if parts else []), *self.children()]


class Only(_Lenient):
    """Content for some readers: that for a web page is taken."""

    def run(self) -> list[nodes.Node]:
        shown = self.name != "only" or not NOT_SHOWN.match(" ".join(self.lines))
        return self.children(sections=True) if shown else []


class Kind(_Lenient):
    """A note whose kind is said before it."""

    def run(self) -> list[nodes.Node]:
        lines, pattern = self.lines, KINDS[self.name]
        if "{}" in pattern:
            words = lines[0].split(None, 1) if lines else []
            label = pattern.format(words[0]) if words else pattern.removesuffix(" version {}")
            lines = words[1:] + lines[1:]
        else:
            label = pattern
        return [labelled(self.inline(label), [*self.prose(lines), *self.children()])]


class Titled(_Lenient):
    """A tab, a card, a panel, or a directive never heard of: its title, then its content."""

    def run(self) -> list[nodes.Node]:
        lines = self.lines
        title = self.options.get("title") or self.options.get("caption") or ""
        if not title and lines and not _NO_WORDS.match(lines[0]):
            title, lines = lines[0], lines[1:]
        elif lines and _NO_WORDS.match(lines[0]):
            lines = lines[1:]
        if self.name == "code-tab":
            return self._code(title)
        return [labelled(self.inline(title), [*self.prose(lines), *self.children()])]

    def _code(self, title: str) -> list[nodes.Node]:
        language, _, name = title.partition(" ")
        text = "\n".join(self.content)
        block = nodes.literal_block(text, text, classes=["code", language] if language else ["code"])
        return [labelled(self.inline(name or language), [block])]


def labelled(title: list[nodes.Node], children: list[nodes.Node]) -> nodes.container:
    """Content after its title: on one line with the first paragraph, so that neither is read without the other."""
    words = "".join(node.astext() for node in title).strip()
    if not words:
        return nodes.container("", *children)
    mark = [] if words.endswith((":", "?", "!", ".")) else [nodes.Text(":")]
    label = nodes.strong("", "", *title, *mark)
    if not children:
        return nodes.container("", nodes.paragraph("", "", *title))
    if isinstance(children[0], nodes.paragraph):
        first = children[0]
        joined = nodes.paragraph("", "", label, nodes.Text(" "), *first.children)
        return nodes.container("", joined, *children[1:])
    return nodes.container("", nodes.paragraph("", "", label), *children)


def neutral_directive(name: str) -> type[Directive]:
    """How a directive is read that docutils must not read itself, or does not know."""
    short = name.lower()
    last = short.rsplit(":", 1)[-1]
    if short in GONE or last in GONE:
        return Gone
    if short in CODE:
        return Code
    if short in ("only", "ifconfig", "htmlonly"):
        return Only
    if short in KINDS:
        return Kind
    return Signature if last in SIGNATURES or ":" in short else Titled
