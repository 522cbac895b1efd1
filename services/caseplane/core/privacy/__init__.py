"""What may be kept, what may be trusted: personal data, injection, language, plain wishes."""

from caseplane.core.privacy.injection import InjectionSignal, InjectionVerdict, detect_injection
from caseplane.core.privacy.intents import is_confirmation, is_thanks, wants_person
from caseplane.core.privacy.language import detect_language
from caseplane.core.privacy.pii import detect_pii, redact
from caseplane.core.privacy.redaction import PiiKind, PiiSpan, Redacted, RedactedSpan
from caseplane.core.privacy.sources import TextSource

__all__ = [
    "InjectionSignal",
    "InjectionVerdict",
    "PiiKind",
    "PiiSpan",
    "Redacted",
    "RedactedSpan",
    "TextSource",
    "detect_injection",
    "detect_language",
    "detect_pii",
    "is_confirmation",
    "is_thanks",
    "redact",
    "wants_person",
]
