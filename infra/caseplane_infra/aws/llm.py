"""Bedrock: an application inference profile per role, so that the bill shows the cost of each role's tokens."""

import pulumi
from pulumi_aws import bedrock

from caseplane_infra import contract
from caseplane_infra.aws.provider import Place
from caseplane_infra.contract import LlmModel, LlmNeeds, ModelEndpoint
from caseplane_infra.models import Offered, check_offered
from caseplane_infra.naming import Labels
from caseplane_infra.settings import REGIONS, SettingsError

EVERYWHERE = frozenset(REGIONS["aws"])
OPEN_WEIGHTS = EVERYWHERE - {"eu-central-1"}
CHAT: Offered = {
    "openai.gpt-oss-120b-1:0": OPEN_WEIGHTS,
    "openai.gpt-oss-20b-1:0": OPEN_WEIGHTS,
}
"""Models that support chat completions, the API that the services use."""
EMBEDDING: Offered = {"amazon.titan-embed-text-v2:0": EVERYWHERE}
DIMENSIONS = {"amazon.titan-embed-text-v2:0": (256, 512, 1_024)}
"""Vector lengths that each embedding model offers."""


def check(needs: LlmNeeds, region: str) -> None:
    """Refuse models that the region does not have, before anything is created.

    Raises:
        SettingsError: a model is unknown or not offered there, or does not offer the vector length.
    """
    check_offered(needs, region, lambda role: EMBEDDING if role == "embedding" else CHAT)
    model, length = needs.models.get("embedding"), needs.embedding_dimension
    if model and length not in DIMENSIONS[model.name]:
        lengths = ", ".join(map(str, DIMENSIONS[model.name]))
        raise SettingsError(f"llm.embedding_dimension: {length}; {model.name} makes vectors of {lengths}")


class AwsLlmEndpoint(contract.LlmEndpoint):
    """Models by role, called through profiles that carry the stack's tags."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: LlmNeeds,
        *,
        labels: Labels,
        place: Place,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        region = needs.region or place.region
        models = {role: _foundation(model, region) for role, model in needs.models.items()}
        profiles = {role: self._profile(f"{name}-{role}", role, at, region) for role, at in models.items()}
        self.models = {
            role: ModelEndpoint(provider="bedrock", model=profile.arn, region=region)
            for role, profile in profiles.items()
        }
        # A caller of a profile needs the right on its model, too.
        self.arns: list[pulumi.Input[str]] = [*(each.arn for each in profiles.values()), *models.values()]
        self.done()

    def _profile(self, name: str, role: str, model: str, region: str) -> bedrock.InferenceProfile:
        physical = f"{self.labels.prefix}-{role}"
        return bedrock.InferenceProfile(
            name,
            name=physical,
            description=f"Tokens of the {role} model",
            region=region,
            model_source={"copy_from": model},
            tags={**self.labels.tags(physical), "Role": role},
            opts=self.child(),
        )


def _foundation(model: LlmModel, region: str) -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{model.name}"
