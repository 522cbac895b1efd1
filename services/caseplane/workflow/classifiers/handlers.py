"""Runs the job that trains a classifier."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.workflow.classifiers.jobs import TRAIN, TrainArgs
from caseplane.workflow.classifiers.training import train_version
from caseplane.workflow.context import Workflow

handlers = Handlers[Workflow]()


@handlers.on(TRAIN)
async def train(context: Workflow, who: Principal, args: TrainArgs) -> None:
    await train_version(context, who, args)
