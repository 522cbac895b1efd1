"""Judges whether two tickets are about the same thing, and whether many are about one outage. Pure: no I/O, no service."""

from caseplane.triage.duplicates.fingerprints import Fingerprint, fingerprint
from caseplane.triage.duplicates.rarity import EVEN, Rarity
from caseplane.triage.duplicates.scoring import Resemblance, compare, score

__all__ = ["EVEN", "Fingerprint", "Rarity", "Resemblance", "compare", "fingerprint", "score"]
