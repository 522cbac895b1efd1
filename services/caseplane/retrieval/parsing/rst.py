"""reStructuredText, plain or for Sphinx, to text with structure: docutils reads it, by way of HTML.

A page of a help centre leans on a whole project: roles and directives of Sphinx's extensions, substitutions and
labels of other files. What the page alone cannot resolve is read for its words, and no mark is left.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from docutils import nodes
from docutils.core import publish_parts
from docutils.parsers.rst import directives, roles
from docutils.readers import standalone
from docutils.transforms import Transform
from docutils.writers import html5_polyglot

from caseplane.retrieval.parsing.decode import decode
from caseplane.retrieval.parsing.documents import BlockKind, Metadata, ParsedDocument, TextBuilder
from caseplane.retrieval.parsing.errors import CorruptDocumentError, EmptyDocumentError
from caseplane.retrieval.parsing.html import HtmlReader, parse_tree
from caseplane.retrieval.parsing.marks import MarkKind, marked
from caseplane.retrieval.parsing.rst_directives import GONE, labelled, neutral_directive
from caseplane.retrieval.parsing.rst_includes import including, reference
from caseplane.retrieval.parsing.rst_roles import neutral_role
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.siblings import Siblings
from caseplane.retrieval.parsing.titles import title_of_name

_SETTINGS = {
    "_disable_config": True,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "embed_stylesheet": False,
    "file_insertion_enabled": False,
    "halt_level": 5,
    "initial_header_level": 1,
    "line_length_limit": 1_000_000,
    "math_output": "LaTeX",
    "raw_enabled": False,
    "report_level": 2,
    "smart_quotes": False,
    "stylesheet_path": "",
    "syntax_highlight": "none",
    "toc_backlinks": False,
    "warning_stream": False,
}
# docutils' own, but read as the neutral ones are: for their words, or not at all.
_REPLACED = frozenset(
    "code code-block sourcecode contents sectnum section-numbering raw include header footer target-notes title".split()
)
_FOR_GENERATORS = re.compile(
    r"^(?:orphan|nosearch|nocomments|no-?search|tocdepth|template|hidden|og:.*|html_meta.*)$"
)
_PROBLEM = re.compile(r"^[`|]?(.*?)(?:\s*<[^<>]*>)?`?_{0,2}$", re.DOTALL)
_DIRECTIVE = re.compile(r"^\s*\.\.\s+(?:\|[^|]*\|\s*)?([\w:-]+)::[ \t]*(.*)$")
_OPTION = re.compile(r"^\s+:([\w-]+):[ \t]*(.*)$")
_BULLETS = re.compile(r"^\s*(?:\*\s+)?-\s+")
_FILE_NAME = re.compile(r"\.\w{2,4}$|/")
_LONGEST_ALT = 60


def parse_rst(
    data: bytes, *, name: str, limits: IngestionSettings, siblings: Siblings | None = None
) -> ParsedDocument:
    """Read reStructuredText; `metadata["missing"]` names files that it wanted to include.

    Raises:
        EmptyDocumentError: it says nothing.
        CorruptDocumentError: docutils cannot read it.
    """
    text, charset = decode(data)
    metadata: Metadata = {"charset": charset}
    root = parse_tree(_html(text, metadata, siblings or Siblings()))
    builder = TextBuilder(max_chars=limits.max_text_chars)
    builder.add(BlockKind.paragraph, marked(MarkKind.aside, "", str(metadata.pop("description", ""))))
    if root is not None:
        HtmlReader(builder, max_depth=limits.max_depth).read(root)
    if not builder.blocks:
        raise EmptyDocumentError(f"{name} holds no text.")
    first = next((block for block in builder.blocks if block.title), None)
    title = str(metadata.pop("title", "")) or (first.title if first else title_of_name(name))
    return builder.build(title=title, metadata=metadata)


def _html(text: str, metadata: Metadata, siblings: Siblings) -> str:
    text = "\n\n".join(part for part in (siblings.prolog, text, siblings.epilog) if part)

    class Reader(standalone.Reader):  # type: ignore[type-arg]  # not generic when it runs
        def get_transforms(self) -> list[type[Transform]]:
            return [*super().get_transforms(), _Cleaned]

    class _Cleaned(Transform):
        default_priority = 900

        def apply(self) -> None:
            clean_tree(self.document, metadata)

    with _neutral(siblings):
        try:
            parts = publish_parts(text, reader=Reader(), writer=_Writer(), settings_overrides=_SETTINGS)
        except (RecursionError, MemoryError):
            raise
        except Exception as exc:
            raise CorruptDocumentError(f"The reStructuredText cannot be read: {type(exc).__name__}.") from exc
    return str(parts["body"])


class _Translator(html5_polyglot.HTMLTranslator):
    """Code as other writers of HTML mark it."""

    def visit_literal(self, node: nodes.literal) -> None:
        self.body.append(f"<code>{self.encode(node.astext())}</code>")
        raise nodes.SkipNode

    def visit_literal_block(self, node: nodes.literal_block) -> None:
        language = next((name for name in node["classes"] if name != "code"), "")
        named = f' class="language-{self.attval(language)}"' if language else ""
        self.body.append(f"<pre><code{named}>{self.encode(node.astext())}</code></pre>\n")
        raise nodes.SkipNode


class _Writer(html5_polyglot.Writer):
    def __init__(self) -> None:
        super().__init__()
        self.translator_class = _Translator


@contextmanager
def _neutral(siblings: Siblings) -> Iterator[None]:
    """Have docutils ask here for roles and directives, which is how Sphinx adds its own, too."""
    known_directive, known_role = directives.directive, roles.role
    brought = including(siblings)

    def directive(name: str, language: Any, document: Any) -> tuple[Any, list[Any]]:
        if name.lower() not in _REPLACED:
            found, messages = known_directive(name, language, document)
            if found is not None:
                return _lenient(found), messages
        return brought.get(name.lower()) or neutral_directive(name), []

    def role(name: str, language: Any, lineno: int, reporter: Any) -> tuple[Any, list[Any]]:
        found, messages = known_role(name, language, lineno, reporter)
        return (found, messages) if found is not None else (named_role, [])

    def named_role(name: str, rawtext: str, text: str, *rest: Any, **more: Any) -> Any:
        found = reference(name, text, siblings)
        return (found, []) if found is not None else neutral_role(name, rawtext, text, *rest, **more)

    directives.directive, roles.role = cast(Any, directive), cast(Any, role)
    try:
        yield
    finally:
        directives.directive, roles.role = known_directive, known_role


def _lenient(directive: Any) -> Any:
    """A directive of docutils that does not stumble over an option of an extension."""
    spec = getattr(directive, "option_spec", None)
    if not spec:
        return directive
    return type(directive.__name__, (directive,), {"option_spec": _MoreOptions(spec)})


class _MoreOptions(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name) if name in self else lambda value: value or ""


def clean_tree(document: nodes.document, metadata: Metadata) -> None:
    """Take out of a read page what is not for readers, and write out what docutils shows by its looks."""
    for meta in document.findall(nodes.meta):
        if meta.get("name") in ("description", "keywords"):
            metadata[meta["name"]] = " ".join(str(meta.get("content", "")).split())[:1000]
    _drop_messages(document)
    missing: list[str] = [
        str(node["missing"]) for node in document.findall(nodes.comment) if "missing" in node
    ]
    for node in list(document.findall(nodes.literal_block)):
        if "salvage" in node:
            missing += _salvage(node)
    if missing:
        metadata["missing"] = missing[:100]
    for kind, handle in _HANDLERS:
        for node in list(document.findall(kind)):
            if node.parent is not None:
                handle(document, node)


def _drop_messages(document: nodes.document) -> None:
    for section in list(document.findall(nodes.section)):
        if "system-messages" in section["classes"]:
            section.parent.remove(section)
    for message in list(document.findall(nodes.system_message)):
        if message.parent is None:
            continue
        # What docutils could not read is quoted in its complaint; the words in it are content.
        kept = [child for child in message.children if isinstance(child, nodes.literal_block)]
        for block in kept:
            block["salvage"] = True
        message.parent.replace(message, kept)


def _salvage(node: nodes.literal_block) -> list[str]:
    """Leave the words of a directive that could not be read; returns files that it wanted."""
    files: list[str] = []
    lines: list[str] = []
    gone: int | None = None  # how far the directive is set in whose content is left out
    for line in node.astext().splitlines():
        if gone is not None and (not line.strip() or _indent(line) > gone):
            continue
        named = _DIRECTIVE.match(line)
        gone = _indent(line) if named and named[1].lower() in GONE else None
        option = _OPTION.match(line)
        if option and option[1] in ("file", "url") and option[2]:
            files.append(option[2])
        if not option and not _DIRECTIVE.match(line):
            lines.append(_BULLETS.sub("", line))
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
    words = [" ".join(p.split()) for p in paragraphs if any(c.isalnum() for c in p)]
    node.parent.replace(node, [nodes.paragraph("", text) for text in words])
    return files


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _problem(_: nodes.document, node: nodes.Element) -> None:
    """What was meant to point elsewhere and does not: its words, or nothing where it stood for an icon or markup."""
    raw = node.astext()
    if raw.startswith("|") or re.match(r":[\w:+.-]+:`", raw):
        node.parent.remove(node)
        return
    match = _PROBLEM.match(raw)
    node.parent.replace(node, nodes.Text(match[1] if match and match[1] else raw))


def _label(document: nodes.document, node: nodes.Element) -> None:
    """A reference to a label of this page says the title of its section."""
    label = node.get("caseplane_label")
    target = document.ids.get(document.nameids.get(label) or "") if label else None
    title = target.next_node(nodes.title) if isinstance(target, nodes.section) else None
    if title is not None:
        node.parent.replace(node, nodes.inline("", title.astext()))


def _image(_: nodes.document, node: nodes.Element) -> None:
    """An icon in a sentence is a word of it; a picture of its own is none."""
    alt = " ".join(str(node.get("alt", "")).split())
    inline = isinstance(node.parent, nodes.TextElement) and len(node.parent.children) > 1
    said = inline and alt and len(alt) <= _LONGEST_ALT and not _FILE_NAME.search(alt)
    node.parent.replace(node, [nodes.Text(alt)] if said else [])


def _admonition(_: nodes.document, node: nodes.Element) -> None:
    first = node.children[0] if node.children else None
    if isinstance(first, nodes.title):
        title, rest = list(first.children), node.children[1:]
    else:
        title, rest = [nodes.Text(node.tagname.capitalize())], node.children
    node.parent.replace(node, labelled(title, list(rest)))


def _fields(_: nodes.document, node: nodes.Element) -> None:
    for field in list(node.children):
        if _FOR_GENERATORS.match(next(iter(field.children)).astext()):
            node.remove(field)
    if not node.children:
        node.parent.remove(node)


def _math(_: nodes.document, node: nodes.Element) -> None:
    code = nodes.literal_block if isinstance(node, nodes.math_block) else nodes.literal
    node.parent.replace(node, code("", node.astext()))


_HANDLERS: tuple[tuple[Any, Any], ...] = (
    (nodes.problematic, _problem),
    (nodes.inline, _label),
    (nodes.image, _image),
    (nodes.Admonition, _admonition),
    (nodes.topic, _admonition),
    (nodes.sidebar, _admonition),
    (nodes.field_list, _fields),
    (nodes.math, _math),
    (nodes.math_block, _math),
)
