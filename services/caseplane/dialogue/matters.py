"""Whether a message raises a new matter, or goes on with the one before."""

import re
from collections.abc import Iterable

from caseplane.dialogue.follow_ups import core, stands_alone
from caseplane.dialogue.grammar import topic
from caseplane.text.words import key_of

_RECURS = re.compile(
    r"\b(?:still|again|another time|once more|as before|same (?:error|problem|issue|thing)|back again|not (?:fixed|solved|resolved)|came back|reopen|re-open"
    r"|immer noch|noch immer|wieder|erneut|nach wie vor|derselbe|dasselbe|toujours|encore|de nouveau|nouveau|m[eê]me (?:probl[eè]me|erreur)"
    r"|sigue|todav[ií]a|a[uú]n|otra vez|de nuevo|mism[oa]|ancora|di nuovo|stess[oa]|ainda|novamente|outra vez|mesm[oa]|nog steeds|weer|opnieuw|hetzelfde)\b",
    re.IGNORECASE,
)
_ASKS_HOW = re.compile(
    r"^\W*(?:\w+ ){0,2}?(?:how (?:do|can|could|to|would|should|does)|can (?:i|we|you|guests|users|members)|is (?:it possible|there a way)|wie (?:kann|k[oö]nnen|\w+ (?:ich|man|wir))|kann (?:ich|man)"
    r"|comment|(?:est-ce que )?(?:je peux|puis-je|peut-on)|c[oó]mo|(?:se )?puedo|come|posso|si pu[oò]|como|hoe (?:kan|moet|\w+ ik)|kan ik)\b",
    re.IGNORECASE,
)


def is_new_matter(text: str, before: Iterable[str]) -> bool:
    """Whether a message clearly asks something else than the customer's earlier messages.

    Args:
        text: what the customer asks, without small talk.
        before: the customer's earlier messages of the case.
    """
    asked = core(text)
    if _RECURS.search(text) or not stands_alone(asked):
        return False
    if _ASKS_HOW.search(asked):
        return True
    known = {key_of(token.text) for earlier in before for token in topic(earlier)}
    return not known & {key_of(token.text) for token in topic(text)}
