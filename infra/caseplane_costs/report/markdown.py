"""Renders documents as Markdown, for a comment on a pull request."""

from collections.abc import Iterator, Sequence

from caseplane_costs.report.document import Cell, Document, Section

LONGEST = 65_536
"""Characters that GitHub allows in a comment; others allow more."""
CUT = "\n\nThe rest is left out, because a comment cannot be longer.\n"


def render(document: Document) -> str:
    """Headings, lists and tables; folded sections in `<details>`; cut at the longest comment."""
    blocks = [f"## {_escaped(document.title)}", f"**{_escaped(document.headline)}**"]
    if document.facts:
        blocks.append("\n".join(f"- {_escaped(each)}" for each in document.facts))
    blocks.extend(f"> **Note:** {_escaped(each)}" for each in document.warnings)
    text = "\n\n".join(blocks)
    for section in document.sections:
        more = "\n\n" + "\n\n".join(_section(section))
        if len(text) + len(more) + len(CUT) > LONGEST:
            return text + CUT
        text += more
    return text + "\n"


def _section(section: Section) -> Iterator[str]:
    if section.folded:
        yield f"<details><summary>{_escaped(section.title)}</summary>"
    else:
        yield f"### {_escaped(section.title)}"
    yield from map(_escaped, section.text)
    if section.columns:
        yield "\n".join(_table(section))
    if section.folded:
        yield "</details>"


def _table(section: Section) -> Iterator[str]:
    yield _row([Cell(column.name) for column in section.columns])
    yield "|" + "|".join("---:" if column.number else "---" for column in section.columns) + "|"
    yield from map(_row, section.rows)
    if section.total:
        yield _row(
            [Cell(f"**{_escaped(cell.text)}**" if cell.text else "") for cell in section.total], escape=False
        )


def _row(cells: Sequence[Cell], *, escape: bool = True) -> str:
    return "| " + " | ".join(_escaped(cell.text) if escape else cell.text for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Text without Markdown or HTML, which names in a stack may contain."""
    for char in "\\`*_[]|#@":
        text = text.replace(char, f"\\{char}")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
