"""Models as each cloud offers them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from caseplane_infra.facts.files import read


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that a cloud offers."""

    name: str
    version: str = ""
    """What Azure deploys if the stack file names no version."""
    ends: date | None = None
    """Its last day, as far as the provider has announced one."""
    only_in: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()
    embeds: tuple[int, ...] = ()
    """Lengths of its vectors, where only some can be had."""
    up_to: int = 0
    """The longest vectors that it makes."""

    @property
    def embedding(self) -> bool:
        """Whether it makes vectors; the others answer."""
        return bool(self.embeds or self.up_to)

    def regions(self, ours: Collection[str]) -> frozenset[str]:
        """Those of our regions that serve it."""
        return frozenset(self.only_in) or frozenset(ours) - set(self.not_in)

    def makes(self, length: int) -> bool:
        """Whether it makes vectors of a length."""
        return length in self.embeds if self.embeds else length <= self.up_to


def models(cloud: str) -> Mapping[str, Model]:
    """Name to model; empty for `local`."""
    return {each["name"]: _model(each) for each in read("models").get(cloud, ())}


def listed(cloud: str, name: str) -> Model | None:
    """The model of a name; None for one that the data does not have."""
    return models(cloud).get(name)


def _model(data: Mapping[str, object]) -> Model:
    return Model(**{key: tuple(each) if isinstance(each, list) else each for key, each in data.items()})  # type: ignore[arg-type]
