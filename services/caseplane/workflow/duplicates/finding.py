"""Finds the tickets that are about the same thing as one, and keeps the finding as links."""

from datetime import timedelta

from caseplane.triage.duplicates import compare
from caseplane.triage.results import Match
from caseplane.workflow.context import Work
from caseplane.workflow.duplicates.reading import ReadTicket
from caseplane.workflow.duplicates.repository import Fingerprints, Links

WANTED = 40
"""Candidates from each index."""
SHOWN = 10
DUPLICATE, RELATED = 0.5, 0.6
"""Scores from which tickets are linked. The same customer within the window mostly asks again; a stranger's ticket must be
more alike, since an agent reads the link."""
WINDOW = timedelta(days=30)
"""In which a customer's ticket can repeat an earlier one; later it is a matter of its own."""


async def find(work: Work, ticket: ReadTicket, *, limit: int = SHOWN) -> list[Match]:
    """The tickets that are about the same thing, the likest first."""
    own = ticket.fingerprint
    since = (own.at or work.now) - WINDOW
    found = await work.repo(Fingerprints).candidates(
        ticket.ticket_id, own, profile=ticket.profile, since=since, wanted=WANTED
    )
    matches = []
    for other in found:
        same = own.customer is not None and own.customer == other.fingerprint.customer
        within = other.fingerprint.at is not None and other.fingerprint.at >= since
        likeness = compare(own, other.fingerprint, similarity=other.similarity)
        again = same and within
        if likeness.score >= (DUPLICATE if again else RELATED):
            matches.append(
                Match(
                    ticket_id=other.ticket_id,
                    score=round(likeness.score, 4),
                    kind="duplicate" if again else "related",
                    reasons=(likeness.reason,),
                )
            )
    return sorted(matches, key=lambda match: (-match.score, match.ticket_id))[:limit]


async def remember(work: Work, ticket: ReadTicket) -> None:
    """Keep what is compared of a ticket, for those that come later; safe to repeat."""
    await work.repo(Fingerprints).remember(
        ticket.ticket_id, ticket.fingerprint, profile=ticket.profile, digest=ticket.digest
    )


async def look(work: Work, ticket: ReadTicket) -> list[Match]:
    """Keep a ticket, find those like it, and link them, in one transaction; safe to repeat."""
    await remember(work, ticket)
    matches = await find(work, ticket)
    await work.repo(Links).suggest(ticket.ticket_id, matches)
    return matches
