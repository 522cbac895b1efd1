"""Models of Vertex AI: which regions offer them, and who may call them; there is nothing to deploy."""

import pulumi
from pulumi_gcp import projects

from caseplane_infra import contract
from caseplane_infra.contract import MODEL_CALLERS, LlmNeeds, ModelEndpoint
from caseplane_infra.gcp.identity import GcpIdentity
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.models import Offered, check_dimension, check_offered
from caseplane_infra.naming import Labels
from caseplane_infra.settings import REGIONS

EVERYWHERE = frozenset({*REGIONS["gcp"], "global"})
MOST = EVERYWHERE - {"europe-west2", "europe-west3"}
OFFERED: Offered = {
    "gemini-2.5-pro": MOST,
    "gemini-2.5-flash": EVERYWHERE,
    "gemini-2.5-flash-lite": MOST,
    "gemini-embedding-001": MOST,
    "text-embedding-005": EVERYWHERE - {"global"},
    "text-multilingual-embedding-002": EVERYWHERE - {"global"},
}
"""Vertex AI has no resource for a foundation model, so without this table a wrong name would be noticed only at the
first question."""
DIMENSIONS = {
    "gemini-embedding-001": 3_072,
    "text-embedding-005": 768,
    "text-multilingual-embedding-002": 768,
}
"""The longest vectors of each embedding model."""


def check(needs: LlmNeeds, region: str) -> None:
    """Refuse models that the region does not have, before anything is created.

    Raises:
        SettingsError: a model is unknown or not offered there, or its vectors are shorter than asked for.
    """
    check_offered(needs, region, lambda _: OFFERED)
    check_dimension(needs, DIMENSIONS)


class GcpLlmEndpoint(contract.LlmEndpoint):
    """See the contract. Calls use the private endpoint of Google's APIs and stay inside Google's network."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: LlmNeeds,
        *,
        project: GcpProject,
        identity: GcpIdentity,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        region = needs.region or project.region
        self.models = {
            role: ModelEndpoint(
                provider="vertex",
                model=pulumi.Output.from_input(model.name),
                region=region,
                project=project.id,
            )
            for role, model in needs.models.items()
        }
        for workload in MODEL_CALLERS if needs.enabled else ():
            projects.IAMMember(
                f"{name}-{workload}",
                project=project.id,
                role="roles/aiplatform.user",
                member=identity.members[workload],
                opts=self.child(),
            )
        self.done()
