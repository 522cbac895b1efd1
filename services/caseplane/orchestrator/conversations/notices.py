"""What the assistant says about itself, in the customer's language."""

from caseplane.dialogue.notices import unlike, variants


def notice(kind: str, language: str | None, *, last: str = "", **values: str) -> str:
    """A text of `caseplane.dialogue.notices` in the customer's language, unlike what was said last."""
    return unlike([text.format(**values) for text in variants(kind, language)], last)
