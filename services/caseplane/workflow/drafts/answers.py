"""Finds what documents say to a ticket, and lets the gate judge it as it judges a reply to a customer.

No transaction is open meanwhile: search and model may take seconds. Whatever fails is named, and the draft is made
without it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from caseplane.answering import DraftAnswer, Evidence, SectionAnswerer
from caseplane.answering.ports import M
from caseplane.core.auth import Principal, Role
from caseplane.core.errors import CaseplaneError
from caseplane.core.llm import CallAccount, Llm, LlmRole
from caseplane.core.llm import Message as Prompt
from caseplane.core.telemetry import get_logger
from caseplane.gate import SHIPPED_POLICY, GateSignals, decide, measure, same_question
from caseplane.gate.rule import Verdict
from caseplane.retrieval.schemas import SearchRequest, SearchResponse, SectionName
from caseplane.text.injection import detect_injection
from caseplane.triage.configuration import Configuration
from caseplane.triage.drafting import Answer, ReplyWriter, Situation, language_for
from caseplane.workflow.context import Workflow
from caseplane.workflow.drafts.queries import LONGEST_QUERY, queries_of
from caseplane.workflow.drafts.schemas import ModelTier

log = get_logger(__name__)

FAR = 0.2
"""Cosine of question and passage below which nothing was found."""
SECTION = 20
"""Chunks of a section that are read."""
_ROLES = {ModelTier.small: LlmRole.small, ModelTier.large: LlmRole.answer}


@dataclass
class Found:
    """What documents say, if they answer; what was seen of them; and what could not be used."""

    answer: Answer | None = None
    evidence: Sequence[Evidence] = ()
    degraded: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is searched for, for whom, and who writes."""

    situation: Situation
    configuration: Configuration
    tenant_id: UUID
    tone: str
    tier: ModelTier = ModelTier.small
    customer_id: str | None = None


async def answer_to(context: Workflow, wanted: Asked) -> Found:
    """What documents say to a ticket; nothing where they do not answer it."""
    found = Found()
    situation = wanted.situation
    unsafe = detect_injection(f"{situation.subject}\n{situation.body}").detected
    if unsafe:
        return found  # an agent reads what it wants; nothing is made of it
    for query in queries_of(situation):
        withheld = await _search(context, wanted, query, found)
        if found.evidence and await _answered(context, wanted, query, found, withheld):
            return found
        if found.degraded or _nothing_near(found.evidence):
            break
    return found


async def suggestions(
    context: Workflow, tenant_id: UUID, text: str, *, limit: int, customer_id: str | None = None
) -> SearchResponse:
    """What any customer may read on a ticket's text."""
    return await context.retrieval.search(
        _reader(tenant_id, customer_id), SearchRequest(query=text[:LONGEST_QUERY], limit=limit)
    )


def _nothing_near(evidence: Sequence[Evidence]) -> bool:
    """Whether the search was so far off that other words for the same will not find it either."""
    near = [chunk.component_scores["vector"] for chunk in evidence if "vector" in chunk.component_scores]
    return not evidence or (len(near) == len(evidence) and max(near) < FAR)


def _reader(tenant_id: UUID, customer_id: str | None) -> Principal:
    """The customer, who will read the reply: it may rest only on what everybody may see."""
    return Principal(
        tenant_id=tenant_id,
        subject="service:workflow",
        roles=frozenset({Role.customer}),
        customer_id=customer_id,
    )


async def _search(context: Workflow, wanted: Asked, query: str, found: Found) -> int:
    """Fill in the evidence; returns how much of it the customer may not see."""
    try:
        hits = await suggestions(
            context, wanted.tenant_id, query,
            limit=context.settings.evidence_limit, customer_id=wanted.customer_id,
        )  # fmt: skip
    except CaseplaneError as exc:
        log.warning("draft_search_failed", error=type(exc).__name__)
        found.degraded.append("search")
        return 0
    found.evidence = [hit.as_evidence(Evidence) for hit in hits.results]
    return hits.withheld


async def _answered(context: Workflow, wanted: Asked, query: str, found: Found, withheld: int) -> bool:
    """Whether an answer passes the gate: a model's if there is one, else what the documents say word for word."""
    role = _ROLES[wanted.tier]
    if context.llm is not None and context.llm.model(role) is not None:
        written = await _written(context, context.llm, wanted, found, role)
        if written is not None and _passes(written.draft, found.evidence, withheld):
            found.answer = written
            return True
    try:
        for draft, evidence in [
            (await context.extractive.answer(query, found.evidence), found.evidence),
            *await _from_section(context, wanted, query, found),
        ]:
            if _passes(draft, evidence, withheld):
                found.answer = Answer(draft=draft, evidence=evidence)
                return True
    except CaseplaneError as exc:
        log.warning("draft_answer_failed", error=type(exc).__name__)
        found.degraded.append("answer")
    return False


async def _from_section(
    context: Workflow, wanted: Asked, query: str, found: Found
) -> list[tuple[DraftAnswer, Sequence[Evidence]]]:
    """An answer from the section that asks the very question, if one does."""
    same = same_question(query, found.evidence)
    if same is None:
        return []
    read = await context.retrieval.read_sections(
        _reader(wanted.tenant_id, wanted.customer_id),
        [SectionName(document_id=same.document_id, heading=same.heading)],
        limit=SECTION,
    )
    evidence = [hit.as_evidence(Evidence) for hit in read.results]
    if not evidence:
        return []
    return [(await SectionAnswerer(context.extractive, same.label).answer(query, evidence), evidence)]


async def _written(context: Workflow, llm: Llm, wanted: Asked, found: Found, role: LlmRole) -> Answer | None:
    account = CallAccount(tenant_id=wanted.tenant_id)

    async def complete(role: LlmRole, messages: Sequence[Prompt], schema: type[M]) -> M:
        return await llm.complete_json(role, messages, schema, account=account)

    writer = ReplyWriter(complete, estimator=context.extractive, role=role)
    language = wanted.situation.language
    try:
        async with asyncio.timeout(wanted.configuration.limits.step.total_seconds()):
            written = await writer.write(
                wanted.situation, found.evidence, tone=wanted.tone, language=language_for(language)
            )
    except (CaseplaneError, TimeoutError) as exc:
        log.warning("draft_model_failed", error=type(exc).__name__)
        found.degraded.append("model")
        return None
    if any(problem.kind == "llm_error" for problem in written.draft.problems):
        found.degraded.append("model")
        return None
    return written


def _passes(draft: DraftAnswer, evidence: Sequence[Evidence], withheld: int) -> bool:
    base = GateSignals(unsafe_input=False, customer_request=False, llm_error=False)
    relevance = [chunk.component_scores.get("vector", float("nan")) for chunk in evidence]
    signals = measure(
        base, draft=draft, evidence=evidence, relevance=relevance, withheld=withheld, policy=SHIPPED_POLICY
    )
    return decide(signals, SHIPPED_POLICY).verdict is Verdict.passed
