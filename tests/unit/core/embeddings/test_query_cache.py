import numpy as np
import pytest

from caseplane.core.embeddings.query_cache import QueryCache

VECTOR = np.ones(3, np.float32)


class TestQueryCache:
    def test_given_a_full_cache_when_another_question_comes_then_the_least_recently_asked_is_dropped(
        self,
    ) -> None:
        cache = QueryCache(2)
        for text in ("first", "second"):
            cache.put(text, VECTOR)
        cache.get("first")

        cache.put("third", VECTOR)

        assert [cache.get(text) is not None for text in ("first", "second", "third")] == [True, False, True]

    def test_given_no_room_when_a_vector_is_put_then_it_is_returned_and_not_kept(self) -> None:
        cache = QueryCache(0)

        returned = cache.put("question", VECTOR)

        assert list(returned) == [1, 1, 1]
        assert cache.get("question") is None

    def test_given_a_kept_vector_when_changed_then_refused(self) -> None:
        kept = QueryCache(1).put("question", VECTOR)

        with pytest.raises(ValueError, match="read-only"):
            kept[0] = 2
