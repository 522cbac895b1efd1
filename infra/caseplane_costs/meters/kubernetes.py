"""What every stack may have: Pulumi's own resources, random values, and objects on the cluster.

Of the objects on the cluster, only disks are billed, and only Qdrant has one: its pod requests it through the storage
class that the program creates.
"""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, MeterError, Meters, fixed
from caseplane_costs.meters.common import premium_disk
from caseplane_costs.meters.inputs import lookup
from caseplane_costs.stacks import Resource

KUBERNETES = "an object on the cluster, whose nodes and disks are priced"
STATE = "kept in the stack's state"
GIB = 20
"""The contract's default."""
BY_SIZE: Mapping[str, str] = {
    "gp3": "ebs.gp3",
    "pd-balanced": "disk.pd-balanced",
    "hyperdisk-balanced": "disk.hyperdisk-balanced",
}


def vector_disks(storage: Resource, context: Context) -> Iterator[Charge]:
    """The disk of Qdrant's pod: the class has its kind, the stack file its size."""
    gib = int(context.stack.section("vectors").get("storage_gib", GIB))
    why = f"Qdrant's disk, {gib} GiB"
    azure, kind = lookup(storage, "parameters.skuName"), str(lookup(storage, "parameters.type", ""))
    if azure:
        zrs = ".zrs" if str(azure).endswith("_ZRS") else ""
        yield fixed(f"{premium_disk(gib)}{zrs}", 1, why)
    elif kind in BY_SIZE:
        yield fixed(BY_SIZE[kind], gib, why)
    else:
        raise MeterError(f"{storage.name}: there is no price for disks of the kind {kind!r}.")


METERS = Meters(
    metered={"kubernetes:storage.k8s.io/v1:StorageClass": vector_disks},
    free={
        "pulumi:providers:*": "a connection to the cloud",
        "pulumi:pulumi:Stack": STATE,
        "pulumi:pulumi:StackReference": STATE,
        "random:index/*": STATE,
        "kubernetes:*": KUBERNETES,
    },
)
