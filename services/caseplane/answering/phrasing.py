"""Whether a statement is useful alone, by its wording, and whether a page tells of releases; mostly English."""

import re

from caseplane.answering.models import Evidence

_VERBS = """
    is are was were can will would may must should has have had does do means makes lets way
    adds allows applies creates deletes depends enables ensures gives happens includes installs prevents
    removes requires results returns sets shows uses works
"""
_REFERS = re.compile(
    r"(?:and|or|but|then|also|alternatively|otherwise|however|therefore|they|it)\b"
    rf"|th(?:is|ese|at|ose)\s+(?:{'|'.join(_VERBS.split())})\b"
    r"|[^.]*\b(?:as above|(?:example|command|list|section|steps?|manifest|table)s? above"
    r"|(?:above|previous) (?:example|command|list|section|steps?|manifest|table))",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\W*(?:note|tip|see|refer to|visit|check out|learn (?:how|about|more)|read (?:the|more|about)"
    r"|for (?:more|further) (?:details|information))\b",
    re.IGNORECASE,
)
_ONWARD = re.compile(
    r"\b(?:what['’]s next|next steps|see also|further reading|related (?:topics|links|pages))\W*$",  # noqa: RUF001
    re.IGNORECASE,
)


_QUALIFIES = re.compile(
    r"\W*(?:however|but|otherwise|except|unless|only|if not|if you (?:do not|don't|have no)|in that case|in this case"
    r"|note that|this (?:does not|doesn't|only|requires|applies)|it (?:does not|doesn't|only)|exceptions?\b"
    r"|jedoch|ansonsten|außer|falls nicht|sauf|sinon|toutefois|cependant|sin embargo|salvo|excepto|de lo contrario"
    r"|tuttavia|altrimenti|tranne)\b",
    re.IGNORECASE,
)


_NEWS_PAGE = re.compile(
    r"(?:^|[/_ .-])(?:change-?logs?|release[-_ ]?notes?|releases|what'?s[-_ ]?new|whatsnew|product[-_ ]updates"
    r"|versionshinweise|notes-de-version|notas-de-version)(?=$|[/_ .-])",
    re.IGNORECASE,
)
_ASKS_FOR_NEWS = re.compile(
    r"\b(?:new|news|newest|latest|recent(?:ly)?|changed?|changes|changelog|release[ds]?|added|introduced|since|version"
    r"|v?\d+\.\d+|update[ds]?|upcoming|20\d\d)\b",
    re.IGNORECASE,
)


def is_news(evidence: Evidence) -> bool:
    """Whether a page lists what changed, by its path or title."""
    return any(_NEWS_PAGE.search(name) for name in (evidence.path or evidence.uri, evidence.title))


def asks_for_news(question: str) -> bool:
    """Whether a question may be about what changed, or when."""
    return bool(_ASKS_FOR_NEWS.search(question))


def qualifies(statement: str) -> bool:
    """Whether a statement limits the one before it, which is half the truth without it."""
    return bool(_QUALIFIES.match(statement))


def points_elsewhere(statement: str, heading: str) -> bool:
    """Whether a statement only refers to another place, as its heading may show."""
    return bool(_POINTS.match(statement) or _ONWARD.search(heading))


def refers_back(statement: str) -> bool:
    """Whether a statement makes no sense without the text before it."""
    return bool(_REFERS.match(statement))
