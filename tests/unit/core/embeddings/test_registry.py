import json

import pytest

from caseplane.core.embeddings import (
    Embedders,
    EmbeddingProfile,
    EmbeddingSettings,
    UnknownProfileError,
    build_embedder,
    further_embedders,
)
from caseplane.core.settings import WrongSettingError


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    further = {
        "exact": {"quantisation": "fp32"},
        "large": {"backend": "openai", "model": "large", "dimension": 3072, "api_key": "k"},
    }
    monkeypatch.setenv("CASEPLANE_EMBEDDING_PROFILES", json.dumps(further))


def embedders() -> Embedders:
    settings = EmbeddingSettings()
    return Embedders(build_embedder(settings), further_embedders(settings))


class TestEmbedders:
    def test_given_profiles_in_the_environment_when_named_then_each_is_its_own_model(self) -> None:
        found = embedders()

        assert found.names == ["default", "exact", "large"]
        assert found.named("default").profile.key == "all-MiniLM-L6-v2/384/int8"
        assert found.named("exact").profile.key == "all-MiniLM-L6-v2/384/fp32"
        assert found.named("large").profile.key == "large/3072/fp32"
        assert found.named("exact") is found.named("exact")

    def test_given_an_unknown_name_when_named_then_the_known_ones_are_listed(self) -> None:
        with pytest.raises(UnknownProfileError, match="default, exact, large"):
            embedders().named("huge")

    def test_given_a_stored_profile_when_looked_for_then_found_only_while_the_model_is_the_same(self) -> None:
        found = embedders()
        fp32 = EmbeddingProfile(model="all-MiniLM-L6-v2", dimension=384)

        assert found.find("exact", fp32) is found.named("exact")
        assert found.find("gone", fp32.model_copy(update={"quantisation": "int8"})) is found.default
        assert found.find("gone", fp32) is None
        assert found.find("large", fp32) is None
        assert found.find("default", fp32) is None


class TestSettings:
    @pytest.mark.parametrize(
        "profiles",
        [
            {"default": {}},
            {"Not A Name": {}},
            {"x": {"backend": "openai"}},
            {"x": {"quantization": "fp32"}},
        ],
    )
    def test_given_invalid_profiles_when_read_then_refused(
        self, monkeypatch: pytest.MonkeyPatch, profiles: dict[str, object]
    ) -> None:
        monkeypatch.setenv("CASEPLANE_EMBEDDING_PROFILES", json.dumps(profiles))

        with pytest.raises(WrongSettingError):
            EmbeddingSettings()
