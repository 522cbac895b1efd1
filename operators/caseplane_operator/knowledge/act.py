"""Makes the changes that a plan asks for."""

from caseplane_operator import metrics
from caseplane_operator.knowledge import plan
from caseplane_operator.knowledge.look import BaseLook

TOLD: dict[type[plan.Action], tuple[str, str]] = {
    plan.AddBase: ("KnowledgeBaseMade", "The platform has the knowledge base."),
    plan.PatchBase: ("KnowledgeBaseChanged", "The knowledge base was brought to what the spec says."),
    plan.AddSource: ("SourceAdded", "The knowledge base has a new source."),
    plan.PatchSource: ("SourceChanged", "A source was brought to what the spec says."),
    plan.RemoveSource: (
        "SourceRemoved",
        "A source that the spec no longer has was deleted with its documents.",
    ),
}
"""The event that tells of an action; a synchronisation by schedule is no news."""


async def act(look: BaseLook, action: plan.Action) -> None:
    """Make one change.

    Raises:
        PlatformError
    """
    match action:
        case plan.AddBase(body):
            look.base = await look.at.add_base(body)
        case plan.PatchBase(change, version):
            await look.at.patch_base(_id(look), change, version=version)
        case plan.AddSource(name, body):
            look.made.add(name)  # before: it may be made and the answer lost
            await look.at.add_source(_id(look), body)
        case plan.PatchSource(source_id, change):
            await look.at.patch_source(_id(look), source_id, change)
        case plan.RemoveSource(source_id):
            await look.at.remove_source(_id(look), source_id)
        case plan.StartSync(source_id, asked):
            await look.at.sync(_id(look), source_id)
            if asked:
                look.memory.synced.add(source_id)
    metrics.ACTIONS.labels(type(action).__name__).inc()


def _id(look: BaseLook) -> str:
    assert look.base is not None, "the plan makes the knowledge base before it asks for more"
    return look.base.id
