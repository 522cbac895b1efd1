"""Finds and replaces personal data in text."""

from caseplane.core.privacy.pii import detect_pii, redact
from caseplane.core.privacy.redaction import PiiKind, PiiSpan, Redacted, RedactedSpan

__all__ = ["PiiKind", "PiiSpan", "Redacted", "RedactedSpan", "detect_pii", "redact"]
