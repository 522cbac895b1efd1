"""The table of background jobs in 02-design/delivery.md."""

from collections.abc import Iterator

from caseplane.core.parts import parts_of
from caseplane.services import SERVICES
from tools.pages.marks import with_generated

HEAD = "| Job | Runs in | Queue | Follows from | Harmless twice, since |\n|---|---|---|---|---|"


def rows() -> Iterator[str]:
    for service in SERVICES:
        for table in parts_of(service).handlers:
            for job in table.jobs:
                yield f"| `{job.name}` | {service.name} | `{job.queue}` | {job.after} | {job.repeat} |"
            for each in table.periodic:
                yield f"| `{each.name}` | {service.name} | `{each.queue}` | the clock, `{each.cron}` | {each.repeat} |"


def render() -> str:
    return with_generated("02-design/delivery.md", "\n".join([HEAD, *rows()]))
