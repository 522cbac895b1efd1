import json
from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.escalation.samples import make_packet

from caseplane.escalation.schemas import HandoffPacket


class TestHandoffPacket:
    def test_given_a_packet_when_written_and_read_then_nothing_changes(self) -> None:
        packet = make_packet()

        again = HandoffPacket.model_validate_json(packet.model_dump_json())

        assert again == packet

    def test_given_a_field_of_a_later_writer_when_read_then_it_is_ignored(self) -> None:
        later: dict[str, Any] = json.loads(make_packet().model_dump_json())
        later["mood"] = "cheerful"

        assert HandoffPacket.model_validate(later) == HandoffPacket.model_validate(
            {k: v for k, v in later.items() if k != "mood"}
        )

    def test_given_another_version_when_read_then_refused(self) -> None:
        other: dict[str, Any] = json.loads(make_packet().model_dump_json()) | {"schema_version": 2}

        with pytest.raises(ValidationError, match="schema_version"):
            HandoffPacket.model_validate(other)
