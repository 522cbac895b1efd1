import pytest
from pydantic import ValidationError
from tests.unit.answering.factories import make_evidence


class TestEvidence:
    def test_given_span_of_another_length_when_built_then_refused(self) -> None:
        chunk = make_evidence("five!")

        with pytest.raises(ValidationError, match=r"span 0\.\.4 holds 4 characters, its text 5"):
            type(chunk).model_validate(chunk.model_dump() | {"end": 4})
