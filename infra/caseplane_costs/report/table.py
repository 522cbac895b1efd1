"""Renders documents on a terminal, and as plain text."""

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from caseplane_costs.report.document import Bar, Cell, Document, Section

TONES = {"good": "green", "bad": "red", "": ""}
WIDTH = 10
PLAIN_WIDTH = 180
"""Characters per line for a file or a pipe, which has no width."""
EIGHTHS = " ▏▎▍▌▋▊▉█"


def render(document: Document) -> RenderableType:
    """A document for Rich to print; a terminal scrolls, so nothing is folded."""
    parts: list[RenderableType] = [
        Text(document.title, style="bold"),
        Text(document.headline, style="bold cyan"),
        *(Text(f"  {each}", style="dim") for each in document.facts),
        *(Text(f"! {each}", style="yellow") for each in document.warnings),
    ]
    for section in document.sections:
        parts.append(Text(""))
        parts.extend(_section(section))
    return Group(*parts)


def text(document: Document) -> str:
    """A document as plain text."""
    console = Console(width=PLAIN_WIDTH, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(render(document))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _section(section: Section) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(section.title, style="bold")]
    parts.extend(Text(each, style="dim") for each in section.text)
    if section.columns:
        parts.append(_table(section))
    return parts


def _table(section: Section) -> Table:
    table = Table(
        box=None, pad_edge=False, show_footer=bool(section.total), header_style="dim", footer_style="bold"
    )
    totals = section.total or tuple(Cell("") for _ in section.columns)
    for index, (column, total) in enumerate(zip(section.columns, totals, strict=True)):
        drawn = any(row[index].bar for row in section.rows)
        table.add_column(
            escape(column.name),
            footer=Text(total.text + " " * (WIDTH + 1) * drawn, style=TONES[total.tone]),
            justify="right" if column.number else "left",
            overflow="fold",
        )
    for row in section.rows:
        table.add_row(*(_cell(cell) for cell in row))
    return table


def _cell(cell: Cell) -> Text:
    shown = Text(cell.text, style=TONES[cell.tone])
    return shown.append(f" {_bar(cell.bar)}", style="cyan") if cell.bar else shown


def _bar(bar: Bar) -> str:
    eighths = round(bar.part(bar.expected) * WIDTH * 8)
    whole, rest = divmod(eighths, 8)
    return f"{'█' * whole}{EIGHTHS[rest] if rest else ''}".ljust(WIDTH)
