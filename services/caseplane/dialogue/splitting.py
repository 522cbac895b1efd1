"""Splits a message into the questions in it, each with what else was said.

A message that cannot surely be split is one question. Background, courtesies ("any idea?") and questions without a
subject of their own ("Why?") are no questions of their own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from caseplane.dialogue.asking import (
    CLAUSE,
    DIRECT,
    FRAME,
    asks,
    begins_with_verb,
    opens_question,
    says_something,
    subjects,
)
from caseplane.dialogue.folding import tokens
from caseplane.text.folding import fold

LONGEST = 3000
"""Characters of a message that is split; a longer one is a report."""


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a message.

    Attributes:
        words: the customer's own words for it, on one line.
        asks: the question as it can be understood alone: with the "how do I" that it shares with the one before.
        context: what else the message says, which every question may need.
        topic: the question before it, if this one refers back to it.
    """

    words: str
    asks: str
    context: str = ""
    topic: str = ""


def split_questions(text: str) -> list[Part]:
    """The questions of a message, in order, each once; one part with the whole text if there are not several."""
    whole = [Part(_line(text), text.strip())]
    if len(text) > LONGEST or "```" in text:
        return whole
    found = _distinct(_parts(text))
    if len(found) < 2:
        return whole
    return _with_topics(found)


def _line(text: str) -> str:
    return " ".join(text.split())


def _parts(text: str) -> list[Part]:
    return _enumerated(text) or _spoken(text)


# ---- lists

_MARKED = re.compile(r"(?:^|(?<=[\s:;,.?!]))(?:\(?(?P<number>[1-9])[.):]\)?|(?P<letter>[a-f])\))\s+")
_BULLET = re.compile(r"^[ \t]*[-*•–][ \t]+", re.MULTILINE)  # noqa: RUF001
_WORDED = re.compile(
    r"(?:^|(?<=[\s:;,.?!]))(?:(?P<one>first(?:ly)?|1st|erstens|premierement|primero|en primer lugar|primo|in primo luogo|ten eerste)"
    r"|(?P<two>second(?:ly)?|2nd|zweitens|deuxiemement|segundo|en segundo lugar|secondo|in secondo luogo|ten tweede)"
    r"|(?P<three>third(?:ly)?|3rd|drittens|troisiemement|tercero|terzo|ten derde|finally|lastly))\s?[,:]\s+",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"\b(?:(?:two|three|four|some|several|a few|couple of|few|more|2|3|4|5|my) )?(?:questions?|things?|points|topics|issues|problems)\b"
    r"|\b(?:fragen|dinge|sachen|punkte|anliegen|questions|choses|points|preguntas|cosas|dudas|domande|cose|perguntas|coisas|vragen|dingen)\b"
    r"|\b(?:know|help|wissen|savoir|saber|sapere)\b"
)
_DONE = re.compile(
    r"\b(?:tried|did|done|steps|following error|happened|versucht|schritte|gemacht|essaye|etapes|probado|pasos|provato|passi)\b"
)


def _enumerated(text: str) -> list[Part]:
    for starts in (_counted(text), _bulleted(text), _worded(text)):
        if len(starts) > 1:
            lead = text[: starts[0][0]]
            ends = [start for start, _ in starts[1:]] + [len(text)]
            items = [text[begin:end].strip(" \t\n;,") for (_, begin), end in zip(starts, ends, strict=True)]
            found = _items(lead, items)
            if found:
                return found
    return []


def _counted(text: str) -> list[tuple[int, int]]:
    """Marks of an enumeration that counts from 1 or a: their beginnings and ends."""
    marks: list[tuple[int, int]] = []
    for mark in _MARKED.finditer(text):
        counted = mark["number"] or str("abcdef".index(mark["letter"]) + 1)
        if counted == str(len(marks) + 1):
            marks.append(mark.span())
    return marks


def _bulleted(text: str) -> list[tuple[int, int]]:
    return [mark.span() for mark in _BULLET.finditer(text)]


def _worded(text: str) -> list[tuple[int, int]]:
    marks: list[tuple[int, int]] = []
    for mark in _WORDED.finditer(text):
        if (mark["one"], mark["two"], mark["three"])[min(len(marks), 2)]:
            marks.append(mark.span())
    return marks


def _items(lead: str, items: Sequence[str]) -> list[Part]:
    """The items of a list as questions, if that is what they are."""
    last, after = _last_item(items[-1])
    items = [*items[:-1], last]
    told, opening = _before_list(lead)
    asking = sum(map(asks, items))
    shares = _shared(opening)
    wanted = 2 * asking > len(items) or shares or (_announces(opening) and not _DONE.search(fold(opening)))
    if not wanted and not lead.strip():
        wanted = all(map(begins_with_verb, items))
    if not wanted or (asks(after) and not asking):
        return []
    context = _line(f"{told} {after}")
    return [Part(_line(item), _framed(shares, item), context=context) for item in items if tokens(item)]


def _last_item(item: str) -> tuple[str, str]:
    """The last item, and the paragraph after the list."""
    own, _, after = item.partition("\n\n")
    if not after and "\n" in own:
        own, _, after = own.partition("\n")
    return own.strip(), after.strip()


def _before_list(lead: str) -> tuple[str, str]:
    """What is told before a list, and the words that introduce it."""
    sentences = list(_sentences(lead))
    if not sentences:
        return "", ""
    return _line(" ".join(sentences[:-1])), sentences[-1]


def _announces(opening: str) -> bool:
    return bool(_ANNOUNCES.search(fold(opening)))


def _shared(opening: str) -> str:
    """The "how do I" that an introduction shares with its items: "How do I:"."""
    found = FRAME.search(fold(opening))
    return (
        opening.strip(" :\n").strip()
        if found
        and opening.rstrip().endswith(":")
        and not _announces(opening[: found.start()] + opening[found.end() :])
        else ""
    )


def _framed(frame: str, item: str) -> str:
    return f"{frame} {item}" if frame and not opens_question(item) else item


# ---- sentences

_END = re.compile(r"(?<=[.!?…？])[\"'”’)\]]*(?=\s|$)|\n+")  # noqa: RUF001
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|z\.b|p\.ex|bzw|ca|approx|vs|etc|no|nr|dr|mr|mrs|ms|st)\.|^\W*\d{1,2}\.|\b[a-z]\.)$",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"^(?:(?:i (?:have|got|would like to ask)|ich habe|j'ai|tengo|ho|ik heb|tenho|just|quick|also|here are) )*"
    r"(?:two|three|four|some|several|a few|a couple of|2|3|4|zwei|drei|einige|ein paar|deux|trois|quelques|dos|tres|varias|algunas"
    r"|due|tre|alcune|duas|twee|drie|een paar)? ?(?:quick |kurze |petites |small )?"
    r"(?:questions?|things?|points?|topics?|fragen|dinge|sachen|choses|preguntas|cosas|dudas|domande|cose|perguntas|coisas|vragen|dingen)"
    r"(?: (?:please|bitte|for you|today))?\s*[:.–—-]+\s*",  # noqa: RUF001
)
_ALSO = re.compile(
    r"^(?:also|and also|another (?:question|thing|issue|problem)|one more (?:question|thing)|besides|in addition|additionally|second(?:ly)?|next|plus"
    r"|further(?:more)?|separately|unrelated|on another note|ausserdem|zudem|zweitens|noch (?:eine frage|etwas)|eine (?:weitere|andere|zweite) frage|und noch"
    r"|de plus|en outre|autre (?:question|chose)|aussi|ensuite|ademas|tambien|otra (?:pregunta|cosa|duda)|por otro lado|inoltre"
    r"|un'altra (?:domanda|cosa)|anche|alem disso|tambem|outra (?:pergunta|coisa)|daarnaast|ook|nog een vraag)\b[\s:,–—-]*"  # noqa: RUF001
)
_TROUBLE = re.compile(
    r"\b(?:not|never|cannot|can'?t|won'?t|doesn'?t|don'?t|isn'?t|fail\w*|error\w*|broken|stuck|crash\w*|missing|wrong|need|want|unable|slow"
    r"|nicht|kein\w*|fehler\w*|kaputt|fehlt|brauche|ne|pas|erreur|impossible|besoin|no|nunca|error|fallo|necesito|non|errore|manca|niet)\b"
)


def _spoken(text: str) -> list[Part]:
    """The questions among the sentences; the rest is their context."""
    body = _without_lead_in(text)
    announced = body != text.strip()
    found: list[Part] = []
    told: list[str] = []
    for sentence in _sentences(body):
        clauses = [clause for clause in _clauses(sentence, announced=announced) if tokens(clause[0])]
        if (asks(sentence) or announced) and says_something(sentence):
            found += [Part(_tidy(words), _tidy(asked)) for words, asked in clauses]
        elif found and _ALSO.match(fold(sentence)) and _tells_of_trouble(sentence):
            found.append(Part(_tidy(sentence), _tidy(sentence)))
        else:
            told.append(_line(sentence))
    if not found:
        found = _troubles(told)
        told = []
    return [replace(part, context=" ".join(told)) for part in found]


def _troubles(told: Sequence[str]) -> list[Part]:
    """Several reports without a question: "My export fails. Also, the invitation never arrives."."""
    parts: list[Part] = []
    for sentence in told:
        if parts and not (_ALSO.match(fold(sentence)) and _tells_of_trouble(sentence)):
            parts[-1] = Part(f"{parts[-1].words} {sentence}", f"{parts[-1].asks} {sentence}")
        else:
            parts.append(Part(_tidy(sentence), _tidy(sentence)))
    return parts if len(parts) > 1 and all(_tells_of_trouble(part.words) for part in parts) else []


def _tells_of_trouble(sentence: str) -> bool:
    return bool(_TROUBLE.search(fold(sentence))) and len(subjects(sentence)) > 1


def _without_lead_in(text: str) -> str:
    """The message without "I have two questions:"."""
    stripped = text.strip()
    first = next(_sentences(stripped), "")
    found = _LEAD_IN.match(fold(first.partition(":")[0] + ":" if ":" in first else first))
    if not found:
        return stripped
    cut = first.find(":") + 1 if ":" in first else len(first)
    return stripped[cut:].strip() or stripped


def _tidy(words: str) -> str:
    """A question's words without what only joins it to the one before."""
    line = _line(words).strip(" ,;–—-")  # noqa: RUF001
    joined = _JOIN_WORDS.match(line)
    rest = line[joined.end() :] if joined else line
    return rest[:1].upper() + rest[1:] if rest and joined else line


def _sentences(text: str) -> Iterator[str]:
    begin = 0
    for end in _END.finditer(text):
        piece = text[begin : end.end()]
        following = text[end.end() :].lstrip()
        if not piece.strip() or _SHORT.search(piece.rstrip()) or _is_open(piece):
            continue
        if following[:1].islower() and piece.rstrip()[-1:] in "\"'”’)]" and "\n" not in end[0]:  # noqa: RUF001
            continue  # a question that is quoted within another
        if "\n" in end[0] and following[:1].islower() and end[0].count("\n") == 1 and not asks(following):
            continue  # a line that was wrapped
        yield piece.strip()
        begin = end.end()
    if text[begin:].strip():
        yield text[begin:].strip()


def _is_open(piece: str) -> bool:
    return (
        piece.count("(") > piece.count(")")
        or piece.count("“") > piece.count("”")
        or piece.count('"') % 2 == 1
    )


# ---- clauses

_JOIN_WORDS = re.compile(
    r"(?:(?:and|plus|but|also|then|as well as|additionally|in addition|und|sowie|aber|auch|ausserdem|außerdem|et|ainsi que|aussi|également|mais|y|e|así como"
    r"|además|también|pero|ed|anche|inoltre|ma|nonché|também|bem como|mas|en|ook|maar)\b[\s,]*)+",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r",?\s+(?:and also|and additionally|and in addition|as well as|plus|, also|und auch|und ausserdem|und außerdem|sowie|et aussi|et également|et egalement|ainsi que|y también|y tambien|y además"
    r"|así como|asi como|e anche|ed anche|e inoltre|nonché|nonche|e também|e tambem|bem como|en ook|and then also)\s+",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"(?:,\s*|\s+)(?:and|und|et|y|e|ed|en|but|aber|mais|pero|ma|maar|plus)\s+(?:also\s+|auch\s+|aussi\s+|también\s+|anche\s+|ook\s+|then\s+)?",
    re.IGNORECASE,
)
_COMMA = re.compile(r"\s*[,;]\s+")


def _clauses(sentence: str, *, announced: bool) -> list[tuple[str, str]]:
    """The questions of one sentence: their words, and the same with the frame that they share."""
    cuts = [0]
    ends: list[int] = []
    for joiner in sorted(
        [*_STRONG.finditer(sentence), *_WEAK.finditer(sentence), *_COMMA.finditer(sentence)],
        key=lambda m: (m.start(), -m.end()),
    ):
        left, right = sentence[cuts[-1] : joiner.start()], sentence[joiner.end() :]
        if joiner.start() < cuts[-1] or _is_open(left):
            continue
        if _parts_at(joiner, left, right, announced=announced):
            ends.append(joiner.start())
            cuts.append(joiner.end())
    pieces = [sentence[begin:end] for begin, end in zip(cuts, [*ends, len(sentence)], strict=True)]
    frame = _frame_of(pieces[0])
    return [
        (piece, piece if place == 0 or opens_question(piece) else _carried(frame, piece))
        for place, piece in enumerate(pieces)
    ]


def _parts_at(joiner: re.Match[str], left: str, right: str, *, announced: bool) -> bool:
    """Whether a new question begins after a joiner."""
    following = fold(right)
    asked = bool(_CLAUSE_IN.search(fold(left))) or opens_question(left)
    if joiner.re is _COMMA:
        return (
            asked
            and bool(DIRECT.match(following))
            and bool(DIRECT.search(fold(left)))
            and bool(subjects(left))
        )
    if not asked and not announced:
        return False
    if CLAUSE.match(following) and not following.startswith(("what is more", "which ", "who ", "whose ")):
        return bool(subjects(left)) and says_something(right)
    two_tasks = begins_with_verb(right) and len(subjects(right)) > 1 and len(subjects(left)) > 1
    return two_tasks and (
        joiner.re is _STRONG
        or announced
        or (_is_second_task(right) and _STEPS.isdisjoint(subjects(left)[:1]))
    )


_CLAUSE_IN = re.compile(rf"(?:^|[,;:.!?] |\b(?:know|wonder|tell me|explain|ask) )(?:{CLAUSE.pattern})")
_POINTING = frozenset("it them that this these those one its their there".split())


_STEPS = frozenset("open go click log sign visit start see navigat scroll".split())
"""Verbs of a way to the task rather than of a task: "open settings and change my password"."""


def _is_second_task(right: str) -> bool:
    """Whether a verb has an object of its own: "export a workspace", not "use it in a script"."""
    said = tokens(right)
    return (
        len(said) > 2
        and said[1] in ("a", "an", "the", "my", "our", "your", "all", "new", "another")
        and _POINTING.isdisjoint(said)
    )


def _frame_of(piece: str) -> str:
    found = FRAME.search(fold(piece))
    return found[0].strip() if found else ""


def _carried(frame: str, piece: str) -> str:
    body = piece.strip()
    if not frame:
        return body
    if body.lower().startswith("to ") and frame.endswith(" to"):
        body = body[3:]
    return f"{frame[:1].upper()}{frame[1:]} {body}".replace(" i ", " I ")


# ---- all of them


def _distinct(parts: Sequence[Part]) -> list[Part]:
    """Parts that say something, each once."""
    kept: list[Part] = []
    for part in parts:
        if not says_something(part.asks):
            continue
        if any(_same(part, other) for other in kept):
            continue
        kept.append(part)
    return kept


def _same(one: Part, other: Part) -> bool:
    first, second = set(_meaning(one.asks)), set(_meaning(other.asks))
    return first == second


def _meaning(text: str) -> list[str]:
    refers = [word for word in tokens(text) if word in _POINTING]
    return [*subjects(text), *(word for word in tokens(text) if word.isdecimal()), *refers, *_kinds(text)]


def _kinds(text: str) -> list[str]:
    """The question word: "When …?" and "Where …?" about one thing differ."""
    first = next((word for word in tokens(text) if word in _WORDS_OF_QUESTIONS), "")
    return [first]


_WORDS_OF_QUESTIONS = frozenset(
    "how what where when why who which wie was wo wann warum wer comment ou quand pourquoi combien como donde cuando cuanto come dove quando quanto perche hoe waar wanneer waarom".split()
)
_REFERS = re.compile(
    r"\b(?:it|its|that|this|them|they|these|those|one|ones|there|he|she|him|her|their|the same"
    r"|es|ihn|ihm|diese[mnrs]?|dies|dort|davon|dafur|damit|dazu|einen|eine[rs]|ca|cela|ceci|celui-ci|celle-ci"
    r"|eso|esto|ello|alli|cio|questo|quello|isso|isto|ele|ela|daar|ervan|ermee)\b"
)
"""Words that point back. Articles that are also pronouns (die, la, lo) are left out: a short question shows it anyway."""
_NAMED = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[^\W\d_])[\w-]{2,}\b")
"""A code, such as E9 or X-200: it says by itself what a question is about."""


def _with_topics(parts: Sequence[Part]) -> list[Part]:
    """Give a question that refers back the one before it."""
    found: list[Part] = []
    for part in parts:
        topic = ""
        short = len(subjects(part.asks)) < 2 and not _NAMED.search(part.asks)
        if found and (_REFERS.search(fold(part.asks)) or short):
            topic = (
                found[-1].topic if found[-1].topic and len(subjects(found[-1].asks)) < 2 else found[-1].asks
            )
        found.append(replace(part, topic=topic))
    return found
