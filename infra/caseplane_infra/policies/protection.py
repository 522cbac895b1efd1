"""Data in prod cannot be deleted by mistake: Pulumi refuses, and so does the cloud where it can."""

from collections.abc import Iterator, Sequence

from caseplane_infra.policies.console import CONSOLE, is_console
from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.model import (
    PROD,
    Context,
    Finding,
    Resource,
    ResourcePolicy,
    StackPolicy,
    equals,
    never,
)
from caseplane_infra.policies.secrecy import PASSWORD

HOLDS_DATA = (
    PASSWORD,
    Aws.DATABASE,
    Aws.KEY,
    Aws.SECRET,
    Aws.SECRET_VERSION,
    Aws.CLUSTER,
    Azure.DATABASE,
    Azure.STORAGE,
    Azure.CONTAINER,
    Azure.KEY,
    Azure.SECRET,
    Azure.VAULT,
    Azure.CLUSTER,
    Gcp.DATABASE,
    Gcp.KEY,
    Gcp.SECRET,
    Gcp.SECRET_VERSION,
    Gcp.CLUSTER,
)
"""Buckets are handled below, because the console's holds only files that every release uploads."""
BY_THE_CLOUD = {
    Aws.DATABASE: [equals("deletionProtection", True).only(PROD)],
    Aws.CLUSTER: [equals("deletionProtection", True).only(PROD)],
    Gcp.DATABASE: [
        equals("deletionProtection", True).only(PROD),
        equals("settings.deletionProtectionEnabled", True).only(PROD),
    ],
    Gcp.CLUSTER: [equals("deletionProtection", True).only(PROD)],
}
LOCKED = (Azure.DATABASE, Azure.STORAGE, Azure.CLUSTER)


def _protected(resource: Resource, context: Context) -> Iterator[str]:
    if context.teardown or context.environment not in PROD:
        return
    for want in BY_THE_CLOUD.get(resource.type, ()):
        if fault := want.fault(resource, context):
            yield fault
    is_bucket = resource.type in (Aws.BUCKET, Gcp.BUCKET) and CONSOLE not in resource.name
    holds_data = resource.type in HOLDS_DATA and not is_console(resource)
    if (holds_data or is_bucket) and not resource.protect:
        yield "Pulumi may delete it: the option `protect` is off"
    if is_bucket and (fault := never("forceDestroy", True).fault(resource, context)):
        yield fault


PROTECTED = ResourcePolicy(
    name="prod-data-is-protected",
    sentence="In prod, databases, objects, keys, secrets and the cluster cannot be deleted by mistake.",
    remedy="Set `protect: true` in the part's settings; to take a stack down, set `teardown: true` first",
    judge=_protected,
)


def _unlocked(stack: Sequence[Resource], context: Context) -> Iterator[Finding]:
    """Azure has no property that refuses deletion; a separate lock does."""
    if context.teardown or context.environment not in PROD:
        return
    locks = [each for each in stack if each.type == Azure.LOCK and each.get("level") != "NotSpecified"]
    locked = {name for each in locks for name in each.links.get("scope", ())}
    for resource in stack:
        if resource.type in LOCKED and not is_console(resource) and resource.name not in locked:
            yield (
                resource,
                "Azure does not refuse its deletion: no ManagementLockByScope has it as scope",
            )


LOCKS = StackPolicy(
    name="prod-data-is-locked",
    sentence="In prod, Azure's database, storage account and cluster are locked against deletion.",
    remedy="Put a `CanNotDelete` lock on it",
    judge=_unlocked,
)

POLICIES = (PROTECTED, LOCKS)
