"""Which team takes a ticket, how soon, and why: rules decide, never a model (C002-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from caseplane.text.words import words
from caseplane.triage.configuration import Configuration, Member, Rule, Team, When
from caseplane.triage.hours import Hours
from caseplane.triage.results import Classification, Extraction, Route, RoutePriority

Load = Mapping[str, Mapping[str, int]]
"""Open tickets by team and member."""
PRIORITIES = (RoutePriority.urgent, RoutePriority.high, RoutePriority.normal, RoutePriority.low)
_NOTHING = Extraction()


@dataclass(frozen=True, slots=True)
class _Choice:
    team: str
    why: str
    confidence: float
    rule: Rule | None = None


def route(
    classification: Classification,
    configuration: Configuration,
    load: Load,
    now: datetime,
    *,
    extraction: Extraction = _NOTHING,
    text: str = "",
    channel: str = "",
    since: datetime | None = None,
) -> Route:
    """Where a ticket goes.

    Args:
        classification: of the ticket.
        configuration: with teams, severities and rules.
        load: how much everyone has to do; who is not named has nothing.
        now: decides who works, and when a first response is due.
        extraction: the ticket's fields, for rules that ask for them.
        text: the ticket's words, for rules that ask for words.
        channel: where the ticket came from.
        since: when the ticket came; response times count from there.
    """
    rule = _first_rule(classification, configuration, extraction, text, channel)
    choice = _choose(classification, configuration, rule)
    team = configuration.teams[choice.team]
    priority, how = _priority(classification, configuration, team, rule)
    assignee, who = (
        assign(team, load.get(choice.team, {}), now) if configuration.routing.assign else (None, "")
    )
    return Route(
        team=choice.team,
        priority=priority,
        reasoning=" ".join(filter(None, [choice.why, how, who])),
        alternative_teams=_alternatives(classification, configuration, choice.team),
        escalation_path=team.escalation_path,
        confidence=choice.confidence,
        assignee=assignee,
        rule=rule.name if rule else None,
        due_at=due(configuration, classification.severity, team, since or now),
    )


def due(configuration: Configuration, severity: str, team: Team | None, since: datetime) -> datetime | None:
    """By when a first response is promised."""
    known = configuration.severities.get(severity)
    if known is None:
        return None
    hours = clock_of(configuration, team)
    return hours.add(since, known.response) if hours else since + known.response


def clock_of(configuration: Configuration, team: Team | None) -> Hours | None:
    """The hours that response times count; None if they count all time."""
    return team.hours if team and configuration.routing.clock == "working_hours" else None


def assign(team: Team, load: Mapping[str, int], now: datetime) -> tuple[str | None, str]:
    """The member who works now, has room, and has the least to do; and a sentence on it."""
    if not team.members:
        return None, ""
    there = working(team, now)
    if not there:
        return None, "Nobody of the team works now, so the ticket waits in its queue."
    chosen = least_burdened([(each.name, each.capacity) for each in there], load)
    if chosen is None:
        return None, "Everyone who works now has as many tickets as they can take."
    return chosen, f"{chosen} has the least to do."


def working(team: Team, now: datetime) -> list[Member]:
    """The members who work at a moment."""
    if team.hours is not None and not team.hours.open_at(now):
        return []
    return [each for each in team.members if each.hours is None or each.hours.open_at(now)]


def least_burdened(members: Sequence[tuple[str, int | None]], load: Mapping[str, int]) -> str | None:
    """Who has the smallest share of their capacity taken, then the fewest tickets; of equals, the first.

    Args:
        members: names with their capacities; None for any number.
        load: open tickets by name.
    """
    free = [each for each in members if each[1] is None or load.get(each[0], 0) < each[1]]
    if not free:
        return None

    def burden(each: tuple[str, int | None]) -> tuple[float, int]:
        count = load.get(each[0], 0)
        return (count / each[1] if each[1] else 0.0, count)

    return min(free, key=burden)[0]


def _choose(classification: Classification, c: Configuration, rule: Rule | None) -> _Choice:
    sure = classification.category_confidence
    worst = _is_worst(classification, c)
    if rule is not None and rule.team is not None:
        why = f"Rule {rule.name}: {rule.reason or 'it holds for this ticket'}."
        return _Choice(rule.team, why.replace("..", "."), _confidence(rule.when, classification), rule)
    if worst and c.routing.critical == "escalation" and c.routing.escalation_team:
        why = f"Severity {classification.severity} goes to the escalation team."
        return _Choice(c.routing.escalation_team, why, classification.severity_confidence)
    category = c.categories.get(classification.category)
    if category is None:
        return _Choice(c.routing.fallback, f"There is no category {classification.category}.", sure)
    if classification.unknown:
        return _Choice(c.routing.fallback, "It is about nothing that the categories know.", 1 - sure)
    return _Choice(category.team, f"Category {classification.category} belongs to {category.team}.", sure)


def _confidence(when: When, classification: Classification) -> float:
    """How sure a rule's condition is: what it reads in the ticket is certain, what was judged is not."""
    used = [1.0]
    if when.category or when.department:
        used.append(classification.category_confidence)
    if when.severity:
        used.append(classification.severity_confidence)
    return min(used)


def _priority(
    classification: Classification, c: Configuration, team: Team, rule: Rule | None
) -> tuple[RoutePriority, str]:
    """C002-9: the severity's priority and the team's modifier, added and kept within 1 and 4."""
    if rule is not None and rule.priority is not None:
        return rule.priority, f"Rule {rule.name} makes it {rule.priority}."
    severity = c.severities.get(classification.severity)
    if severity is None:
        return RoutePriority.normal, f"There is no severity {classification.severity}, so it is normal."
    number = min(4, max(1, severity.priority + team.modifier))
    priority = PRIORITIES[number - 1]
    changed = f" with the team's {team.modifier:+d}" if team.modifier else ""
    return priority, f"Severity {classification.severity}{changed} makes it {priority}."


def _alternatives(classification: Classification, c: Configuration, chosen: str) -> tuple[str, ...]:
    """C002-1: the escalation team first where it is critical, then where else the ticket might belong."""
    found: list[str] = []
    if _is_worst(classification, c) and c.routing.escalation_team:
        found.append(c.routing.escalation_team)
    fitting = (classification.category, *classification.secondary_categories)
    found += [c.categories[name].team for name in fitting if name in c.categories]
    if classification.category_confidence < c.flags.ai_confidence_threshold:
        found.append(c.routing.fallback)
    return tuple(dict.fromkeys(team for team in found if team != chosen))


def _is_worst(classification: Classification, c: Configuration) -> bool:
    severity = c.severities.get(classification.severity)
    return severity is not None and severity.priority == 1


def _first_rule(
    classification: Classification, c: Configuration, extraction: Extraction, text: str, channel: str
) -> Rule | None:
    said = _keys(text) if any(rule.when.keywords for rule in c.routing.rules) else ""
    for rule in c.routing.rules:
        if _holds(rule.when, classification, c, extraction, said, channel):
            return rule
    return None


def _holds(
    when: When,
    classification: Classification,
    c: Configuration,
    extraction: Extraction,
    said: str,
    channel: str,
) -> bool:
    found = {field.name for field in extraction.fields}
    tests = (
        not when.category or classification.category in when.category,
        not when.severity or classification.severity in when.severity,
        not when.sentiment or classification.sentiment in when.sentiment,
        not when.department or classification.department in when.department,
        not when.channel or channel in when.channel,
        found.issuperset(when.fields),
        set(extraction.missing_required).issuperset(when.missing),
        not when.keywords or any(_keys(word).strip() and _keys(word) in said for word in when.keywords),
        when.unknown is None or classification.unknown == when.unknown,
        when.confidence_below is None or classification.category_confidence < when.confidence_below,
        when.urgency_from is None or classification.urgency >= when.urgency_from,
    )
    return all(tests)


def _keys(text: str) -> str:
    """The words of a text by their keys with a space around each, so that a phrase is found at words' borders."""
    return f" {' '.join(word.key for word in words(text))} "
