"""Bedrock: an application inference profile per role, so that the bill says which role's tokens cost what."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import bedrock

from caseplane_infra import contract
from caseplane_infra.aws.provider import Place
from caseplane_infra.contract import LlmModel, LlmNeeds, ModelEndpoint
from caseplane_infra.naming import Labels
from caseplane_infra.settings import REGIONS, SettingsError

EVERYWHERE = frozenset(REGIONS["aws"])
OPEN_WEIGHTS = EVERYWHERE - {"eu-central-1"}
CHAT: Mapping[str, frozenset[str]] = {
    "openai.gpt-oss-120b-1:0": OPEN_WEIGHTS,
    "openai.gpt-oss-20b-1:0": OPEN_WEIGHTS,
}
"""Models that answer on the runtime's chat completions, which is the form that the services speak, and where."""
EMBEDDING: Mapping[str, frozenset[str]] = {"amazon.titan-embed-text-v2:0": EVERYWHERE}
DIMENSIONS = {"amazon.titan-embed-text-v2:0": (256, 512, 1_024)}
"""Lengths of vectors that each embedding model makes."""


def check(needs: LlmNeeds, region: str) -> None:
    """Refuse models that the region does not have, before anything is created.

    Raises:
        SettingsError: a model is unknown or not offered there, or makes no vectors of the length asked for.
    """
    for role, model in _by_role(needs).items():
        known = EMBEDDING if role == "embedding" else CHAT
        if model.name not in known:
            raise SettingsError(
                f"llm.{role}.name: {model.name!r} is not known for this role; one of {', '.join(known)}"
            )
        if region not in known[model.name]:
            raise SettingsError(
                f"llm.{role}.name: {model.name} is not offered in {region}; "
                f"set llm.region to one of {', '.join(sorted(known[model.name]))}"
            )
        lengths = DIMENSIONS.get(model.name, (needs.embedding_dimension,))
        if needs.embedding_dimension not in lengths:
            raise SettingsError(
                f"llm.embedding_dimension: {needs.embedding_dimension}; {model.name} makes vectors of "
                f"{', '.join(map(str, lengths))}"
            )


def _by_role(needs: LlmNeeds) -> Mapping[str, LlmModel]:
    roles = {"answer": needs.answer, "small": needs.small, "embedding": needs.embedding}
    return {role: model for role, model in roles.items() if model is not None and needs.enabled}


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
        models = {role: _foundation(model, region) for role, model in _by_role(needs).items()}
        profiles = {role: self._profile(f"{name}-{role}", role, at, region) for role, at in models.items()}
        self.models = {
            role: ModelEndpoint(provider="bedrock", model=profile.arn, region=region)
            for role, profile in profiles.items()
        }
        # Whoever calls a profile needs the right on the model behind it, too.
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
