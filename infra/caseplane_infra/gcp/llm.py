"""Models of Vertex AI: who may call them; there is nothing to deploy."""

import pulumi
from pulumi_gcp import projects

from caseplane_infra import contract
from caseplane_infra.contract import MODEL_CALLERS, LlmNeeds, ModelEndpoint
from caseplane_infra.gcp.identity import GcpIdentity
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.naming import Labels

PUBLISHER = "google/"
"""Vertex AI's chat completions want a model with its publisher."""


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
                model=pulumi.Output.from_input(_named(model.name)),
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


def _named(model: str) -> str:
    return model if "/" in model else f"{PUBLISHER}{model}"
