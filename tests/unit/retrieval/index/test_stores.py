"""Which vector store the settings select."""

import pytest
from pydantic import SecretStr

from caseplane.retrieval.index.qdrant import QdrantVectorIndex
from caseplane.retrieval.index.stores import VectorStoreMisconfiguredError, outside_store
from caseplane.retrieval.settings import QdrantSettings, RetrievalSettings

QDRANT = RetrievalSettings(vector_index="qdrant")


class TestOutsideStore:
    def test_given_no_setting_when_chosen_then_vectors_are_in_the_database(self) -> None:
        assert outside_store(RetrievalSettings(), QdrantSettings(url="http://qdrant:6333")) is None

    def test_given_qdrant_when_chosen_then_it_is_the_store(self) -> None:
        settings = QdrantSettings(url="https://qdrant:6333", api_key=SecretStr("key"))

        assert isinstance(outside_store(QDRANT, settings), QdrantVectorIndex)

    def test_given_qdrant_without_an_address_when_chosen_then_the_missing_variable_is_named(self) -> None:
        with pytest.raises(VectorStoreMisconfiguredError, match="CASEPLANE_QDRANT_URL"):
            outside_store(QDRANT, QdrantSettings(url=""))

    def test_given_the_environment_when_read_then_url_and_key_come_from_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CASEPLANE_RETRIEVAL_VECTOR_INDEX", "qdrant")
        monkeypatch.setenv("CASEPLANE_QDRANT_URL", "http://qdrant:6333")

        assert isinstance(outside_store(RetrievalSettings()), QdrantVectorIndex)
