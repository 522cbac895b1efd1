"""Signatures, footers of mail programs, disclaimers and banners, in the languages of support."""

import re
from itertools import islice

MOST_LINES = 14
"""Longest signature below a greeting."""
LONGEST_LINE = 110

_SENT_FROM = re.compile(
    r"(?:sent|envoy[ée]e?|enviado|inviato|gesendet|verzonden|verstuurd) (?:from|with|via|using|de(?:puis)?|desde|con|da(?:l|lla)?|von|mit"
    r"|vanaf|met|à partir de|a partir de|do)\b.{0,80}"
    r"|(?:von|vom|mit|aus) (?:mein\w+|der|dem)\b.{0,60}\b(?:gesendet|verschickt|versendet)\b.{0,10}"
    r"|(?:get|holen sie sich|téléchargez|obtenez|obtener|obtén|scarica|ottieni) outlook\b.{0,80}"
    r"|(?:outlook|yahoo mail|gmx|web\.de|proton ?mail)\b.{0,60}(?:herunterladen|télécharger|descargar|scaricare|secure email.{0,10})"
    r"|diese nachricht wurde von\b.{0,60}gesendet.{0,10}"
    r"|(?:sent by|created with) \w+(?: \w+){0,3} (?:app|mobile)",
    re.IGNORECASE,
)
_DEVICES = re.compile(
    r"i-?phone|i-?pad|android|samsung|galaxy|huawei|xiaomi|pixel|black ?berry|windows|outlook|mail|gmx|handy|smartphone"
    r"|mobil\w*|phone|tel[eé]fono|téléphone|portable|móvil|celular|cellulare|tablet|ger[äa]t|device|dispositi\w+|app\b|proton",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:with )?(?:best|kind(?:est)?|warm(?:est)?|many|my best) (?:regards|wishes)|regards|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)"
    r"|all the best|respectfully|best"
    r"|mit (?:freundlich\w+|besten|herzlich\w+|lieben|vielen|sonnigen)\s(?:grüß\w+|gruss?\w*|gruessen|grüssen)(?: aus \w+)?"
    r"|(?:freundliche|viele|beste|liebe|herzliche|schöne|sonnige)n? (?:grüße|gruesse|grüsse|gruß|gruss)(?: aus \w+)?|gruß|gruss|mfg|vg|lg|hochachtungsvoll"
    r"|(?:bien )?(?:cordialement|sincèrement)(?: vôtre)?|(?:meilleures|sincères|cordiales) salutations|bien à vous|salutations(?: distinguées)?"
    r"|(?:je vous prie d'agréer|veuillez agréer).{0,90}|cdlt|bonne (?:journée|soirée)"
    r"|(?:un |muchos )?(?:cordial(?:es)? )?saludos?(?: cordial(?:es)?)?|atentamente|atte|un abrazo"
    r"|(?:cordiali|distinti|cari|migliori) saluti|cordialmente|saluti|buona giornata"
    r"|(?:com os )?melhores cumprimentos|atenciosamente|abraços?|(?:met )?vriendelijke groet(?:en)?|groeten|mvg)",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:many |kind |a lot of )?(?:thanks|thank you)(?: (?:a lot|so much|very much|in advance|again|and (?:best |kind )?regards))?|cheers|thx|tia"
    r"|(?:vielen |besten |herzlichen )?dank(?:e)?(?: (?:im voraus|und (?:viele |beste )?grü(?:ß|ss)e))?|merci(?: (?:d'avance|beaucoup))?"
    r"|(?:muchas )?gracias(?: (?:de antemano|por adelantado))?|grazie(?: (?:mille|in anticipo))?|obrigad[oa]|bedankt",
    re.IGNORECASE,
)
_DELIMITER = re.compile(r"(?:--|\u2014|\u2013|_{3,}|-{4,}|\*{4,}) ?")
_BANNER = re.compile(
    r"\W*(?:caution|warning|external(?: e-?mail| sender)?|achtung|vorsicht|attention|atención|attenzione)\b.{0,12}"
    r"(?:this |the |diese |cet |este |questa )?(?:e-?mail|message|sender|mail|nachricht|courriel|correo|mensaje|messaggio)\b.{0,400}"
    r"(?:outside|external|originated|extern\w*|außerhalb|esterno|extérieur|fuera)\b.*"
    r"|\W*\[?(?:external|extern)(?: e-?mail| sender)?\]?\W*"
    r"|\W*you don't often get (?:e-?mail|email) from\b.*|.{0,10}please consider the environment before printing.*"
    r"|.{0,40}(?:virus-?free|virenfrei|auf viren geprüft|sans virus|libre de virus|privo di virus)\b.{0,60}"
    r"|.{0,10}(?:denken sie an die umwelt|pensez à l'environnement).*",
    re.IGNORECASE | re.DOTALL,
)
_LEGAL = (
    re.compile(r"confiden[tc]ial\w*|vertraulich\w*|confidentiel\w*|riservat\w+|privileged|geheim\w*|legally protected|rechtlich gesch", re.I),
    re.compile(r"e-?mails?\b|messages?\b|transmission|communication|nachricht|courriel|correo|mensaje|messaggio|mail\b", re.I),
    re.compile(r"recipient|addressee|intended|empf[äa]nger|adressat\w*|destinatari\w+|destinataire\w*|dirigid\w+|unauthori[sz]ed|unbefugt\w*", re.I),
    re.compile(r"in error|by mistake|irrtümlich|versehentlich|fehler\w*|par erreur|por error|per errore|delete|vernichten|löschen|détrui\w+"
               r"|supprim\w+|elimin\w+|borr\w+|cancell\w+|disclos\w+|copy\w*|kopier\w*|notify|informieren", re.I),
)  # fmt: skip
_FEWEST_LEGAL_WORDS = 12
_CONTACT = re.compile(
    r"(?:\b(?:tel|phone|fon|mobil\w*|mob|fax|cell|t|m|tél|téléphone|teléfono|móvil|telefono|cellulare)\b\.?\s*[:.|]?\s*|^\s*)[+(]?\d[\d ()./-]{6,}\d",
    re.IGNORECASE | re.MULTILINE,
)


def without_signature(text: str) -> str:
    """The text without banners, disclaimers, mail programs' footers and the sender's signature."""
    lines = [line for line in _without_legal(text).split("\n") if not _is_footer(line)]
    while (at := _signature_at(lines)) is not None and any(line.strip() for line in lines[:at]):
        del lines[at:]
    return "\n".join(_before(lines, _contact_block_at(lines))).strip()


def _is_footer(line: str) -> bool:
    line = line.strip().strip("*_ ")
    return (
        0 < len(line) <= 160 and _SENT_FROM.fullmatch(_bare(line)) is not None and bool(_DEVICES.search(line))
    )


def _bare(line: str) -> str:
    """A line without the address of a link and without what ends it."""
    return re.sub(r"\s*[<(]https?://[^>)]*[>)]", "", line).strip(" .!*_")


def _without_legal(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text)
    kept = [each for each in paragraphs if not _is_legal(each)]
    return "\n\n".join(kept) if len(kept) < len(paragraphs) else text


def _is_legal(paragraph: str) -> bool:
    if _BANNER.fullmatch(paragraph.strip()):
        return True
    if "?" in paragraph or len(paragraph.split()) < _FEWEST_LEGAL_WORDS:
        return False
    return bool(_LEGAL[1].search(paragraph)) and sum(bool(sign.search(paragraph)) for sign in _LEGAL) >= 3


def _signature_at(lines: list[str]) -> int | None:
    """The line where the signature begins."""
    told = _last_told(lines)
    last = [lines[at].strip() for at in told]
    for n, at in enumerate(told):
        if _begins_signature(last[n], last[n + 1 :]) and _could_be_signature(last[n + 1 :]):
            return at
    return None


def _last_told(lines: list[str]) -> list[int]:
    """Where the last lines with words are, of which a signature is made."""
    told = islice((at for at in reversed(range(len(lines))) if lines[at].strip()), MOST_LINES + 1)
    return list(told)[::-1]


def _begins_signature(line: str, tail: list[str]) -> bool:
    if _DELIMITER.fullmatch(line):
        return bool(tail)
    phrase = re.sub(r"[\s,.!;:*_\u2013-]+$", "", line).lstrip("*_ ")
    if _CLOSING.fullmatch(phrase):
        return True
    if _THANKS.fullmatch(phrase):
        return bool(tail) and len(tail) <= 6  # alone it may be all that is said
    # A greeting and the name in one line: "Best regards, Tom", "LG Anna".
    head = re.match(r"(.{2,60}?)(?:,| -| \u2013|\s(?=[A-ZÀ-Þ]\w*\.?(?:\s[A-ZÀ-Þ]\w*\.?){0,2}$))", phrase)
    return (
        head is not None
        and len(phrase.split()) <= 7
        and bool(_CLOSING.fullmatch(head[1]))
        and "?" not in phrase
    )


def _could_be_signature(tail: list[str]) -> bool:
    """Short lines that ask nothing: names, addresses, a slogan."""
    return all(
        len(line) <= LONGEST_LINE and not line.endswith("?") and len(line.split()) <= 14 for line in tail
    )


def _contact_block_at(lines: list[str]) -> int | None:
    """The line where a last paragraph of name, firm and telephone number begins."""
    start = max((at for at, line in enumerate(lines) if not line.strip()), default=-1) + 1
    block = [line.strip() for line in lines[start:]]
    if start == 0 or len(block) < 2 or not _CONTACT.search("\n".join(block)):
        return None
    names = all(len(line.split()) <= 8 and not re.search(r"[.?!]$", line) for line in block)
    return start if names else None


def _before(lines: list[str], at: int | None) -> list[str]:
    """The lines before one, unless nothing would be left."""
    kept = lines if at is None else lines[:at]
    return kept if any(line.strip() for line in kept) else lines
