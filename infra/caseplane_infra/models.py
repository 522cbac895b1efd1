"""Refuses models that a cloud does not offer, before anything is created."""

from collections.abc import Callable, Mapping

from caseplane_infra.contract import LlmNeeds
from caseplane_infra.settings import SettingsError

Offered = Mapping[str, frozenset[str]]
"""Model to the regions that serve it."""


def check_offered(needs: LlmNeeds, region: str, offered: Callable[[str], Offered]) -> None:
    """Refuse models that are unknown, or that the region does not have.

    Args:
        needs: the stack's models.
        region: where they are asked for.
        offered: role to the models that can have it.

    Raises:
        SettingsError: naming the first such model, and the choices.
    """
    for role, model in needs.models.items():
        known = offered(role)
        if model.name not in known:
            raise SettingsError(
                f"llm.{role}.name: {model.name!r} is not known for this role; one of {', '.join(known)}"
            )
        if region not in known[model.name]:
            raise SettingsError(
                f"llm.{role}.name: {model.name} is not offered in {region}; "
                f"set llm.region to one of {', '.join(sorted(known[model.name]))}"
            )


def check_dimension(needs: LlmNeeds, longest: Mapping[str, int]) -> None:
    """Refuse vectors that are longer than the embedding model makes them.

    Raises:
        SettingsError: naming the longest.
    """
    model = needs.models.get("embedding")
    most = longest.get(model.name, 0) if model else 0
    if most and needs.embedding_dimension > most:
        raise SettingsError(
            f"llm.embedding_dimension: {needs.embedding_dimension}; vectors of this model have {most} at most"
        )
