from collections.abc import Mapping

import pulumi

from caseplane_infra.contract.part import Part
from caseplane_infra.services import SERVICES

WORKLOADS = (*(each.name for each in SERVICES), "worker", "operator", "external-secrets")
"""Service accounts of the platform; each has its own cloud identity with only the rights that it needs."""


class Identity(Part):
    """Cloud identities of the workloads, without long-lived credentials."""

    annotations: Mapping[str, pulumi.Output[Mapping[str, str]]]
    """Workload to the annotations of its Kubernetes service account; empty if the cloud needs none."""
    pod_labels: Mapping[str, str]
    """Labels that pods need to get their identity from the cloud."""
