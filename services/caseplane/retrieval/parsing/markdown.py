"""Markdown of any dialect to text with structure, by way of HTML.

Rendering first costs some speed and buys one reader for Markdown, for HTML, and for the HTML tables
that documentation in Markdown is full of.
"""

import re
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from caseplane.retrieval.parsing.decode import decode
from caseplane.retrieval.parsing.dialects import plain_markdown
from caseplane.retrieval.parsing.documents import BlockKind, Metadata, ParsedDocument, TextBuilder
from caseplane.retrieval.parsing.elements import KNOWN
from caseplane.retrieval.parsing.errors import DraftError, EmptyDocumentError
from caseplane.retrieval.parsing.frontmatter import split_front_matter
from caseplane.retrieval.parsing.html import HtmlReader, parse_tree
from caseplane.retrieval.parsing.marks import MarkKind, marked
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.widgets import open_widgets

_WORDS = re.compile(r"\w+")
_TAG = re.compile(r"</?([A-Za-z][^\s/>]*)[^<>]*>?")


def parse_markdown(data: bytes, *, name: str, limits: IngestionSettings) -> ParsedDocument:
    """Read Markdown or MDX, with or without front matter.

    Raises:
        EmptyDocumentError: there is no text in it but, perhaps, a title.
    """
    text, charset = decode(data)
    metadata, body = split_front_matter(text)
    return read_markdown(body, metadata={"charset": charset, **metadata}, name=name, limits=limits)


def read_markdown(body: str, *, metadata: Metadata, name: str, limits: IngestionSettings) -> ParsedDocument:
    """Read Markdown without its header; `metadata` is what the header says.

    Raises:
        EmptyDocumentError: there is no text in it but, perhaps, a title.
        DraftError: its header says that it is not published.
    """
    refuse_draft(metadata)
    mdx = name.lower().endswith(".mdx")
    body = plain_markdown(body, mdx=mdx)
    builder = TextBuilder(max_chars=limits.max_text_chars)
    # Section pages often say what they are about in their header only.
    description = str(metadata.pop("description", ""))
    if not _begins_with(body, description):
        builder.add(BlockKind.paragraph, marked(MarkKind.aside, "", description))
    root = parse_tree(_renderer().render(body))
    if root is not None:
        if "<summary" in body or "aria-" in body or "role=" in body:
            open_widgets(root)
        HtmlReader(builder, max_depth=limits.max_depth).read(root)
    if not builder.blocks:
        raise EmptyDocumentError(
            f"{name} holds {'a header and no text' if set(metadata) - {'charset'} else 'no text'}."
        )
    first = min(
        (b for b in builder.blocks if b.kind is BlockKind.heading),
        key=lambda b: (b.level, b.start),
        default=None,
    )
    title = str(metadata.pop("title", "")) or (first.title if first else name)
    return builder.build(title=title, metadata=metadata)


def _begins_with(body: str, description: str) -> bool:
    """Whether a page says its description again at once, as where a tool made it from the first sentences."""
    plain = (
        " ".join(_WORDS.findall(text.casefold()))
        for text in (body[: 4 * len(description) + 400], description)
    )
    begun, said = plain
    return bool(said) and begun.startswith(said)


def refuse_draft(metadata: Metadata) -> None:
    """Raises `DraftError` if a page's header says that it is not published."""
    draft, published = metadata.pop("draft", False), metadata.pop("published", True)
    if str(draft).lower() == "true" or str(published).lower() == "false":
        raise DraftError("Its header says that it is a draft.")


def _renderer() -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": True, "maxNesting": 60})
    renderer.enable(["table", "strikethrough"])
    renderer.add_render_rule("html_inline", _render_html)
    renderer.add_render_rule("html_block", _render_html)
    return renderer


def _render_html(_: Any, tokens: Any, index: int, *__: Any) -> str:
    """Pass HTML on, and keep what only looks like it (`<your-token>`) as the text it is."""
    return _TAG.sub(lambda m: m[0] if m[1].lower() in KNOWN else escape(m[0]), str(tokens[index].content))
