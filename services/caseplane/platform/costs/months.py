"""Calendar months (UTC), as costs are counted by."""

from datetime import UTC, date, datetime

from caseplane.core.clock import utcnow
from caseplane.core.errors import InvalidInputError


def parse_month(given: str | None) -> date:
    """The first day of a month such as `2026-11`; without one, of the present month.

    Raises:
        InvalidInputError: it is not a month.
    """
    if given is None:
        return utcnow().date().replace(day=1)
    try:
        return datetime.strptime(given, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise InvalidInputError(f"month: {given[:20]!r} is no month; write it as 2026-11.") from None


def bounds(month: date) -> tuple[datetime, datetime]:
    """When a month begins, and when the next does."""
    since = datetime(month.year, month.month, 1, tzinfo=UTC)
    return since, since.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
