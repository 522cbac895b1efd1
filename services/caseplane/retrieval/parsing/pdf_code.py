"""Program code on a page of a PDF: lines in letters of one width, with the breaks and the indents that they have there."""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from caseplane.retrieval.parsing.pdf_layout import Line

_FENCE = "```"
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_DEEPEST = 60
_ITEM = re.compile(r"[\u2022\u25aa\u25cf\u25e6\u2023\u25a0\u25cb\u00b7]")
_CODE_SIGNS = re.compile(r"[{}();=<>]|^\s*[\w./$-]+:(?:\s|$)|^\s*(?:#|//|\$ )")
_SENTENCE = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,} [a-z]{2,}[^(){}]*\.(?: [A-Z]|$)")


def is_code(line: Line) -> bool:
    """Whether a line is set as code is; for Chinese letters in it, which are always equally wide, others may stand."""
    if _ITEM.match(line.text):
        return False
    ideographs = len(_IDEOGRAPHS.findall(line.text))
    if ideographs:
        return line.mono > 0.3 and ideographs < 0.7 * len(line.text)
    return line.mono > 0.9


def code_end(lines: Sequence[Line], start: int, *, boxed: bool = False) -> int:
    """Where the code that begins at a line ends; the same line if none begins there.

    Args:
        lines: all lines of a flow.
        start: the line that may be code.
        boxed: whether there is a box around the flow; in it, code need not be set in letters of one width.
    """
    if boxed and start == 0 and len(lines) > 1:
        signs = sum(bool(_CODE_SIGNS.search(line.text)) for line in lines)
        if 2 * signs >= len(lines) and not any(_SENTENCE.search(line.text) for line in lines):
            return len(lines)
    if _IDEOGRAPHS.search(lines[start].text) and not _CODE_SIGNS.search(lines[start].text):
        return start
    end = start
    while end < len(lines) and is_code(lines[end]):
        if end > start and lines[end].base - lines[end - 1].base > 3.5 * lines[end].size:
            break
        end += 1
    return end


def written_code(lines: Sequence[Line]) -> str:
    """Lines of code, fenced, each with its indent; a larger gap between two is an empty line."""
    width = median((p.right - p.left) / max(len(p.text), 1) for line in lines for p in line.pieces)
    left = min(line.left for line in lines)
    gaps = [after.base - before.base for before, after in pairwise(lines)]
    pitch = min((gap for gap in gaps if gap > 1), default=0.0)
    found = [_written(lines[0], left, width)]
    for gap, line in zip(gaps, lines[1:], strict=True):
        if pitch and gap > 1.7 * pitch:
            found.append("")
        found.append(_written(line, left, width))
    text = "\n".join(found)
    fence = _FENCE
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _written(line: Line, left: float, width: float) -> str:
    text = ""
    for piece in line.pieces:
        column = round((piece.left - left) / max(width, 0.1))
        text += " " * min(max(column - len(text), 1 if text else 0), _DEEPEST) + piece.text
    return text
