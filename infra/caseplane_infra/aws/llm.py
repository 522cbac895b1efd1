"""Bedrock: an application inference profile per role, so that the bill shows the cost of each role's tokens."""

import re

import pulumi
from pulumi_aws import bedrock

from caseplane_infra import contract
from caseplane_infra.aws.provider import Place
from caseplane_infra.contract import LlmModel, LlmNeeds, ModelEndpoint
from caseplane_infra.naming import Labels

SHARED = re.compile(r"(us|eu|apac|global)\.(.+)")
"""A cross-region profile of Amazon's, and the model behind it, such as `eu.amazon.nova-lite-v1:0`."""


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
        profiles = {
            role: self._profile(f"{name}-{role}", role, _source(model, place, region), region)
            for role, model in needs.models.items()
        }
        self.models = {
            role: ModelEndpoint(provider="bedrock", model=profile.arn, region=region)
            for role, profile in profiles.items()
        }
        # A caller of a profile needs the right on its model, too.
        behind = {each for model in needs.models.values() for each in _behind(model, place, region)}
        self.arns: list[pulumi.Input[str]] = [*(each.arn for each in profiles.values()), *sorted(behind)]
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


def _source(model: LlmModel, place: Place, region: str) -> str:
    """What the profile is a copy of: the model, or Amazon's profile that spreads calls over regions."""
    if SHARED.fullmatch(model.name):
        return place.arn("bedrock", f"inference-profile/{model.name}", region=region)
    return f"arn:aws:bedrock:{region}::foundation-model/{model.name}"


def _behind(model: LlmModel, place: Place, region: str) -> list[str]:
    """What a call ends at: the model in the region, or the profile and its model in any region that it may choose."""
    shared = SHARED.fullmatch(model.name)
    if not shared:
        return [_source(model, place, region)]
    return [_source(model, place, region), f"arn:aws:bedrock:*::foundation-model/{shared[2]}"]
