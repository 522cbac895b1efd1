"""How bad a ticket is and how soon it needs someone: the configuration's indicators, and signs of what is at stake.

Indicators name a severity. Signs ("all users", "typo") say how bad it is in the seven languages of our notices; they
count for the severity of their rank, whatever it is called.
"""

import re
from dataclasses import dataclass

from caseplane.text.folding import fold
from caseplane.triage.configuration import Configuration
from caseplane.triage.keywords import indicators_in
from caseplane.triage.ticket_text import TicketText

_SIGNS: tuple[tuple[int, float, str], ...] = (
    (1, 1.2, r"data (?:loss|leak|breach)|lost all|security breach|breach\b|ransomware|(?:was|been|got) hacked|hacked\b|outage|system down|production (?:system|outage|server|database)"
     r"|(?:all|every one of) (?:our |the |my )?(?:\d[\d,.]* )?(?:users|customers|people|sites|staff|employees|servers|backups)|nobody can|no ?one can|none of (?:our|the|us)|lose money|losing money|losing revenue"
     r"|ausgefallen|totalausfall|datenverlust|alle (?:benutzer|kunden|nutzer|mitarbeiter)|niemand (?:kann|mehr|kommt)|gehackt|tous les (?:utilisateurs|clients)|perte de donnees|plus personne|pirate"
     r"|todos los (?:usuarios|clientes)|perdida de datos|hackead|nadie puede|tutti gli utenti|perdita di dati|nessuno (?:puo|riesce)|todos os (?:usuarios|clientes)|perda de dados|ninguem consegue|alle gebruikers|niemand kan"),
    (2, 1.0, r"(?:many|several|multiple|\d{2,}) (?:of our |of my )?(?:users|customers|people|seats|sensors|colleagues)|(?:whole|entire) (?:team|company|department|sales team)|locked out|charged twice|twice from|two times for every|double charge|unauthori[sz]ed"
     r"|(?:second|third|fourth|2nd|3rd|4th) time (?:i|we)|still (?:no|not|waiting)|for (?:days|weeks)|(?:three|four|five|\d+) (?:days|weeks) (?:now|ago)|cannot work|can't work|stops? us from|deadline|demo at|no longer (?:starts|works)|crashes"
     r"|at once|doppelt abgebucht|seit (?:tagen|wochen)|mehrere (?:benutzer|kunden)|gesperrt|plusieurs (?:utilisateurs|clients)|deux fois|depuis (?:des jours|une semaine)|varios (?:usuarios|clientes)|dos veces|due volte|duas vezes|twee keer"),
    (4, 1.3, r"no (?:rush|hurry)|not urgent|nothing urgent|when(?:ever)? you have time|low priority|minor|cosmetic|typo|just (?:an? )?(?:question|idea|asking|checking|wanted)|quick (?:one|question)|out of curiosity"
     r"|would be (?:nice|great|lovely)|opening hours|thank you for|thanks a lot|well done|wish list|suggestion|nicht (?:dringend|eilig)|keine eile|kleinigkeit|tippfehler|offnungszeiten|rien d'urgent|pas urgent|no es urgente|sin prisa|non e urgente|nessuna fretta|sem pressa|geen haast"),
)  # fmt: skip
_COMPILED = tuple((rank, weight, re.compile(rf"(?<!\w)(?:{pattern})")) for rank, weight, pattern in _SIGNS)
_SOON = re.compile(
    r"(?<!\w)(?:today|tonight|this (?:morning|afternoon|evening)|within the hour|by (?:noon|tomorrow|monday|friday|end of day|eod)|right now|now!|immediately|as soon as possible|sofort|umgehend|heute noch|bis morgen|schnellstmoglich"
    r"|tout de suite|immediatement|des que possible|aujourd'hui|inmediatamente|cuanto antes|hoy mismo|subito|immediatamente|al piu presto|imediatamente|o quanto antes|meteen|onmiddellijk|zo snel mogelijk)"
)  # fmt: skip
_DEFAULT_RANK = 3
_EXAMINED = 8_000
_URGENT_IN_OTHER_LANGUAGES = {
    "urgent": ("dringend", "eilt", "urgente", "dringende", "spoed"),
    "asap": ("sofort", "umgehend", "schnellstmoglich", "des que possible", "cuanto antes", "al piu presto", "zo snel mogelijk"),
    "emergency": ("notfall", "urgence", "emergencia", "emergenza", "noodgeval"),
    "critical": ("kritisch", "critique", "critico", "critica", "kritiek"),
    "down": ("ausgefallen", "en panne"),
    "important": ("wichtig", "importante", "belangrijk"),
    "serious": ("ernst", "schwerwiegend", "grave", "ernstig"),
}  # fmt: skip


@dataclass(frozen=True)
class Pressing:
    """How bad it is, how sure that is, how urgent on a scale to 1, and why."""

    severity: str
    confidence: float
    urgency: float
    indicators: tuple[str, ...]
    reason: str


def judge_urgency(text: TicketText, configuration: Configuration, category: str, mood: float) -> Pressing:
    """The severity of a ticket.

    Args:
        text: the ticket.
        configuration: its severities and their indicators.
        category: the ticket's; a wish for a feature breaks nothing.
        mood: -1, furious, to 1.
    """
    whole = text.whole[:_EXAMINED]
    folded = fold(whole)
    by_rank = {level.priority: name for name, level in reversed(configuration.severities.items())}
    scores = dict.fromkeys(configuration.severities, 0.0)
    said: list[str] = []
    for name, level in configuration.severities.items():
        for found in _indicated(whole, level.indicators):
            said.append(found)
            scores[name] += 1.5
    signs: list[str] = []
    for rank, weight, pattern in _COMPILED:
        matched = {match[0] for match in pattern.finditer(folded)}
        if matched:
            signs += sorted(matched)[:2]
            scores[_nearest(by_rank, rank)] += weight * min(len(matched), 2)
    if category.startswith(("feature", "general")) and not said:
        scores[_nearest(by_rank, 4)] += 1.0
    scores[_nearest(by_rank, _DEFAULT_RANK)] += 0.8
    severity, confidence = _chosen(scores, configuration)
    hurry = bool(_SOON.search(folded))
    rank = configuration.severities[severity].priority
    urgency = (
        {1: 0.8, 2: 0.55, 3: 0.3, 4: 0.1}[rank]
        + 0.1 * hurry
        + 0.1 * ("!" in text.subject)
        - 0.1 * min(mood, 0)
    )
    why = [*dict.fromkeys(said), *dict.fromkeys(signs)][:4]
    return Pressing(
        severity,
        confidence,
        round(min(1.0, urgency), 3),
        tuple(dict.fromkeys(said)),
        f"{severity.capitalize()}: {', '.join(why)}." if why else "",
    )


def _indicated(text: str, indicators: tuple[str, ...]) -> list[str]:
    return [found.value for found in indicators_in(text, widened(indicators))]


def widened(indicators: tuple[str, ...]) -> tuple[str, ...]:
    """Indicators with the words for them in other languages."""
    further = [word for each in indicators for word in _URGENT_IN_OTHER_LANGUAGES.get(each.casefold(), ())]
    return tuple(dict.fromkeys((*indicators, *further)))


def _nearest(by_rank: dict[int, str], rank: int) -> str:
    return by_rank[min(by_rank, key=lambda each: (abs(each - rank), each))]


def _chosen(scores: dict[str, float], configuration: Configuration) -> tuple[str, float]:
    """The severity with the most signs, of equal ones the worse; and its share of all signs."""
    ranked = sorted(scores, key=lambda name: (-scores[name], configuration.severities[name].priority))
    total = sum(scores.values())
    # A share of few signs says little: half a sign of doubt is added.
    return ranked[0], round(min(0.95, scores[ranked[0]] / (total + 0.5)), 3)
