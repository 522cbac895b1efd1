"""Drafts replies to tickets for agents to send, change or reject.

Pure: no SQL, no HTTP. `draft` writes one from what is known of the ticket; `check` says by line what is wrong with a
template; `flags_of` looks at any text; `compare` measures what an agent changed.
"""

from caseplane.triage.drafting import sandbox
from caseplane.triage.drafting.asking import ReplyWriter, asked
from caseplane.triage.drafting.comparing import Comparison, Relation, compare
from caseplane.triage.drafting.models import (
    Action,
    ActionKind,
    Draft,
    Earlier,
    Flag,
    FlagKind,
    Origin,
    Parts,
    Situation,
)
from caseplane.triage.drafting.safety import flags_of
from caseplane.triage.drafting.sandbox import Fault, TemplateFaultyError, check, render
from caseplane.triage.drafting.values import SHAPE, values_of
from caseplane.triage.drafting.wording import language_for, wording
from caseplane.triage.drafting.writing import Answer, draft

__all__ = [
    "SHAPE",
    "Action",
    "ActionKind",
    "Answer",
    "Comparison",
    "Draft",
    "Earlier",
    "Fault",
    "Flag",
    "FlagKind",
    "Origin",
    "Parts",
    "Relation",
    "ReplyWriter",
    "Situation",
    "TemplateFaultyError",
    "asked",
    "check",
    "compare",
    "draft",
    "flags_of",
    "language_for",
    "render",
    "sandbox",
    "values_of",
    "wording",
]
