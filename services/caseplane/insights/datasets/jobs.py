"""The jobs of data sets."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs

_LONG = timedelta(hours=12)


class UploadArgs(JobArgs):
    dataset_id: UUID
    upload_id: UUID


class DatasetArgs(JobArgs):
    dataset_id: UUID


READ_FILE = Job(
    "insights.read_file",
    UploadArgs,
    queue="insights",
    after="a file was uploaded",
    repeat="rows that were read before are skipped, and a row is written by its id",
    lock=lambda args: f"dataset:{args.dataset_id}",
    once=lambda args: f"read:{args.upload_id}",
    retry=Backoff(attempts=5, base=timedelta(seconds=5)),
    longest=_LONG,
)
EMBED_ROWS = Job(
    "insights.embed_rows",
    DatasetArgs,
    queue="insights",
    after="rows of a data set are new or have another text",
    repeat="only rows without a vector get one",
    lock=lambda args: f"embed:{args.dataset_id}",
    once=lambda args: f"embed:{args.dataset_id}",
    retry=Backoff(attempts=8, base=timedelta(seconds=5)),
    longest=_LONG,
)
SYNC_TICKETS = Job(
    "insights.sync_tickets",
    DatasetArgs,
    queue="insights",
    after="a person asked for the platform's newest tickets",
    repeat="a ticket is written by its id",
    lock=lambda args: f"dataset:{args.dataset_id}",
    once=lambda args: f"sync:{args.dataset_id}",
    retry=Backoff(attempts=5, base=timedelta(seconds=5)),
    longest=_LONG,
)
REMOVE_FILE = Job(
    "insights.remove_file",
    UploadArgs,
    queue="insights",
    after="a file was uploaded; starts when it has been kept long enough",
    repeat="a file that is gone stays gone",
    retry=Backoff(attempts=8, base=timedelta(minutes=1)),
)
ASSIGN_ROWS = Job(
    "insights.assign_rows",
    DatasetArgs,
    queue="insights",
    after="rows of a data set got vectors",
    repeat="only rows that no grouping has seen are assigned",
    lock=lambda args: f"dataset:{args.dataset_id}",
    once=lambda args: f"assign:{args.dataset_id}",
    retry=Backoff(attempts=5, base=timedelta(seconds=5)),
)
