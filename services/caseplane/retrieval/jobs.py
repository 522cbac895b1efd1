"""What the jobs of this service have in common; each noun has its own."""

from datetime import timedelta

from caseplane.core.jobs import Backoff

MAX_ATTEMPTS = 6
"""Starts that one file, or one step of re-indexing, may have before it is given up."""
INGESTION = "ingestion"
CHANGES = "changes"
# One start more than a file may have, so that the last one can record the files as given up.
PATIENT = Backoff(MAX_ATTEMPTS + 2, base=timedelta(seconds=2), cap=timedelta(minutes=2))
