"""Quoted history and forwarded mails.

quotequail finds where a quoted or forwarded mail begins and ends. It does not know some languages' marks, so these are
put into English first; they are dropped afterwards in any case.
"""

import re
from collections.abc import Iterator
from itertools import groupby

import quotequail

MOST_LINES = 200
"""quotequail's time grows with the square of the lines; a mail with a longer own part is left as it is."""

_FORWARDED = re.compile(
    r"(?m)^[-\s>*]*(?:begin forwarded message|(?:forwarded|fwd) message|anfang der weitergeleiteten"
    r"|weitergeleitete (?:nachricht|e-?mail)|d[ée]but du message (?:r[ée]exp[ée]di[ée]|transf[ée]r[ée])"
    r"|message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|(?:inicio del )?mensaje reenviado|messaggio inoltrato"
    r"|inizio messaggio inoltrato|mensagem encaminhada|doorgestuurd bericht)\b[^\n]{0,30}$",
    re.IGNORECASE,
)
_FORWARDED_SUBJECT = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc|doorst)\s*:", re.IGNORECASE)
_INTO_ENGLISH = (
    (_FORWARDED, "Begin forwarded message:"),
    (
        re.compile(
            r"(?m)^(>* ?)(?:Il (?:giorno )?.{6,160}?\d.{0,160}ha scritto|Em .{6,160}?\d.{0,160}escreveu) ?:$"
        ),
        r"\1On 1 Jan 2000, someone wrote:",
    ),
    (
        re.compile(r"(?m)^(>* ?)(?:El|Am|Le|Op) [^\n]{4,160}\n?[^\n]{0,120}(?:escribió|schrieb[^\n]{0,120}|a écrit|schreef[^\n]{0,120}) ?:$"),
        r"\1On 1 Jan 2000, someone wrote:",
    ),
    (re.compile(r"(?m)^[-_ ]{3,}(?:messaggio originale|message d'origine|mensagem original)[-_ ]{3,}$", re.I),
     "-----Original Message-----"),
)  # fmt: skip
_HEAD_LABELS = {
    "From": "da|von|de|from|van",
    "Sent": "inviato|data|envoyé|date|enviado|fecha|gesendet|datum|sent|verzonden|enviada em",
    "Subject": "oggetto|objet|asunto|betreff|assunto|subject|onderwerp",
    "To": "a|à|para|an|to|aan",
    "Cc": "cc|kopie|cci|bcc",
}
_HEAD_LINE = re.compile(
    r"(>* ?\*?)(?:"
    + "|".join(f"(?P<{to}>{labels})" for to, labels in _HEAD_LABELS.items())
    + r")(?: el)?\s?:\*?(?=\s|$)",
    re.IGNORECASE,
)
_FEWEST_HEAD_LINES = 3
_MAYBE = re.compile(
    r"wrote: ?$|\bmessage\b|^[>* ]*from:|_{32}|^\S.{0,200}:$|\d{4}/\d\d?/\d", re.IGNORECASE | re.MULTILINE
)
"""Where nothing of this is, quotequail finds nothing."""
_POINTS = re.compile(
    r"\b(?:fyi|f\.y\.i|see (?:below|attached)|(?:e-?mail|mail|message|request|question|issue)s? below|below|"
    r"(?:please|pls) (?:advise|help|handle|assist|take over)|(?:can|could|would) (?:you|someone) (?:please )?(?:help"
    r"|assist|take|look|answer|handle)|for (?:you|your (?:information|attention))|zur (?:info\w*|kenntnis)|z\. ?k\."
    r"|siehe unten|s\. ?u\.|weiter unten|(?:bitte|könn\w+)[^.?!\n]{0,40}(?:helfen|übernehmen|beantworten|kümmern)"
    r"|pour (?:info\w*|suite)|ci-dessous|(?:pouvez|peux)[^.?!\n]{0,30}aider|para (?:su|tu) (?:información|conocimiento)"
    r"|(?:más )?abajo|a continuación|(?:pued\w+|podéis)[^.?!\n]{0,30}ayudar|per (?:conoscenza|info\w*)|qui sotto"
    r"|di seguito|(?:può|potete|puoi)[^.?!\n]{0,30}aiutar\w*)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST_WORDS_OF_A_POINTER = 25
_FEWEST_WORDS_OF_A_QUESTION = 4
_FEWEST_WORDS_OF_A_SENTENCE = 6


def without_history(text: str) -> str:
    """What the sender wrote; of a forwarded mail without words of its own, what is forwarded."""
    return _own_part(text) or _without_quotes(text)


def _own_part(text: str) -> str | None:
    """What the sender wrote around a mail that is quoted or forwarded below; None where there is none."""
    translated = _in_english("\n".join(text.split("\n")[:MOST_LINES]))
    if not _MAYBE.search(translated):
        return None
    found = quotequail.unwrap(translated)
    if found is None or not _believable(found, translated):
        return None
    own = "\n\n".join(part for name in ("text_top", "text_bottom") if (part := found.get(name, "").strip()))
    inner = found.get("text", "").strip()
    if _is_forward(found, translated) and _leaves_it_to_the_forwarded(own):
        return inner or own
    return own or inner


def _in_english(text: str) -> str:
    for pattern, english in _INTO_ENGLISH:
        text = pattern.sub(english, text)
    lines = re.sub(r"(?m)^(Begin forwarded message:\n)\1+", r"\1", text).split("\n")
    for headed, block in groupby(range(len(lines)), key=lambda at: bool(_HEAD_LINE.match(lines[at]))):
        at = list(block)
        if headed and len(at) >= _FEWEST_HEAD_LINES:
            lines[at[0] : at[-1] + 1] = [_HEAD_LINE.sub(_english_label, lines[n], count=1) for n in at]
    return "\n".join(lines)


def _english_label(match: re.Match[str]) -> str:
    return f"{match[1]}{match.lastgroup}:"


def _believable(found: dict[str, str], text: str) -> bool:
    """Whether there is a mail: a sentence may end in "wrote:", and a template have lines like a mail's head."""
    if found["type"] == "quote":
        return False  # lines with ">" without a word about whose they are: decided one by one
    top = found.get("text_top", "")
    mark = text.strip()[len(top) :].lstrip().split("\n\n", 1)[0]
    if found["type"] == "reply":
        return (
            any(character.isdigit() for character in mark) or "\n>" in mark or ">" in text[len(top) :][:400]
        )
    head = {"from", "date", "subject", "to"} & found.keys()
    marked = re.match(r"[-_]{5}|Begin forwarded|Forwarded message", mark) is not None
    return marked or (len(head) >= 3 and "from" in head)


def _is_forward(found: dict[str, str], text: str) -> bool:
    return bool(_FORWARDED.search(text) or _FORWARDED_SUBJECT.match(found.get("subject", "")))


def _leaves_it_to_the_forwarded(own: str) -> bool:
    """Whether the sender's own words ask nothing: none, "FYI", "can you help?"."""
    words = len(_WORD.findall(own))
    points = words <= _MOST_WORDS_OF_A_POINTER and _POINTS.search(own) is not None
    return points or words < _FEWEST_WORDS_OF_A_QUESTION


def _without_quotes(text: str) -> str:
    """The text without quoted lines; one quoted line that is no sentence, such as a command, stays."""
    kept: list[str] = []
    for quoted, lines in groupby(text.split("\n"), key=lambda line: line.startswith(">")):
        block = list(lines)
        if not quoted or (len(block) == 1 and not _is_sentence(block[0])):
            kept += block
    own = "\n".join(kept)
    return own if own.strip() else "\n".join(_unquoted(text))


def _is_sentence(line: str) -> bool:
    return line.rstrip().endswith(tuple(".?!:…")) or len(line.split()) > _FEWEST_WORDS_OF_A_SENTENCE


def _unquoted(text: str) -> Iterator[str]:
    return (re.sub(r"^[> ]+", "", line) for line in text.split("\n"))
