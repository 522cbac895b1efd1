from collections.abc import Mapping
from typing import Literal

import pulumi

from caseplane_infra.contract.part import Days, Part, Section


class ObjectStoreNeeds(Section):
    """Buckets or containers: documents, attachments, audit."""

    redundancy: Literal["zone", "region"] = "region"
    """`zone`: one zone or data centre, where the cloud offers that; `region`: several zones, about 25 % more
    expensive on Azure, the same price on AWS and Google."""
    noncurrent_days: Days = 30
    """Days for which overwritten or deleted versions are kept. Their storage is billed."""
    cool_after_days: Days = 90
    """Days until attachments and audit records move to a cheaper class, which costs more to read."""
    audit_days: Days = 400
    """Days in which audit records cannot be deleted or changed. Their storage is billed."""
    protect: bool = True
    """Refuse deletion. No cost."""


OBJECT_STORES = ("docs", "attachments", "audit")


class ObjectStore(Part):
    """Three versioned, encrypted, private stores that accept only TLS."""

    urls: Mapping[str, pulumi.Output[str]]
    """`docs`, `attachments`, `audit` to their URLs: `s3://…`, `az://…`, `gs://…`."""
    options: Mapping[str, pulumi.Output[str]]
    """Environment variables that the services' object client needs in addition to the URL."""
