from typing import Any

import pytest
from pydantic import Field, SecretStr, TypeAdapter, ValidationError

from caseplane.escalation.connections.schemas import change_of, creation_of, one_of, view_of
from caseplane.escalation.connectors.generic import GENERIC
from caseplane.escalation.connectors.kind import (
    ConnectionSettings,
    ConnectorKind,
    Credentials,
    StatusMap,
)
from caseplane.escalation.schemas import TicketStatus


class OtherCredentials(Credentials):
    user: str
    token: SecretStr = Field(max_length=100)


class OtherSettings(ConnectionSettings):
    brand: str = "main"


OTHER = ConnectorKind(
    name="other",
    title="Other",
    credentials=OtherCredentials,
    settings=OtherSettings,
    statuses=StatusMap({TicketStatus.on_hold: "waiting"}, {"parked": TicketStatus.on_hold}),
    open=GENERIC.open,
    example={"kind": "other", "name": "Desk", "url": "https://desk.example.com", "user": "a", "token": "b"},
)
BODY = {"name": "Desk", "url": "https://desk.example.com"}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def bodies() -> TypeAdapter[Any]:
    return TypeAdapter(one_of({"generic": creation_of(GENERIC), "other": creation_of(OTHER)}))


class TestKinds:
    def test_given_two_kinds_when_a_body_names_one_then_it_is_read_with_its_credentials_and_settings(
        self, bodies: TypeAdapter[Any]
    ) -> None:
        other = bodies.validate_python(
            BODY | {"kind": "other", "user": "kim", "token": "t", "settings": {"brand": "shop"}}
        )
        generic = bodies.validate_python(BODY | {"secret": SECRET})

        assert (other.kind, other.settings.brand, other.token.get_secret_value()) == ("other", "shop", "t")
        assert (generic.kind, generic.secret.get_secret_value()) == ("generic", SECRET)

    @pytest.mark.parametrize(
        "more",
        [
            {"kind": "other", "user": "kim", "token": "t", "secret": SECRET},
            {"kind": "other", "secret": SECRET},
            {"kind": "generic", "secret": SECRET, "settings": {"brand": "shop"}},
            {"kind": "nonsense", "secret": SECRET},
            {"kind": ["generic"], "secret": SECRET},
            {"kind": None, "secret": SECRET},
        ],
    )
    def test_given_fields_of_another_kind_when_a_body_is_read_then_refused(
        self, bodies: TypeAdapter[Any], more: dict[str, Any]
    ) -> None:
        with pytest.raises(ValidationError):
            bodies.validate_python(BODY | more)

    def test_given_two_kinds_when_described_then_one_of_them_each_with_its_example(
        self, bodies: TypeAdapter[Any]
    ) -> None:
        schema = bodies.json_schema()

        assert [each["$ref"].rpartition("/")[2] for each in schema["oneOf"]] == [
            "GenericConnectorCreate",
            "OtherConnectorCreate",
        ]
        assert schema["$defs"]["OtherConnectorCreate"]["examples"] == [OTHER.example]
        assert "secret" not in view_of(OTHER).model_json_schema()["properties"]

    def test_given_a_kind_with_several_credentials_when_changed_then_each_may_be_left_out(self) -> None:
        changed = change_of(OTHER).model_validate({"token": "new"})

        assert changed.model_dump(exclude_unset=True).keys() == {"token"}


class TestCredentials:
    def test_given_credentials_when_sealed_and_opened_then_they_are_the_same(self) -> None:
        given = OtherCredentials(user="kim", token=SecretStr("t"))

        assert OtherCredentials.load(given.dump()) == given

    def test_given_the_generic_kind_when_sealed_then_the_bare_secret_as_older_versions_stored_it(
        self,
    ) -> None:
        assert GENERIC.credentials.load(SECRET).dump() == SECRET


class TestStatusMap:
    @pytest.mark.parametrize("word", ["waiting", "Waiting", "parked", " PARKED "])
    def test_given_a_status_of_the_desk_when_read_then_it_is_our_status(self, word: str) -> None:
        assert OTHER.statuses.read(word) is TicketStatus.on_hold

    @pytest.mark.parametrize("word", ["hold", "on-hold", "On Hold", "on_hold"])
    def test_given_the_generic_words_for_a_ticket_on_hold_when_read_then_all_are_understood(
        self, word: str
    ) -> None:
        assert GENERIC.statuses.read(word) is TicketStatus.on_hold

    @pytest.mark.parametrize("status", list(TicketStatus))
    def test_given_our_status_when_written_and_read_then_it_is_the_same(self, status: TicketStatus) -> None:
        assert GENERIC.statuses.read(GENERIC.statuses.write(status)) is status

    @pytest.mark.parametrize("word", ["asleep", None, 7])
    def test_given_an_unknown_status_of_the_desk_when_read_then_it_is_returned_to_be_refused(
        self, word: Any
    ) -> None:
        assert GENERIC.statuses.read(word) == word
