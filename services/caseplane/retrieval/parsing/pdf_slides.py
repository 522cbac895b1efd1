"""Slides: each page has a title and says little, and a page may only add a line to the one before."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from caseplane.retrieval.parsing.pdf_glyphs import PageContent, Piece, lines_of

_FEWEST_PAGES = 3
_WIDE = 1.15
"""How much wider than high a slide is at least."""
_MOST_CHARS = 1_200
_TITLE_PART = 0.4
"""The part of a slide, from its top, in which its title stands."""
_LONGEST_TITLE = 140


def are_slides(pages: Sequence[PageContent]) -> bool:
    """Whether pages are wider than high and say little."""
    filled = [page for page in pages if page.pieces]
    wide = sum(page.width > _WIDE * page.height for page in filled)
    chars = [sum(len(piece.text) for piece in page.pieces) for page in filled]
    return len(filled) >= _FEWEST_PAGES and wide > 0.8 * len(filled) and median(chars) < _MOST_CHARS


def take_title(page: PageContent, *, part: float = _TITLE_PART) -> list[Piece]:
    """The title of a slide, taken out of its pieces: what stands in its upper part in the largest letters."""
    lettered = [p for p in page.pieces if sum(c.isalpha() for c in p.text) > 1 and p.mono < 0.9]
    sizes = Counter[float]()
    for piece in lettered:
        sizes[round(piece.size)] += len(piece.text)
    near_top = [p for p in lettered if p.base < page.top + part * page.height]
    if not near_top:
        return []
    largest = max(piece.size for piece in near_top)
    usual = sizes.most_common(1)[0][0]
    if len(sizes) > 1 and largest < 1.1 * usual and not _stands_alone(page, near_top):
        return []
    found: list[Piece] = []
    for line in lines_of(near_top):
        large = [piece for piece in line if piece.size > 0.9 * largest]
        if large and (not found or large[0].base - found[-1].base < 2 * largest):
            found += sorted(large, key=lambda p: p.left)
    if sum(len(piece.text) for piece in found) > _LONGEST_TITLE:
        return []
    page.pieces = [piece for piece in page.pieces if piece not in found]
    return found


def _stands_alone(page: PageContent, near_top: Sequence[Piece]) -> bool:
    """Whether the first line of a slide is set apart from what follows it."""
    lines = lines_of(page.pieces)
    first = lines[0]
    if len(lines) < 2 or len(first) > 1 or first[0] not in near_top:
        return False
    return lines[1][0].base - first[0].base > 1.8 * first[0].size


def built_up(pages: Sequence[PageContent]) -> set[int]:
    """Numbers, from 0, of the pages whose whole text the next page repeats in the same places and adds to."""
    texts = [{(p.text, round(p.left / 3), round(p.base / 3)) for p in page.pieces} for page in pages]
    return {number for number, (text, following) in enumerate(pairwise(texts)) if text and text <= following}
