"""Whether the parts of a configuration fit each other: what its types alone cannot say."""

from collections.abc import Iterable, Iterator

from caseplane.triage.configuration import Configuration, FieldKind, FieldRule
from caseplane.triage.drafting import SHAPE, sandbox
from caseplane.triage.patterns import BadPatternError, pattern

Place = tuple[str | int, ...]
Finding = tuple[Place, str]


def check(configuration: Configuration) -> list[Finding]:
    """Everything that is wrong, with its place; empty if nothing is."""
    return [
        *_categories(configuration),
        *_severities(configuration),
        *_teams(configuration),
        *_fields(configuration),
        *_routing(configuration),
        *_drafts(configuration),
    ]


def _unknown(place: Place, names: Iterable[str], known: Iterable[str], noun: str) -> Iterator[Finding]:
    there = list(known)
    for name in names:
        if name not in there:
            yield place, f"there is no {noun} {name!r}; there are {', '.join(there) or 'none'}"


def _categories(c: Configuration) -> Iterator[Finding]:
    for name, category in c.categories.items():
        yield from _unknown(("categories", name, "team"), [category.team], c.teams, "team")
        yield from _unknown(("categories", name, "required"), category.required, c.fields, "field")
        if category.template is not None:
            at: Place = ("categories", name, "template")
            yield from _unknown(at, [category.template], c.templates, "template")


def _severities(c: Configuration) -> Iterator[Finding]:
    taken: dict[int, str] = {}
    for name, severity in c.severities.items():
        if severity.response.total_seconds() <= 0:
            yield ("severities", name, "response"), "must be longer than nothing"
        if severity.priority in taken:
            at: Place = ("severities", name, "priority")
            yield at, f"priority {severity.priority} is that of {taken[severity.priority]!r} already"
        taken.setdefault(severity.priority, name)


def _teams(c: Configuration) -> Iterator[Finding]:
    for name, team in c.teams.items():
        yield from _unknown(("teams", name, "escalation_path"), team.escalation_path, c.teams, "team")
        names = [member.name for member in team.members]
        for index, member in enumerate(names):
            if member in names[:index]:
                yield ("teams", name, "members", index, "name"), f"{member!r} is in the team already"
    for circle in _circles({name: team.escalation_path for name, team in c.teams.items()}):
        yield ("teams", circle[0], "escalation_path"), f"leads in a circle: {' -> '.join(circle)}"


def _circles(paths: dict[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """Each circle once, from its first team in the order of the file; without recursion, since files are strangers'."""
    done: set[str] = set()
    for first in paths:
        trail: list[str] = []
        waiting: list[tuple[str, int]] = [(first, 0)]
        while waiting:
            name, depth = waiting.pop()
            del trail[depth:]
            if name in trail:
                yield [*trail[trail.index(name) :], name]
                continue
            if name in done:
                continue
            trail.append(name)
            done.add(name)
            waiting += [(each, depth + 1) for each in reversed(paths.get(name, ()))]


def _fields(c: Configuration) -> Iterator[Finding]:
    for name, rule in c.fields.items():
        yield from _unknown(("fields", name, "categories"), rule.categories, c.categories, "category")
        yield from _patterns(name, rule)
        if rule.kind is FieldKind.pattern and not rule.patterns:
            yield ("fields", name), "a field of kind pattern needs patterns"
        if rule.kind is FieldKind.product_name and not (rule.catalogue or rule.patterns):
            continue  # a catalogue is often filled later; until then nothing is found


def _patterns(name: str, rule: FieldRule) -> Iterator[Finding]:
    given: list[tuple[Place, str]] = [
        (("fields", name, "patterns", index), source) for index, source in enumerate(rule.patterns)
    ]
    if rule.format is not None:
        given.append((("fields", name, "format"), rule.format))
    for place, source in given:
        try:
            pattern(source, case_sensitive=rule.case_sensitive)
        except BadPatternError as exc:
            yield place, f"the pattern {source[:80]!r} {exc}"


def _routing(c: Configuration) -> Iterator[Finding]:
    yield from _unknown(("routing", "fallback"), [c.routing.fallback], c.teams, "team")
    if c.routing.escalation_team is not None:
        yield from _unknown(("routing", "escalation_team"), [c.routing.escalation_team], c.teams, "team")
    elif c.routing.critical == "escalation":
        yield ("routing", "critical"), "needs routing.escalation_team"
    names: list[str] = []
    for index, rule in enumerate(c.routing.rules):
        at: Place = ("routing", "rules", index)
        if rule.name in names:
            yield (*at, "name"), f"there is a rule {rule.name!r} already"
        names.append(rule.name)
        if rule.team is None and rule.priority is None:
            yield at, "does nothing: name a team or a priority"
        if rule.team is not None:
            yield from _unknown((*at, "team"), [rule.team], c.teams, "team")
        yield from _unknown((*at, "when", "category"), rule.when.category, c.categories, "category")
        yield from _unknown((*at, "when", "severity"), rule.when.severity, c.severities, "severity")
        yield from _unknown((*at, "when", "fields"), rule.when.fields, c.fields, "field")
        yield from _unknown((*at, "when", "missing"), rule.when.missing, c.fields, "field")
        if not rule.when.model_fields_set:
            yield (*at, "when"), "holds always, so that no later rule is reached; say when it holds"


def _drafts(c: Configuration) -> Iterator[Finding]:
    if c.tones:
        yield from _unknown(("tone",), [c.tone], c.tones, "tone")
    for name, template in c.templates.items():
        for language, source in template.text.items():
            for fault in sandbox.check(source, SHAPE):
                yield ("templates", name, "text", language), f"in its line {fault.line}: {fault.message}"
    if c.duplicates.related_from > c.duplicates.duplicate_from:
        yield ("duplicates", "related_from"), "must not be above duplicate_from"
    if c.limits.step > c.limits.workflow:
        yield ("limits", "step"), "must not be longer than limits.workflow"
