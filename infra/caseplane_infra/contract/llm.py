from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import pulumi
from pydantic import Field

from caseplane_infra.contract.part import Part, Section
from caseplane_infra.services import SERVICES

MODEL_CALLERS = (*(each.name for each in SERVICES if each.calls_models), "worker")
"""Workloads that may ask models on Azure and Google Cloud; AWS's rights are in its `identity.py`."""


class LlmModel(Section):
    """A model, by its provider's name."""

    name: str
    """Model id, for instance `anthropic.claude-sonnet-4-5-20250929-v1:0`, `gpt-5.4-mini`, `gemini-3.5-flash`."""
    version: str = ""
    """Version, where the provider deploys one (Azure). Empty: the provider's default."""
    capacity: Annotated[int, Field(ge=1, le=100_000)] = 50
    """Thousands of tokens a minute that are reserved (Azure) or raise an alarm (elsewhere)."""
    unlisted: bool = False
    """Take the name as it is, although our dated list of models does not have it or not in this region."""


class LlmNeeds(Section):
    """Language and embedding models; without them, answers are extractive and embeddings local."""

    enabled: bool = False
    """Whether models are used. Their tokens are the cost to watch."""
    region: str = ""
    """The models' region, if it is not the stack's."""
    answer: LlmModel | None = None
    """Writes answers from evidence."""
    small: LlmModel | None = None
    """Tags, summaries, routing."""
    embedding: LlmModel | None = None
    """Vectors of passages and questions."""
    embedding_dimension: Annotated[int, Field(ge=64, le=4_000)] = 1_536
    """Length of the embedding model's vectors."""

    @property
    def models(self) -> Mapping[str, LlmModel]:
        """Role to model, without those that are not set; empty if disabled."""
        roles = {"answer": self.answer, "small": self.small, "embedding": self.embedding}
        return {role: model for role, model in roles.items() if model is not None and self.enabled}


@dataclass(frozen=True, kw_only=True)
class ModelEndpoint:
    """A model in the form of the services' settings (`CASEPLANE_LLM_<ROLE>__*`)."""

    provider: Literal["openai", "azure", "bedrock", "vertex"]
    model: pulumi.Output[str]
    base_url: pulumi.Output[str] | None = None
    region: str = ""
    project: str = ""


class LlmEndpoint(Part):
    """Models by role; workloads call them with their own identities."""

    models: Mapping[str, ModelEndpoint]
    """`answer`, `small`, `embedding`; empty if disabled."""
