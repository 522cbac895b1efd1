"""The steps of the workflow, as data: a new kind of work is one entry here."""

from caseplane.triage.results import Classification, Draft, Extraction, Route
from caseplane.workflow.runs.comparing import Likeness, compare_ticket
from caseplane.workflow.runs.drafting import draft_by_template, draft_ticket
from caseplane.workflow.runs.engine import Step
from caseplane.workflow.runs.reading import Reading, read
from caseplane.workflow.runs.routing import route_ticket
from caseplane.workflow.runs.understanding import (
    classify_by_rules,
    classify_ticket,
    complete_by_rules,
    complete_fields,
    find_patterns,
)

READ = Step(name="read", result=Reading, run=read)
CLASSIFY = Step(
    name="classify", result=Classification, run=classify_ticket, by_rules=classify_by_rules, after=("read",)
)
COMPARE = Step(
    name="duplicates",
    result=Likeness,
    run=compare_ticket,
    lasting=True,
    after=("read",),
    on=lambda flags: flags.duplicates,
)
PATTERNS = Step(name="patterns", result=Extraction, run=find_patterns, after=("read",))
EXTRACT = Step(
    name="extract", result=Extraction, run=complete_fields, by_rules=complete_by_rules,
    after=("classify", "patterns"),
)  # fmt: skip
ROUTE = Step(
    name="route", result=Route, run=route_ticket, by_rules=route_ticket, after=("classify", "extract"),
    on=lambda flags: flags.routing,
)  # fmt: skip

DRAFT = Step(
    name="draft", result=Draft, run=draft_ticket, by_rules=draft_by_template, after=("duplicates", "classify", "extract", "route"),
    on=lambda flags: flags.response_generation, lasting=True,
)  # fmt: skip

SORTING = (READ, COMPARE, CLASSIFY, PATTERNS, EXTRACT, ROUTE)
"""What a new ticket goes through at once. `DRAFT` follows: it takes most of the time, and no ticket has to wait for it."""
JUDGING = (READ, CLASSIFY, PATTERNS, EXTRACT, ROUTE)
"""What can be asked of a text alone, since it leaves no trace."""
