"""Markdown as text, for channels that show none: addresses in brackets after their words, lists as lists."""

from collections.abc import Sequence

from markdown_it.token import Token

from caseplane.text.markdown import parser

_SPOKEN = frozenset({"text", "code_inline", "html_inline", "image"})


def plain(markdown: str) -> str:
    """The words of Markdown, laid out as its blocks are."""
    writer = _Writer()
    for token in parser().parse(markdown):
        writer.take(token)
    return writer.text.strip()


class _Writer:
    def __init__(self) -> None:
        self.text = ""
        self._lists: list[int | None] = []  # next number of each open list, None for bullets
        self._mark = ""
        self._in_list = False
        self._names: list[str] | None = None  # of the open table's columns
        self._row: list[str] | None = None

    def take(self, token: Token) -> None:
        match token.type:
            case "inline" if self._row is not None:
                self._row.append(line_text(token.children or ()))
            case "inline":
                self._add(line_text(token.children or ()))
            case "fence" | "code_block" | "html_block":
                self._add(token.content.rstrip("\n"))
            case "bullet_list_open":
                self._lists.append(None)
            case "ordered_list_open":
                self._lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                self._in_list = bool(self._lists)
            case "list_item_open":
                self._item()
            case "table_open":
                self._names = []
            case "tr_open":
                self._row = []
            case "tr_close":
                self._close_row()

    def _item(self) -> None:
        number = self._lists[-1]
        self._mark = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _close_row(self) -> None:
        row, self._row = self._row or [], None
        if not self._names:
            self._names = row
            return
        pairs = zip(self._names, row, strict=False)
        self._add("; ".join(f"{name}: {value}" if name else value for name, value in pairs if value))

    def _add(self, words: str) -> None:
        indent = "  " * max(len(self._lists) - 1, 0)
        mark, self._mark = self._mark, ""
        apart = "\n" if self._in_list and self._lists else "\n\n"
        self._in_list = bool(self._lists)
        lines = words.replace("\n", f"\n{indent}{' ' * len(mark)}")
        self.text += f"{apart}{indent}{mark}{lines}"


def line_text(tokens: Sequence[Token]) -> str:
    """The words of a line, with each link's address behind its words unless they are the same."""
    said = ""
    links: list[tuple[int, str]] = []
    for token in tokens:
        if token.type in _SPOKEN:
            said += token.content
        elif token.type in ("softbreak", "hardbreak"):
            said += "\n"
        elif token.type == "link_open":
            links.append((len(said), str(token.attrs.get("href", ""))))
        elif token.type == "link_close" and links:
            begin, address = links.pop()
            if address and address.removeprefix("mailto:").removeprefix("tel:") != said[begin:]:
                said += f" ({address})"
    return said
