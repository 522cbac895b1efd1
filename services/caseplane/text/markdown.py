"""Markdown that is shown to customers: what may be in it.

An answer quotes documents, and a document may hold anything. What is shown can stress words, list, link to the web
and show code; it can neither load a picture, run a script nor hold HTML. `safe` decides by a real parser, so what
it takes for text is what a reader's program takes for text.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
"""Of addresses that a customer may be led to."""
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_TARGET = re.compile(r"\](?=[(\[])")
_DEFINITION = re.compile(r"^([ ]{0,3})\[(?=[^\]\n]+\]:)", re.MULTILINE)
_URI_SAFE = "%/:?#@!$&'*+,;=~-._"
_HALF_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def escaped_uri(uri: str) -> str:
    """An address with everything escaped that ends or breaks one; what is escaped already stays."""
    return quote(_HALF_ESCAPE.sub("%25", uri.strip()), safe=_URI_SAFE)


def web_address(address: str, base: str) -> str | None:
    """The absolute address of a link on a page; None if a customer cannot or must not follow it.

    Args:
        address: as the page has it.
        base: address of the page, perhaps only a path.
    """
    # Browsers ignore white space and controls in a scheme; so does this.
    given = _CONTROL.sub(lambda found: "%20" * (found[0] == " "), address.strip())
    try:
        whole = urljoin(base, given) if urlsplit(base).scheme in ("http", "https") else given
        parts = urlsplit(whole)
    except ValueError:
        return None
    if parts.scheme.lower() not in SCHEMES or not (parts.netloc or parts.scheme.lower() in ("mailto", "tel")):
        return None
    return escaped_uri(whole)


def link(words: str, address: str) -> str:
    """A link in Markdown; both are as `escaped` and `web_address` give them."""
    return f"[{words}]({address})"


def escaped(text: str) -> str:
    """Plain words as Markdown: nothing in them becomes HTML, a link or a picture. Code stays as it is."""
    return "".join(piece if is_code else _escaped(piece) for piece, is_code in _by_code(text))


def _by_code(text: str) -> Iterator[tuple[str, bool]]:
    position = 0
    for code in _CODE.finditer(text):
        yield text[position : code.start()], False
        yield code[0], True
        position = code.end()
    yield text[position:], False


def _escaped(text: str) -> str:
    return _DEFINITION.sub(r"\1\\[", _TARGET.sub(r"\\]", _TAG.sub(r"\\<", text)))


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """Reads Markdown as programs that show it do."""
    # HTML is on, so that it is seen where a careless program would see it.
    made = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    made.validateLink = lambda url: True  # type: ignore[method-assign]  # judged here, by `Allowed`
    return made


Allowed = Callable[[str], bool]
"""Whether a link may lead to an address."""


def to_the_web(address: str) -> bool:
    return web_address(address, "") is not None


def safe(markdown: str, *, allowed: Allowed = to_the_web) -> str:
    """Markdown without HTML, pictures and links that are not allowed; their words stay.

    What cannot be taken out one by one is shown as the words and marks that it is written in.
    """
    if _harmless(markdown, allowed):
        return markdown
    tidied = _without(markdown, allowed)
    return tidied if _harmless(tidied, allowed) else _defused(markdown)


def _harmless(markdown: str, allowed: Allowed) -> bool:
    return all(_may_stay(token, allowed) for token in _tokens(markdown))


def _may_stay(token: Token, allowed: Allowed) -> bool:
    if token.type in ("html_inline", "html_block", "image"):
        return False
    return token.type != "link_open" or allowed(str(token.attrs.get("href", "")))


def _tokens(markdown: str) -> Iterator[Token]:
    for token in parser().parse(markdown):
        yield token
        yield from token.children or ()


_LINK = re.compile(
    r"(?<!\\)(!?)\[((?:\\.|[^\[\]\\]|\[[^\[\]]*\])*)\]"
    r"\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+[^)]*)?\)"
)
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*)>")


def _without(markdown: str, allowed: Allowed) -> str:
    def replaced(found: re.Match[str]) -> str:
        return found[0] if not found[1] and allowed(found[3]) else found[2]

    def linked(found: re.Match[str]) -> str:
        return found[0] if allowed(found[1]) else f"\\<{found[1]}>"

    pieces = []
    for piece, is_code in _by_code(markdown):
        if not is_code:
            for _ in range(3):  # a picture within a link within a list of them
                piece = _LINK.sub(replaced, piece)
            piece = _DEFINITION.sub(r"\1\\[", _AUTOLINK.sub(linked, piece))
            piece = re.sub(r"(?<!\\)<(?=[A-Za-z/!?])(?![A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>)", r"\\<", piece)
        pieces.append(piece)
    return "".join(pieces)


def _defused(markdown: str) -> str:
    """Every mark that could begin something active is shown as the character that it is."""
    # Each backslash is shown too, so a mark behind one needs another of its own.
    return re.sub(r"([<\[\]`!~])", r"\\\1", markdown.replace("\\", "\\\\")).replace("\n    ", "\n")
