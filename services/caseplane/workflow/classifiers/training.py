"""Trains a classifier on the labelled tickets of a tenant, and compares it with keywords."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from caseplane.core.auth import Principal
from caseplane.triage.classifying import Prototypes, classify
from caseplane.triage.configuration import Configuration
from caseplane.triage.learning import Example, TooFewExamplesError, train
from caseplane.triage.learning.linear import Matrix
from caseplane.triage.learning.measuring import figures
from caseplane.triage.learning.training import Trained
from caseplane.triage.ticket_text import TicketText, read_ticket
from caseplane.workflow.classifiers.jobs import TrainArgs
from caseplane.workflow.classifiers.likeness import prototypes_of
from caseplane.workflow.classifiers.repository import Classifiers
from caseplane.workflow.classifiers.schemas import ClassifierState, Report
from caseplane.workflow.configurations.active import active_configuration
from caseplane.workflow.context import Work, Workflow
from caseplane.workflow.labels.repository import Labels, Lesson

MOST = 10_000
"""Labelled tickets that are used, the newest; training then takes about 200 MB and a minute or two."""
KEPT = 10
"""Versions whose weights are kept, besides the one in force."""
_AT_ONCE = 8


@dataclass(frozen=True)
class _Sample:
    """A labelled ticket; the customer's tickets are held back together."""

    text: TicketText
    category: str
    customer: str


async def train_version(context: Workflow, who: Principal, args: TrainArgs) -> None:
    """Train one version; a second run of the job changes nothing."""
    async with context.work(who) as work:
        row = await work.repo(Classifiers).find(args.classifier_id)
        if row is None or row.state != ClassifierState.training:
            return
        lessons = await work.repo(Labels).lessons(limit=MOST)
        active = await active_configuration(work)
    samples = await _samples(context, who, lessons, active.configuration)
    embedder = context.embedder
    vectors = await embedder.embed([each.text.whole for each in samples])
    prototypes = await prototypes_of(embedder, active.configuration)
    examples = [Example(each.text.whole, each.category, each.customer) for each in samples]
    try:
        trained = await asyncio.to_thread(train, examples, vectors, embedding=embedder.profile.key)
    except TooFewExamplesError as exc:
        async with context.work(who) as work:
            await _fail(work, args, f"There are {exc}.")
        return
    report = await asyncio.to_thread(
        _report, trained, samples, vectors, active.configuration, prototypes, len(lessons), active.label
    )
    model = await asyncio.to_thread(trained.classifier.dump)
    async with context.work(who) as work:
        await _keep(work, args, trained, report, model)


async def _samples(
    context: Workflow, who: Principal, lessons: Sequence[Lesson], configuration: Configuration
) -> list[_Sample]:
    """The tickets of lessons that can be read, in the order of the lessons."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(lesson: Lesson) -> _Sample | None:
        async with gate:
            ticket = await context.escalation.find_ticket(who, lesson.ticket_id)
        if ticket is None:
            return None
        text = read_ticket(ticket.subject, ticket.description)
        return None if ticket.deleted or text.empty else _Sample(text, lesson.category, ticket.requester_id)

    wanted = [each for each in lessons if each.category in configuration.categories]
    found = await asyncio.gather(*(read(each) for each in wanted))
    return [each for each in found if each is not None]


def _report(
    trained: Trained,
    samples: Sequence[_Sample],
    vectors: Matrix,
    configuration: Configuration,
    prototypes: Prototypes,
    lessons: int,
    label: str,
) -> Report:
    judged = trained.held_back
    by_keywords = [
        classify(samples[place].text, configuration, None, vectors[place], prototypes=prototypes)
        for place in judged.places
    ]
    return Report(
        tickets=trained.examples,
        unreadable=lessons - len(samples),
        left_out=trained.left_out,
        held_back=figures(judged.labels, judged.predicted, judged.confidence),
        keywords=figures(
            judged.labels,
            [each.category for each in by_keywords],
            [each.category_confidence for each in by_keywords],
        ),
        configuration=label,
    )


async def _keep(work: Work, args: TrainArgs, trained: Trained, report: Report, model: bytes) -> None:
    rows = work.repo(Classifiers)
    await rows.lock()
    row = await rows.find(args.classifier_id, lock=True)
    if row is None or row.state != ClassifierState.training:
        return
    row.state, row.finished_at = ClassifierState.trained, work.now
    row.embedding, row.model = trained.classifier.embedding, model
    row.report = report.model_dump(mode="json")
    await rows.retire_before(row.version - KEPT + 1)
    await work.audit(
        "classifier.trained", target_type="classifier", target_id=row.id, version=row.version,
        tickets=report.tickets,
    )  # fmt: skip


async def _fail(work: Work, args: TrainArgs, reason: str) -> None:
    row = await work.repo(Classifiers).find(args.classifier_id, lock=True)
    if row is not None and row.state == ClassifierState.training:
        row.state, row.reason, row.finished_at = ClassifierState.failed, reason, work.now
