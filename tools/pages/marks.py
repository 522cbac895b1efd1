"""Handwritten pages with one generated part between two comments."""

from tools.pages import written

BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"


def with_generated(path: str, part: str) -> str:
    """A page with its generated part replaced."""
    before, rest = written(path).split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{part}\n\n{END}{after}"
