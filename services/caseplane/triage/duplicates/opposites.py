"""Words of which a text means one and not another.

A vector of a whole text hardly tells "upload" from "download": both occur in the same company. If what is left of one
text, without the words that both have, is opposed to what is left of the other, they are about different things.
The lists are English; in another language there are fewer clashes, and the other features decide.
"""

from typing import Final

from caseplane.text.stems import stem

_OPPOSITES = """
upload download, import export, login logout, log-in log-out, sign-in sign-out, enable disable, start stop, before after,
send receive, sent received, add remove, open close, opened closed, once twice, more less, early late, first last,
buy sell, block unblock, lock unlock, blocked unblocked, locked unlocked, cancel renew, cancelled renewed,
upgrade downgrade, upgraded downgraded, monthly yearly, incoming outgoing, lost found, delete restore, deleted restored,
delete export, refund replacement, refund exchange, copy cut, backup restore, show hide, shown hidden, connect disconnect,
increase decrease, raise lower, up down, big small, large small, fast slow, hot cold, on off, in out, with without,
deposit withdrawal, deposit withdraw, accept reject, accepted rejected, approve reject, install uninstall,
activate deactivate, subscribe unsubscribe, public private, internal external, read write, input output, old new
"""
_ONE_OF = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
android iphone ios
windows macos linux
firefox safari chrome edge
dollars euros pounds francs yen
red blue green yellow black white
address date
email phone sms letter
visa mastercard amex paypal
memory disk cpu network
invoice receipt quote
"""


def _pairs() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    groups = [pair.split() for pair in _OPPOSITES.replace("\n", " ").split(",")]
    for group in [*groups, *(line.split() for line in _ONE_OF.split("\n") if line)]:
        keys = frozenset(map(stem, group))
        for key in keys:
            found[key] = found.get(key, frozenset()) | (keys - {key})
    return found


OPPOSED: Final = _pairs()


def opposed(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether some term of `a` is opposed to one of `b`; both as `text.terms` cuts them."""
    return any(not b.isdisjoint(OPPOSED[term]) for term in a if term in OPPOSED)
