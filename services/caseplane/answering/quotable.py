"""Which units of a document a customer can use: not what only announces, lists or surrounds its content."""

import re
from collections.abc import Sequence

from caseplane.answering.models import Evidence
from caseplane.answering.segments import Unit, UnitKind

_PAGE = r"(?:article|page|guide|topic|section|document|tutorial|chapter|post|how-to)"
_TEASERS = (
    r"(?:learn|find out|discover|read(?: on)?(?: to)?(?: find out| learn)?|see|explore)"
    r" (?:what|how|why|when|where|which|whether|more|all about|about)\b[^.!?]*[.!?]?$",
    rf"(?:this|the following) {_PAGE} (?:explains|describes|shows|covers|tells|walks|helps you|lists|outlines"
    r"|discusses|contains|provides|will|is about|introduces)\b",
    rf"in this {_PAGE},? (?:you|we)(?:'ll| will| can| are| learn| explain| show| describe| cover)",
    r"(?:here(?:'s| is) how|here(?:'s| is) what)\b[^.!?:]*[.!?]?$",
    r"erfahren sie\b|in diesem (?:artikel|abschnitt|leitfaden) (?:erfahren|zeigen|lernen|erklären|beschreiben)",
    r"dies(?:er|e|es) (?:artikel|seite|abschnitt|anleitung|leitfaden) (?:beschreibt|erklärt|zeigt|behandelt)",
    r"découvrez (?:comment|ce que|pourquoi)|apprenez (?:à|comment)|dans cet article, (?:vous|nous)",
    r"cet(?:te)? (?:article|page|guide|section) (?:explique|décrit|présente|montre)",
    r"(?:aprend[ae]|descubr[ae]) (?:cómo|qué|a|más)\b|en este artículo,? (?:apr|ver|te|le|expl|mos)",
    r"est[ae] (?:artículo|página|guía|sección) (?:explica|describe|muestra|trata)",
    r"(?:scopri|impara) (?:come|cosa|perché|a|di più)\b|in questo articolo,? (?:imp|ved|ti|sp|mos)",
    r"quest[ao] (?:articolo|pagina|guida|sezione) (?:spiega|descrive|mostra|tratta)",
)
_TEASER = re.compile(rf"\W*(?:{'|'.join(_TEASERS)})", re.IGNORECASE)
_CONTENTS = re.compile(
    rf"\W*(?:(?:in|on) this {_PAGE}|(?:table of )?contents|(?:jump|skip) to|topics? (?:covered|on this page)"
    r"|inhalt(?:sverzeichnis)?|in diesem (?:artikel|abschnitt)|auf dieser seite"
    r"|sommaire|table des matières|dans cet article|sur cette page"
    r"|(?:tabla de )?contenidos?|índice|en este artículo|en esta página"
    r"|sommario|indice|in questo articolo|in questa pagina"
    r"|neste artigo|nesta página|in dit artikel|op deze pagina|inhoud)\W*",
    re.IGNORECASE,
)
_ONWARD = re.compile(
    r"\W*(?:related (?:articles|topics|links|pages)|see also|further reading|(?:what's )?next(?: steps)?|more resources"
    r"|siehe auch|verwandte (?:artikel|themen)|voir aussi|articles (?:associés|connexes)|véase también"
    r"|artículos relacionados|vedi anche|articoli correlati)\W*",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"\W*(?:skip to (?:main )?content|back to top|was this (?:article|page|information)? ?helpful|edit this page"
    r"|last (?:updated|modified|reviewed)\b|(?:this|our) (?:web)?site uses cookies|accept (?:all )?cookies"
    r"|cookie (?:settings|preferences)\W*$|all rights reserved|(?:©|copyright\b)\W*(?:\d{4}|by)|share (?:this|on)\b"
    r"|(?:on this page|print|share|menu|search|previous|next)\W*$|war dieser artikel hilfreich|zuletzt aktualisiert"
    r"|cet article vous a-t-il|¿(?:te|le) (?:ha sido|fue|resultó) útil|questo articolo (?:ti )?è stato utile)",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"\W*(?:fig(?:ure|\.)?|abb(?:ildung|\.)?|table|tabelle|tableau|tabla|tabella|image|screenshot|picture)"
    r" ?(?:\d+[.:)–-]|of\b|:)",  # noqa: RUF001 - a dash that captions use
    re.IGNORECASE,
)
_CRUMBS = re.compile(
    r"\W*(?:home|help(?: cent(?:er|re))?|docs|documentation|support|knowledge base|startseite|hilfe|accueil|aide"
    r"|inicio|ayuda|pagina iniziale)\s*[>›»/→]\s*\S",  # noqa: RUF001 - what crumbs are parted by
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"\s*(?:import\s.+\sfrom\s+['\"]|export\s+(?:default|const)\s|\.\.\s+[\w|-]+::|:\w[\w-]*:(?:\s|$)|\{[%{<]|</?[A-Z]\w*[\s/>]"
    r"|\[\^?[\w-]+\]:\s)"
)
_ROW_OF_LINKS = 3
"""Links that make a line of nothing else a menu."""
_SHORT = 120
"""Characters of a unit that may be a caption or a line of furniture."""
_MOSTLY = 0.8
"""Share of a unit's letters that make it a link rather than a sentence with one."""


def not_quotable(chunk: Evidence, units: Sequence[Unit]) -> frozenset[int]:
    """Positions of the units that must not be quoted."""
    found = _lists_of_links(chunk, units)
    contents = False
    for index, unit in enumerate(units):
        text = chunk.text[unit.start : unit.end]
        if unit.kind is UnitKind.heading:
            contents = bool(_CONTENTS.fullmatch(text) or _ONWARD.fullmatch(text))
            continue
        if _CONTENTS.fullmatch(text) or _ONWARD.fullmatch(text):
            contents = True
            found.add(index)
        elif contents and unit.kind is UnitKind.list_item:
            found.add(index)
        else:
            contents = False
            if unit.kind is not UnitKind.code and _is_furniture(chunk, unit, text):
                found.add(index)
    return frozenset(found)


def _lists_of_links(chunk: Evidence, units: Sequence[Unit]) -> set[int]:
    """Items that are nothing but links, in lists of them; one alone may be what was asked for."""
    items = {
        index
        for index, unit in enumerate(units)
        if unit.kind is UnitKind.list_item and _is_link(chunk, unit) and not _leads_on(chunk, unit)
    }
    return {index for index in items if index - 1 in items or index + 1 in items}


def _leads_on(chunk: Evidence, unit: Unit) -> bool:
    """Whether an item is a numbered step, which may be a link to another page."""
    numbered = chunk.text[unit.start : unit.end].lstrip()[:1].isdigit()
    return numbered and not _within_page(chunk, unit)


def _is_link(chunk: Evidence, unit: Unit) -> bool:
    return _covered(chunk, unit, "link") >= _MOSTLY


def _links(chunk: Evidence, unit: Unit) -> int:
    return sum(m.kind == "link" and m.start < unit.end and m.end > unit.start for m in chunk.marks)


def _is_furniture(chunk: Evidence, unit: Unit, text: str) -> bool:
    if _covered(chunk, unit, "aside") > 0.5 or _MARKUP.match(text) or _TEASER.match(text):
        return True
    if len(text) <= _SHORT and (_FURNITURE.match(text) or _CAPTION.match(text) or _CRUMBS.match(text)):
        return True
    return unit.kind is UnitKind.sentence and _is_link(chunk, unit) and _links(chunk, unit) >= _ROW_OF_LINKS


def _covered(chunk: Evidence, unit: Unit, kind: str) -> float:
    """Share of a unit's letters under marks of a kind."""
    letters = sum(map(str.isalnum, chunk.text[unit.start : unit.end])) or 1
    under = sum(
        sum(map(str.isalnum, chunk.text[max(mark.start, unit.start) : min(mark.end, unit.end)]))
        for mark in chunk.marks
        if mark.kind == kind and mark.start < unit.end and mark.end > unit.start
    )
    return under / letters


def _within_page(chunk: Evidence, unit: Unit) -> bool:
    return any(
        mark.kind == "link" and mark.value.startswith("#") and mark.start < unit.end and mark.end > unit.start
        for mark in chunk.marks
    )
