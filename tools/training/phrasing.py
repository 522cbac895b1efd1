"""Customers' questions from headings and from the words of links.

A heading says what its section answers, but nobody asks in headings. So a heading is put as a question in one of
several ways, with other words for common verbs, and often as carelessly as people type.
"""

import random
import re

_IMPERATIVES = frozenset(
    """
    access activate add adjust allow analyse analyze apply archive assign attach authenticate authorize backup block build
    buy calculate cancel change check choose clean clear clone close collect combine compare complete configure confirm
    connect control convert copy correct create customize debug define delete deploy design determine disable disconnect
    download drain edit enable enforce ensure enter evaluate export extend filter find fix force generate get give grant
    group handle hide identify import increase inspect install integrate invite issue join keep label launch limit link
    list locate lock log make manage map measure merge migrate modify monitor move open optimize order organize override
    pause pay plan post prepare prevent print process provide publish pull purchase push put query read reassign receive
    record recover reduce refund register remove rename renew reopen replace report request require reset resize resolve
    restart restore restrict resume retrieve return reverse review revoke roll rotate route run save scale schedule search
    secure select send set share ship show sign specify split start stop store submit subscribe switch sync test track
    transfer translate troubleshoot turn undo uninstall unlock update upgrade upload use validate verify view work write
""".split()
)
_GENERIC = frozenset(
    """
    overview introduction prerequisites requirements example examples usage notes note see also next steps summary
    conclusion background references reference further reading before you begin begin related information content
    feedback resources limitations considerations details description parameters contents table faq faqs
    known issues appendix what's new changelog release contributing steps step important tip warning general more
""".split()
)
_OTHER_WORDS = {
    "create": ("make", "set up", "add"), "delete": ("remove", "get rid of"), "remove": ("delete", "take out"),
    "configure": ("set up", "change the settings of"), "enable": ("turn on", "switch on", "activate"),
    "disable": ("turn off", "switch off", "deactivate"), "view": ("see", "look at"), "update": ("change", "upgrade"),
    "upgrade": ("update", "move to a newer version of"), "change": ("edit", "modify"), "edit": ("change",),
    "add": ("create", "put in"), "install": ("set up", "get"), "use": ("work with",), "set": ("configure", "change"),
    "get": ("find", "obtain"), "verify": ("check", "make sure of"), "check": ("verify", "see"),
    "troubleshoot": ("fix", "solve problems with"), "fix": ("solve", "repair"), "specify": ("give", "set"),
    "retrieve": ("get", "fetch"), "deploy": ("roll out", "run"), "connect": ("hook up", "link"), "monitor": ("watch",),
    "register": ("sign up", "record"), "assign": ("give",), "restrict": ("limit",), "limit": ("cap", "restrict"),
    "export": ("download", "get out"), "import": ("upload", "bring in"), "send": ("mail", "deliver"),
    "cost": ("price",), "costs": ("prices",), "error": ("problem",), "errors": ("problems",), "stop": ("end",),
    "start": ("begin",), "purchase": ("buy",), "require": ("need",), "requires": ("needs",), "modify": ("change",),
}  # fmt: skip
_HOW = (
    "How do I {}?", "how do i {}", "How can I {}?", "how to {}", "How to {}?", "can I {}?", "Is it possible to {}?",
    "I want to {}, how?", "what do I have to do to {}", "where can i {}", "what's the way to {}?",
    "i need to {} but don't know how", "Can you tell me how to {}?", "steps to {}", "is there a way to {}",
)  # fmt: skip
_WHAT = (
    "What about {}?", "{}?", "{}", "what is {}", "What are {}?", "How does {} work?", "tell me about {}",
    "I have a question about {}", "where do I find {}", "what do i need to know about {}?", "explain {} please",
)  # fmt: skip
_ASKING = re.compile(
    r"(?:what|how|why|when|where|which|who|can|could|do|does|is|are|should|will|would|may|am)\b",
    re.IGNORECASE,
)
_MARKS = re.compile(r"`|\*\*?|\[\^?\d+\]|\{[^}]*\}|\[([^\]]*)\]\([^)]*\)|<[^>]+>")


def plain(heading: str) -> str:
    """A heading without markup and numbers of steps."""
    said = _MARKS.sub(lambda found: found[1] or "", heading)
    return re.sub(
        r"^(?:step )?\d+(?:\.\d+)*[.:)]?\s+", "", " ".join(said.split()), flags=re.IGNORECASE
    ).strip(" .:#")


def says_much(heading: str) -> bool:
    """Whether a heading tells what its section answers."""
    words = [w for w in re.findall(r"[A-Za-z][\w'-]+", heading.lower()) if w not in _GENERIC]
    content = [w for w in words if len(w) > 3 or w in _IMPERATIVES]
    return len(content) >= 2 and len(heading) <= 90 and heading.isascii()


def question(heading: str, chance: random.Random) -> str:
    """One way to ask what a heading answers."""
    said = plain(heading)
    if _ASKING.match(said):
        if re.match(r"how to ", said, re.IGNORECASE) and chance.random() < 0.7:
            return careless(chance.choice(_HOW).format(_others(_lowered(said[7:]), chance)), chance)
        return careless(
            _others(said, chance) + ("?" if chance.random() < 0.7 and said[-1] != "?" else ""), chance
        )
    first, _, rest = said.partition(" ")
    if first.lower() in _IMPERATIVES and rest:
        return careless(chance.choice(_HOW).format(_others(_lowered(said), chance)), chance)
    return careless(chance.choice(_WHAT).format(_others(_lowered(said), chance)), chance)


def _lowered(said: str) -> str:
    """Its first word in small letters, unless it is a name."""
    first, gap, rest = said.partition(" ")
    return (first.lower() if first[1:].islower() or len(first) == 1 else first) + gap + rest


def _others(said: str, chance: random.Random) -> str:
    """Some common words replaced by others that mean the same."""

    def other(word: str) -> str:
        choices = _OTHER_WORDS.get(word.lower())
        return chance.choice(choices) if choices and chance.random() < 0.45 else word

    return " ".join(other(word) for word in said.split())


def careless(said: str, chance: random.Random) -> str:
    """As people type: small letters, no mark at the end, now and then a word or a letter too few."""
    if chance.random() < 0.35:
        said = said.lower()
    if chance.random() < 0.25:
        said = said.rstrip("?.")
    words = said.split()
    if len(words) > 5 and chance.random() < 0.25:
        words.pop(chance.randrange(2, len(words)))
    long = [i for i, word in enumerate(words) if len(word) > 5]
    if long and chance.random() < 0.08:
        at = chance.choice(long)
        drop = chance.randrange(1, len(words[at]) - 1)
        words[at] = words[at][:drop] + words[at][drop + 1 :]
    return " ".join(words)
