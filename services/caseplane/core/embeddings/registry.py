"""The embedding models of an installation, by name."""

from collections.abc import Callable, Mapping

from caseplane.core.embeddings.port import Embedder, EmbeddingProfile
from caseplane.core.embeddings.settings import DEFAULT_PROFILE
from caseplane.core.errors import InvalidInputError


class UnknownProfileError(InvalidInputError):
    """The installation has no embedding model of this name."""

    slug, title = "embedding-profile-unknown", "There is no such embedding profile"


class Embedders:
    """The default model and the further ones, each built when first needed.

    Args:
        default: used where a knowledge base names none.
        further: factories of the others, by name.
    """

    def __init__(
        self, default: Embedder, further: Mapping[str, Callable[[], Embedder]] | None = None
    ) -> None:
        self.default = default
        self._further = dict(further or {})
        self._built: dict[str, Embedder] = {}

    @property
    def names(self) -> list[str]:
        """Names that a knowledge base may use, the default first."""
        return [DEFAULT_PROFILE, *sorted(self._further)]

    def named(self, name: str) -> Embedder:
        """The model of a name.

        Raises:
            UnknownProfileError: the settings have no model of this name.
            EmbeddingError: the model cannot be built.
        """
        if name == DEFAULT_PROFILE:
            return self.default
        if name not in self._further:
            known = ", ".join(self.names)
            raise UnknownProfileError(
                f"There is no embedding profile {name!r}; this installation has {known}."
            )
        if name not in self._built:
            self._built[name] = self._further[name]()
        return self._built[name]

    def find(self, name: str, profile: EmbeddingProfile) -> Embedder | None:
        """The model whose vectors are comparable with those of a stored profile; None if there is none.

        The name alone is not enough: the settings may now give it to another model.
        """
        if self.default.profile == profile:
            return self.default
        if name == DEFAULT_PROFILE or name not in self._further:
            return None
        found = self.named(name)
        return found if found.profile == profile else None
