"""The job that trains a classifier."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs


class TrainArgs(JobArgs):
    classifier_id: UUID


TRAIN = Job(
    "workflow.train",
    TrainArgs,
    queue="learning",
    after="a request to train a classifier",
    repeat="only a version in training gets weights",
    lock=lambda args: f"train:{args.classifier_id}",
    once=lambda args: f"train:{args.classifier_id}",
    retry=Backoff(attempts=5, base=timedelta(seconds=5)),
)
