"""What ends soon of what a stack is built on: its version of Kubernetes, its models, products of its cloud."""

from collections.abc import Sequence
from datetime import date

from caseplane_costs.stacks import Stack
from caseplane_infra import facts
from caseplane_infra.settings import Settings


def of_settings(settings: Settings, *, today: date | None = None) -> Sequence[str]:
    """The notices of a stack; without a day, today's."""
    return list(
        facts.notices(
            settings.cloud,
            kubernetes=settings.cluster.version,
            models={role: model.name for role, model in settings.llm.models.items()},
            edge=bool(settings.edge.domain),
            today=today or _today(),
        )
    )


def of_stack(stack: Stack) -> Sequence[str]:
    """The notices of a stack from its stack file; none for a stack export, which does not have it."""
    if not stack.config:
        return ()
    return list(
        facts.notices(
            stack.cloud,
            kubernetes=str(stack.section("cluster").get("version", facts.DEFAULT)),
            models=stack.models,
            edge=bool(stack.section("edge").get("domain")),
            today=_today(),
        )
    )


def _today() -> date:
    return date.today()  # noqa: DTZ011 - a day, anywhere
