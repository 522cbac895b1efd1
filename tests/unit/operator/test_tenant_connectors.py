"""From a Tenant's connector to the platform's `/connectors`."""

import pytest

from caseplane_operator.conditions import Reason
from caseplane_operator.crds import Connector
from caseplane_operator.faults import FaultError
from caseplane_operator.tenants.connectors import request_of

GENERIC = {"url": "https://desk.example", "secretRef": {"name": "desk"}}


class TestRequest:
    @pytest.mark.parametrize(
        ("poll", "settings"),
        [
            (None, {"poll_url": None}),
            (
                {"url": "https://desk.example/updates", "intervalSeconds": 30},
                {"poll_url": "https://desk.example/updates", "poll_interval_seconds": 30},
            ),
        ],
    )
    def test_given_a_generic_connector_when_mapped_then_as_the_api_takes_it(
        self, poll: dict[str, object] | None, settings: dict[str, object]
    ) -> None:
        connector = Connector.model_validate({"generic": {**GENERIC, "poll": poll, "maxAttempts": 3}})

        kind, body, ref = request_of(connector)

        shared = {"max_attempts": 3, "redaction": "pii", "internal_notes": True}
        assert (kind, ref.name, ref.key) == ("generic", "desk", "secret")
        assert body == {"url": "https://desk.example", "enabled": True, "settings": {**shared, **settings}}

    def test_given_a_connector_of_an_older_definition_when_mapped_then_a_fault_says_what_to_write(
        self,
    ) -> None:
        with pytest.raises(FaultError, match="exactly one") as raised:
            request_of(Connector.model_validate({"kind": "generic", "url": "https://desk.example"}))

        assert (raised.value.fault.reason, raised.value.fault.lasting) == (Reason.InvalidSpec, True)
