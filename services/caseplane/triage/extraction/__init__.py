"""Values that stand in a ticket: order numbers, codes, addresses, dates, amounts, and what a tenant defines."""

from caseplane.triage.extraction.canonical import canonical
from caseplane.triage.extraction.extract import extract

__all__ = ["canonical", "extract"]
