"""GKE, its nodes and their disks, and the models of Vertex AI."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, hourly
from caseplane_costs.meters.common import disks, is_workers, nodes, tokens
from caseplane_costs.meters.inputs import lookup, number, text
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Resource

POOL = "gcp:container/nodePool:NodePool"
ALARM = "gcp:monitoring/alertPolicy:AlertPolicy"
MODEL = re.compile(r'model_user_id\s*=\s*\\?"([^"\\]+)')
ZONE = re.compile(r"-[a-f]$")
CREDIT = Range(Decimal(0), Decimal(0), Decimal(1))
"""Google credits one zonal cluster per billing account, which may be another one."""


def control_plane(cluster: Resource, _: Context) -> Iterator[Charge]:
    if ZONE.search(str(lookup(cluster, "location", ""))):
        yield hourly(
            "gke.cluster",
            "the first zonal cluster of a billing account is free; high: another cluster uses that credit",
            factor=CREDIT,
        )
        return
    yield hourly("gke.cluster", "a regional cluster's management fee, all month")


def pool(group: Resource, context: Context) -> Iterator[Charge]:
    """Nodes and their disks. Google counts nodes per zone (C000-14)."""
    zones = _zones(group, context)
    desired = None if is_workers(group) else number(group, "initialNodeCount") * zones
    spot = bool(lookup(group, "nodeConfig.spot", False))
    yield from nodes(f"gce.{text(group, 'nodeConfig.machineType')}", context, desired=desired, spot=spot)
    disk, size = (
        lookup(group, "nodeConfig.diskType", "pd-balanced"),
        number(group, "nodeConfig.diskSizeGb", 100),
    )
    yield disks(f"disk.{disk}", size, context, desired=desired)


def _zones(group: Resource, context: Context) -> int:
    return 1 if ZONE.search(str(lookup(group, "location", ""))) else context.stack.zones


def models(context: Context) -> Iterator[tuple[Resource, Charge]]:
    """Models are not resources here; their names are in the stack file, else in the alarms on their tokens."""
    named = context.stack.models or dict(_alarmed(context))
    for role, model in named.items():
        placeholder = Resource(
            urn=f"usage:llm::{role}", type="usage:llm", inputs={"labels": {"component": "llm"}}
        )
        yield from ((placeholder, each) for each in tokens(role, model, context))


def _alarmed(context: Context) -> Iterator[tuple[str, str]]:
    for alarm in context.of_type(ALARM):
        role = alarm.name.partition("-tokens-")[2]
        match = MODEL.search(str(lookup(alarm, "conditions.0.conditionThreshold.filter", "")))
        if role and match:
            yield role, match[1]


METERED: Mapping[str, Meter] = {"gcp:container/cluster:Cluster": control_plane, POOL: pool}
