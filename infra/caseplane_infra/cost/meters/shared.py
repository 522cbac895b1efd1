"""What every stack may have: Pulumi's own, random values, and what lies on a cluster that is paid for already.

The one thing on the cluster that costs something by itself is a disk, and only Qdrant has some: its pods ask for them
by the storage class that the program makes.
"""

from collections.abc import Iterator, Mapping

from caseplane_infra.cost.meters import Charge, Context, MeterError, Meters, fixed, found
from caseplane_infra.cost.meters.sizes import premium_disk
from caseplane_infra.cost.resources import Resource

KUBERNETES = "an object on the cluster, whose nodes and disks are priced"
STATE = "kept in the stack's state"
GIB, REPLICAS = 20, 1
"""The contract's own values, where the stack file says nothing."""
BY_SIZE: Mapping[str, str] = {
    "gp3": "ebs.gp3",
    "pd-balanced": "disk.pd-balanced",
    "hyperdisk-balanced": "disk.hyperdisk-balanced",
}


def vector_disks(storage: Resource, context: Context) -> Iterator[Charge]:
    """Disks of Qdrant's pods: a class says their kind, the stack file how many and how large."""
    vectors = context.stack.section("vectors")
    gib, replicas = int(vectors.get("storage_gib", GIB)), int(vectors.get("replicas", REPLICAS))
    why = f"{replicas} of Qdrant's disks, {gib} GiB each"
    azure, kind = found(storage, "parameters.skuName"), str(found(storage, "parameters.type", ""))
    if azure:
        zrs = ".zrs" if str(azure).endswith("_ZRS") else ""
        yield fixed(f"{premium_disk(gib)}{zrs}", replicas, why)
    elif kind in BY_SIZE:
        yield fixed(BY_SIZE[kind], gib * replicas, why)
    else:
        raise MeterError(f"{storage.name}: no price is known for disks of the kind {kind!r}.")


METERS = Meters(
    metered={"kubernetes:storage.k8s.io/v1:StorageClass": vector_disks},
    free={
        "pulumi:providers:*": "a connection, not a thing",
        "pulumi:pulumi:Stack": STATE,
        "pulumi:pulumi:StackReference": STATE,
        "random:index/*": STATE,
        "kubernetes:*": KUBERNETES,
    },
)
