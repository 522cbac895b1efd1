from collections.abc import Mapping

import pulumi

from caseplane_infra.contract.part import Part

WORKLOADS = ("gateway", "orchestrator", "retrieval", "escalation", "worker", "operator", "external-secrets")
"""Service accounts of the platform; each has a cloud identity of its own, with its own least rights."""


class Identity(Part):
    """Cloud identities of the workloads, without long-lived credentials."""

    annotations: Mapping[str, pulumi.Output[Mapping[str, str]]]
    """Workload to the annotations that its Kubernetes service account needs; empty where the cloud needs none."""
    pod_labels: Mapping[str, str]
    """Labels that pods need for the cloud to hand them an identity."""
