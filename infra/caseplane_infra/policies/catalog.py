"""All policies, in the order of the documentation."""

from collections.abc import Iterator

from caseplane_infra.policies import (
    budget,
    encryption,
    exposure,
    grants,
    images,
    labels,
    place,
    protection,
    recovery,
    secrecy,
    transport,
)
from caseplane_infra.policies.model import Policy, ResourcePolicy

POLICIES: tuple[Policy, ...] = (
    *encryption.POLICIES,
    *exposure.POLICIES,
    *transport.POLICIES,
    *recovery.POLICIES,
    *grants.POLICIES,
    *images.POLICIES,
    *labels.POLICIES,
    *secrecy.POLICIES,
    *place.POLICIES,
    *protection.POLICIES,
    *budget.POLICIES,
)


def page() -> Iterator[str]:
    """The lines of the documentation's table of policies."""
    yield "| policy | what holds | judged on | when broken |"
    yield "|---|---|---|---|"
    for each in POLICIES:
        where = "each resource" if isinstance(each, ResourcePolicy) else "the whole stack"
        yield f"| `{each.name}` | {each.sentence} | {where} | {each.remedy} |"
