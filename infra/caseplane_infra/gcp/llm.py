"""Models of Vertex AI: nothing to deploy, only who may call them, and whether the region has them."""

from collections.abc import Mapping

import pulumi
from pulumi_gcp import projects

from caseplane_infra import contract
from caseplane_infra.contract import LlmModel, LlmNeeds, ModelEndpoint
from caseplane_infra.gcp.identity import GcpIdentity
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.naming import Labels
from caseplane_infra.settings import REGIONS, SettingsError

CALLERS = ("orchestrator", "retrieval", "escalation", "worker")
"""Workloads that ask models; the others get no right to."""

EVERYWHERE = frozenset({*REGIONS["gcp"], "global"})
MOST = EVERYWHERE - {"europe-west2", "europe-west3"}
OFFERED: Mapping[str, frozenset[str]] = {
    "gemini-2.5-pro": MOST,
    "gemini-2.5-flash": EVERYWHERE,
    "gemini-2.5-flash-lite": MOST,
    "gemini-embedding-001": MOST,
    "text-embedding-005": EVERYWHERE - {"global"},
    "text-multilingual-embedding-002": EVERYWHERE - {"global"},
}
"""Model to the places that serve it. Vertex AI has no resource for a foundation model, so no cloud call would
refuse a wrong name before the first question does."""
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
    for role, model in _by_role(needs).items():
        places = OFFERED.get(model.name)
        if places is None:
            raise SettingsError(
                f"llm.{role}.name: {model.name!r} is not known here; one of {', '.join(OFFERED)}"
            )
        if region not in places:
            raise SettingsError(
                f"llm.{role}.name: {model.name} is not offered in {region}; "
                f"set llm.region to one of {', '.join(sorted(places))}"
            )
    longest = DIMENSIONS.get(needs.embedding.name) if needs.embedding else None
    if needs.enabled and longest is not None and needs.embedding_dimension > longest:
        raise SettingsError(
            f"llm.embedding_dimension: {needs.embedding_dimension}; vectors of this model have {longest} at most"
        )


def _by_role(needs: LlmNeeds) -> Mapping[str, LlmModel]:
    roles = {"answer": needs.answer, "small": needs.small, "embedding": needs.embedding}
    return {role: model for role, model in roles.items() if model is not None and needs.enabled}


class GcpLlmEndpoint(contract.LlmEndpoint):
    """See the contract. Calls stay inside Google's network through the private endpoint of its APIs."""

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
        check(needs, region)
        self.models = {
            role: ModelEndpoint(
                provider="vertex",
                model=pulumi.Output.from_input(model.name),
                region=region,
                project=project.id,
            )
            for role, model in _by_role(needs).items()
        }
        for workload in CALLERS if needs.enabled else ():
            projects.IAMMember(
                f"{name}-{workload}",
                project=project.id,
                role="roles/aiplatform.user",
                member=identity.members[workload],
                opts=self.child(),
            )
        self.done()
