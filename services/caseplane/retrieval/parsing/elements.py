"""What the names of HTML elements mean to a reader of text."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


HEADINGS = {f"h{n}": n for n in range(1, 7)}
DROPPED = _names(
    "script style noscript template iframe object embed svg canvas head button select option "
    "input textarea dialog audio video map"
)
"""Not text, or not shown, or not content."""
BLOCKS = _names(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure "
    "footer form header hgroup hr html legend main menu nav ol optgroup p section summary ul"
)
CODE = _names("code kbd samp tt var")
KNOWN = (
    BLOCKS
    | CODE
    | DROPPED
    | _names(
        "a abbr b bdi bdo big br caption cite col colgroup data del dfn dt em font h1 h2 h3 h4 h5 "
        "h6 i img ins label li link mark meta pre q rp rt ruby s small source span strike strong "
        "sub sup table tbody td tfoot th thead time tr track u wbr picture param base title "
        "!doctype"
    )
)
"""Everything that is HTML; other words in angle brackets are placeholders people wrote."""
