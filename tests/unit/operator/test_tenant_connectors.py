"""From a Tenant's connector to the platform's `/connectors`."""

import pytest
from pydantic import TypeAdapter

from caseplane.escalation.connections.schemas import AnyCreate
from caseplane_operator.conditions import Reason
from caseplane_operator.crds import Connector
from caseplane_operator.faults import FaultError
from caseplane_operator.tenants.connectors import request_of

EMAIL = {
    "imapUrl": "imaps://imap.example",
    "smtpUrl": "smtps://smtp.example",
    "username": "support@acme.example",
    "address": "support@acme.example",
}
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

        wanted = request_of(connector)

        shared = {"max_attempts": 3, "redaction": "pii", "internal_notes": True}
        assert (wanted.kind, wanted.secret.name, wanted.keys) == ("generic", "desk", {"secret": "secret"})
        assert wanted.body == {
            "url": "https://desk.example",
            "enabled": True,
            "settings": {**shared, **settings},
        }
        assert wanted.version("uid/1") == "uid/1"

    @pytest.mark.parametrize(
        ("kind", "spec", "keys", "needed"),
        [
            ("zendesk", {"clientId": "c"}, {"client_secret", "secret"}, {"client_secret"}),
            ("zendesk", {"email": "a@b.example"}, {"api_token", "secret"}, {"api_token"}),
            ("servicenow", {"clientId": "c"}, {"client_secret", "secret"}, {"client_secret"}),
            ("servicenow", {"username": "u"}, {"password", "secret"}, {"password"}),
            ("email", EMAIL, {"password", "smtp_password"}, {"password"}),
        ],
    )
    def test_given_each_kind_when_mapped_then_the_platform_takes_it_with_the_secrets_keys_and_keeps_it_as_it_is(
        self, kind: str, spec: dict[str, object], keys: set[str], needed: set[str]
    ) -> None:
        address = {} if kind == "email" else {"url": "https://desk.example"}
        connector = Connector.model_validate({kind: {**address, "secretRef": {"name": "desk"}, **spec}})

        wanted = request_of(connector)

        credentials = {**wanted.sign_in, **dict.fromkeys(keys, "whsec_" + "QUJD" * 10)}
        body = {"kind": kind, "name": "Kubernetes", **wanted.body, **credentials}
        taken = TypeAdapter(AnyCreate).validate_python(body)
        stored = taken.settings.model_dump(mode="json")
        assert {name: stored[name] for name in wanted.body["settings"]} == wanted.body["settings"]
        assert (set(wanted.keys), wanted.needed) == (keys, needed)

    def test_given_another_user_when_mapped_then_the_credentials_are_sent_again(self) -> None:
        one, other = (
            request_of(
                Connector.model_validate({"email": {**EMAIL, "secretRef": {"name": "s"}, "username": user}})
            )
            for user in ("a", "b")
        )

        assert one.version("uid/1") != other.version("uid/1")

    def test_given_a_connector_of_an_older_definition_when_mapped_then_a_fault_says_what_to_write(
        self,
    ) -> None:
        with pytest.raises(FaultError, match="exactly one") as raised:
            request_of(Connector.model_validate({"kind": "generic", "url": "https://desk.example"}))

        assert (raised.value.fault.reason, raised.value.fault.lasting) == (Reason.InvalidSpec, True)
