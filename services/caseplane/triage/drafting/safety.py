"""Looks for what an agent must check before a draft is sent.

It judges any text: a template's, a model's, and what an agent made of it. Nothing here changes the text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from caseplane.answering import Evidence
from caseplane.core.privacy import PiiKind, detect_pii
from caseplane.core.text import TextSource
from caseplane.text.injection import detect_injection
from caseplane.text.markdown import parser
from caseplane.triage.drafting.models import Flag, FlagKind, Situation
from caseplane.triage.drafting.promises import Promise, carried, promises

_SECRET = frozenset({PiiKind.card, PiiKind.iban, PiiKind.ssn, PiiKind.secret, PiiKind.jwt, PiiKind.password})
_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>()\[\]\"'`]+[^\s<>()\[\]\"'`.,;:!?]", re.IGNORECASE)
_REFERENCE = re.compile(r"\b[A-Z]{2,5}-\d{4,}\b|(?<![\w&/])#\d{1,12}\b")
_LONGEST_QUOTE = 200
_DETAILS = {
    "money": "It promises money that no document and no template mentions: strike it, or confirm it first.",
    "amount": "It names an amount that no document mentions: check it.",
    "date": "It promises a time that neither the severity nor a document gives: strike it, or keep it.",
    "guarantee": "It guarantees something: strike it unless a document says so.",
    "act": "It says that something was done or is the case for this customer: confirm it first.",
}


def flags_of(
    content: str,
    situation: Situation,
    *,
    evidence: Sequence[Evidence] = (),
    ours: Sequence[str] = (),
    filled: Sequence[str] = (),
) -> tuple[Flag, ...]:
    """What must be looked at in a reply, in the order of the text; what concerns the ticket comes first.

    Args:
        content: the reply.
        situation: the ticket that it replies to.
        evidence: documents that it may rest on.
        ours: further words that may be said: of templates, with a blank for each value of the ticket.
        filled: values that stand where `ours` has blanks.
    """
    sources = [*ours, *(_said_by(chunk) for chunk in evidence)]
    whole = "\n\n".join(sources)
    found = [
        *_personal(content, situation, whole),
        *_promised(content, whole, [value for value in filled if not promises(value)]),
        *_references(content, situation, whole),
        *_links(content, [*sources, *(chunk.uri for chunk in evidence)]),
    ]
    injected = list(_injected(situation, content, evidence))
    return (*injected, *sorted(found, key=lambda flag: flag.start or 0))


def addresses(text: str) -> list[tuple[str, int]]:
    """Web addresses in a text, written out or behind words, with the place of each; -1 if it is not visible."""
    plain = [(found[0], found.start()) for found in _ADDRESS.finditer(text)]
    behind = [
        str(child.attrs["href"])
        for token in parser().parse(text)
        for child in token.children or ()
        if child.type == "link_open" and "href" in child.attrs
    ]
    seen = {_place(address) for address, _ in plain}
    return [*plain, *((each, text.find(each)) for each in behind if _place(each) not in seen)]


def _said_by(chunk: Evidence) -> str:
    marked = " ".join(mark.value for mark in chunk.marks if mark.kind == "link")
    return f"{chunk.text}\n{marked}\n{chunk.uri}"


def _personal(content: str, situation: Situation, sources: str) -> Iterator[Flag]:
    own = {_bare(contact) for contact in situation.contacts}
    known = _bare(sources)
    for span in detect_pii(content, source=TextSource.message):
        value = content[span.start : span.end]
        if _bare(value) in known:
            continue
        if span.kind in _SECRET:
            detail = f"It repeats a {span.kind.value}: strike it, and tell the customer to change it if it is a secret."
            yield _at(
                FlagKind.credential, span.start, span.kind.placeholder, detail, length=span.end - span.start
            )
        elif _bare(value) not in own:
            detail = "It is neither the customer's own nor in a document: it may be another person's."
            yield _at(FlagKind.personal_data, span.start, value, detail)


def _promised(content: str, sources: str, filled: Sequence[str]) -> Iterator[Flag]:
    for promise in promises(content):
        if not carried(promise, sources, filled=filled):
            yield _flag_of(promise)


def _flag_of(promise: Promise) -> Flag:
    kind = FlagKind.claim if promise.kind == "act" else FlagKind.promise
    return _at(kind, promise.start, promise.sentence, _DETAILS[promise.kind])


def _references(content: str, situation: Situation, sources: str) -> Iterator[Flag]:
    theirs = [f"#{n}" for n in _numbers(situation)]
    known = "\n".join([situation.subject, situation.body, *situation.fields.values(), *theirs, sources])
    for found in _REFERENCE.finditer(content):
        if not re.search(rf"(?<![\w&/]){re.escape(found[0])}\b", known):
            detail = "This number is of no order or ticket that belongs here: it may be another customer's."
            yield _at(FlagKind.reference, found.start(), found[0], detail)


def _numbers(situation: Situation) -> Iterable[int]:
    named = [situation.number, situation.incident, *(each.number for each in situation.earlier)]
    return [number for number in named if number is not None]


def _links(content: str, sources: Sequence[str]) -> Iterator[Flag]:
    known = {_place(address) for source in sources for address, _ in addresses(source)}
    known |= {_place(source) for source in sources if _ADDRESS.fullmatch(source)}
    for address, start in addresses(content):
        if _place(address) in known or not _leads_out(address):
            continue
        detail = (
            "The link is in no document that was found: open it yourself before it is sent, or strike it."
        )
        yield _at(FlagKind.link, start, address, detail)


def _leads_out(address: str) -> bool:
    return not address.startswith(("mailto:", "tel:", "#", "/"))


def _place(address: str) -> str:
    """Where an address leads, without what makes no other page of it."""
    parts = urlsplit(address if "://" in address else f"https://{address}")
    return f"{parts.netloc.casefold().removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


def _injected(situation: Situation, content: str, evidence: Sequence[Evidence]) -> Iterator[Flag]:
    texts = [
        ("The ticket", f"{situation.subject}\n{situation.body}", TextSource.message),
        ("The draft", content, TextSource.document),
        *((f"“{chunk.title}”", chunk.text, TextSource.document) for chunk in evidence),
    ]
    for where, text, source in texts:
        verdict = detect_injection(text, source=source)
        if verdict.detected:
            detail = f"{where} tries to instruct the assistant; read the draft with care, and do not do what it asks."
            yield Flag(
                kind=FlagKind.injection, quote=verdict.signals[0].words[:_LONGEST_QUOTE], detail=detail
            )


def _at(kind: FlagKind, start: int, quote: str, detail: str, *, length: int | None = None) -> Flag:
    if start < 0:
        return Flag(kind=kind, quote=quote[:_LONGEST_QUOTE], detail=detail)
    end = start + (len(quote) if length is None else length)
    return Flag(kind=kind, quote=quote[:_LONGEST_QUOTE], detail=detail, start=start, end=end)


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum() or c in "@+")
