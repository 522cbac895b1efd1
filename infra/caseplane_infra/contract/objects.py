from collections.abc import Mapping
from typing import Literal

import pulumi

from caseplane_infra.contract.part import Days, Part, Section


class ObjectStoreNeeds(Section):
    """Buckets or containers: documents, attachments, audit."""

    redundancy: Literal["zone", "region"] = "region"
    """`zone`: one zone or data centre where the cloud offers it; `region`: several zones, about 25 % dearer
    on Azure, the same price on AWS and Google."""
    noncurrent_days: Days = 30
    """Overwritten or deleted versions are kept so long. Their storage is billed."""
    cool_after_days: Days = 90
    """Attachments and audit records move to a cheaper class after this; reading them back costs more."""
    audit_days: Days = 400
    """Audit records cannot be deleted or changed before. Their storage is billed."""
    protect: bool = True
    """Refuse deletion. No cost."""


OBJECT_STORES = ("docs", "attachments", "audit")


class ObjectStore(Part):
    """Three versioned, encrypted, private stores that speak TLS only."""

    urls: Mapping[str, pulumi.Output[str]]
    """`docs`, `attachments`, `audit` to the URL that the services read: `s3://…`, `az://…`, `gs://…`."""
    options: Mapping[str, pulumi.Output[str]]
    """Environment that the services' object client needs beside the URL, such as the storage account's name."""
