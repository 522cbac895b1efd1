"""Detects the customer's language with a small offline model, loaded at its first use."""

import re
from functools import cache
from typing import Any

# Longer text only makes detection slower.
_LONGEST = 2000
_FEWEST_LETTERS = 8
_LEAST_CONFIDENCE = 0.5
_WRITTEN_ALONE = re.compile(r"[\u3040-\u30ff]|[\uac00-\ud7af]")
_CODE = re.compile(r"`[^`]{0,500}`|https?://\S{1,500}|\S{0,60}[\w.-]@[\w.-]{1,60}|\[[a-z]+\]")


def detect_language(text: str) -> str | None:
    """ISO 639-1 code of the language, or None if the text is too short or too mixed."""
    sample = _CODE.sub(" ", text[:_LONGEST])
    kana_or_hangul = _WRITTEN_ALONE.search(sample)
    if kana_or_hangul:
        return "ja" if kana_or_hangul[0] < "\u3100" else "ko"
    letters = sum(character.isalpha() for character in sample)
    dense = sum(character >= "\u2e80" for character in sample)
    if letters + 3 * dense < _FEWEST_LETTERS:
        return None
    code, confidence = _identifier().classify(sample)
    return str(code) if confidence >= _LEAST_CONFIDENCE else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Rare languages with three-letter codes (such as Nigerian Pidgin) reduce the confidence of common ones.
    identifier.set_languages([label for label in identifier.labels if len(label) == 2])
    return identifier
