"""What an operator reads of the embedding profiles of a knowledge base."""

from datetime import datetime
from enum import StrEnum

from caseplane.retrieval.schemas import Wire


class ReindexingState(StrEnum):
    """`building` until the switch; `failed` until a profile is chosen again."""

    building = "building"
    failed = "failed"


class EmbeddingProfileRead(Wire):
    """The model with which a knowledge base is embedded."""

    name: str
    """By which it was chosen; `default` is the model of the installation."""
    model: str
    dimension: int
    quantisation: str
    available: bool
    """False: the installation no longer has this model, so only words are searched."""


class ReindexingRead(Wire):
    """How far the change to another embedding profile is; until the switch the present one is searched."""

    profile: EmbeddingProfileRead
    state: ReindexingState
    chunks_done: int
    chunks_total: int
    error: str | None
    """What last stood in the way; while `building`, it is tried again."""
    started_at: datetime
