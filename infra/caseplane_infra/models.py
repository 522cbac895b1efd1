"""Refuses models that a cloud does not offer, before anything is created."""

import pulumi

from caseplane_infra import facts
from caseplane_infra.contract import LlmNeeds
from caseplane_infra.settings import REGIONS, Settings, SettingsError


def check_models(settings: Settings) -> None:
    """Refuse models that are not in the list of models, or not in the region, and wrong lengths of vectors.

    The list is other people's and dated, so `unlisted: true` takes a model past it, with a warning.

    Raises:
        SettingsError: naming the first such model, and the choices.
    """
    needs = settings.llm
    for role in needs.models:
        _check(role, needs, settings.cloud, needs.region or settings.region)


def _check(role: str, needs: LlmNeeds, cloud: str, region: str) -> None:
    wanted = needs.models[role]
    known = {
        name: each for name, each in facts.models(cloud).items() if each.embedding == (role == "embedding")
    }
    model = known.get(wanted.name)
    if model is None:
        _fault(
            role,
            f"{wanted.name!r} is not known for this role; one of {', '.join(known)}",
            unlisted=wanted.unlisted,
        )
        if cloud == "azure" and not wanted.version:
            raise SettingsError(f"llm.{role}.version: {wanted.name} is not in our list, so name its version")
        return
    places = model.regions({*REGIONS[cloud], *(["global"] if cloud == "gcp" else [])})
    if region not in places:
        _fault(
            role,
            f"{wanted.name} is not offered in {region}; set llm.region to one of {', '.join(sorted(places))}",
            unlisted=wanted.unlisted,
        )
    if role == "embedding" and not model.makes(needs.embedding_dimension):
        lengths = ", ".join(map(str, model.embeds)) or f"up to {model.up_to}"
        raise SettingsError(
            f"llm.embedding_dimension: {needs.embedding_dimension}; {model.name} makes vectors of {lengths}"
        )


def _fault(role: str, what: str, *, unlisted: bool) -> None:
    if not unlisted:
        raise SettingsError(
            f"llm.{role}.name: {what}. If the provider offers it, set llm.{role}.unlisted: true"
        )
    pulumi.log.warn(f"llm.{role}.name: {what}; taken as it is (unlisted)")
