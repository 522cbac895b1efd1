import pytest
from tests.unit.triage.tickets import configuration, labelled

from caseplane.evaluation.fields import score_fields
from caseplane.evaluation.labelled_texts import FieldsOfText
from caseplane.triage.configuration import FieldKind, FieldRule
from caseplane.triage.extraction import canonical, extract
from caseplane.triage.results import Extraction
from caseplane.triage.ticket_text import read_ticket

CONFIGURATION = configuration()


def extracted(body: str, category: str | None = None) -> Extraction:
    return extract(read_ticket("", body), CONFIGURATION, category)


def values(body: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field in extracted(body).fields:
        found.setdefault(field.name, []).append(field.value)
    return found


def test_given_tickets_that_nothing_was_tuned_on_when_extracted_then_values_are_right_and_complete() -> None:
    rows = [
        FieldsOfText(
            subject=each.text.subject, body=each.text.body, category=each.category, fields=each.fields
        )
        for each in labelled("held_back")
    ]

    report = score_fields(rows, CONFIGURATION)

    assert report.f1 > 0.9
    assert min(score.f1 for score in report.fields.values()) > 0.8


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        ("my order ORD-123456 is late", "order_id", "ORD-123456"),
        ("ord-123456", "order_id", "ORD-123456"),
        ("refund for order #123", "order_id", "#123"),
        ("it shows ERR-4021", "error_code", "ERR-4021"),
        ("stop 0x80070005 again", "error_code", "0x80070005"),
        ("write to User.Name@Example.com.", "account_email", "user.name@example.com"),
        ("call +44 20 7946 0321 please", "phone_number", "+442079460321"),
        ("Rufen Sie mich an: 030 90182012, danke, ich warte", "phone_number", "+493090182012"),
        ("my pixel frame-10 is dark", "product_name", "Pixel Frame 10"),
        ("the Nimbus is slow", "product_name", "Nimbus Backup"),
        ("since 3 March 2026", "date", "2026-03-03"),
        ("seit dem 03.04.2026", "date", "2026-04-03"),
        ("on 2026-05-02", "date", "2026-05-02"),
        ("le 9 juin 2026", "date", "2026-06-09"),
        ("on June 9th", "date", "--06-09"),
        ("you took $1,240.50", "amount", "1240.50 USD"),
        ("89,90 € sind weg", "amount", "89.90 EUR"),
        ("1.240 EUR zu viel", "amount", "1240.00 EUR"),
        ("this is urgent", "priority_keywords", "urgent"),
    ],
)
def test_given_a_value_in_a_ticket_when_extracted_then_it_is_found_in_one_form(
    body: str, name: str, value: str
) -> None:
    assert values(body)[name] == [value]


def test_given_a_value_when_extracted_then_its_span_is_what_the_customer_wrote() -> None:
    text = read_ticket("About ORD-123456", "You took $49.99 on 3 May 2026 from user@example.com")

    fields = extract(text, CONFIGURATION, None).fields

    written = {field.name: text.whole[slice(*field.span)] for field in fields if field.span}
    assert written == {
        "order_id": "ORD-123456",
        "amount": "$49.99",
        "date": "3 May 2026",
        "account_email": "user@example.com",
    }


@pytest.mark.parametrize(
    "body",
    [
        "room 3 of 12 on floor 10.2, version 3.11.4, 14:30",
        "It may be that 5 of 9 fail, and I sat down.",
        "see https://example.com/a/b?c=1 and line #",
    ],
)
def test_given_numbers_that_mean_nothing_when_extracted_then_there_are_no_fields(body: str) -> None:
    assert values(body) == {}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("order ORD-12345 please", "order_id: ORD-12345 has not the form of Order number"),
        ("since 31.02.2026", "date: 31.02.2026 is no day of the calendar"),
        ("I am user@example", "account_email: user@example is no complete e-mail address"),
    ],
)
def test_given_a_malformed_value_when_extracted_then_the_fault_is_told(body: str, fault: str) -> None:
    assert fault in extracted(body).validation_errors


def test_given_a_category_when_a_required_field_is_missing_then_it_is_named() -> None:
    assert extracted("I want my money back", "billing").missing_required == ("order_id",)
    assert extracted("I want my money back for ORD-123456", "billing").missing_required == ()
    assert extracted("I want my money back").missing_required == ()


def test_given_a_field_of_one_category_when_extracted_then_it_is_looked_for_in_that_one_alone() -> None:
    rule = FieldRule(kind=FieldKind.pattern, patterns=(r"\b(SN\d{4})\b",), categories=("technical",))
    tenant = CONFIGURATION.model_copy(update={"fields": {"serial": rule}})
    text = read_ticket("", "serial SN1234")

    assert [f.value for f in extract(text, tenant, "technical").fields] == ["SN1234"]
    assert extract(text, tenant, "billing").fields == ()
    assert extract(text, tenant, None).fields == ()


def test_given_a_value_with_a_required_format_when_it_differs_then_it_is_malformed() -> None:
    rule = FieldRule(kind=FieldKind.pattern, title="Serial", patterns=(r"\b(SN\w+)\b",), format=r"SN\d{4}")
    tenant = CONFIGURATION.model_copy(update={"fields": {"serial": rule}})

    found = extract(read_ticket("", "it is SN12x"), tenant, None)

    assert found.fields == ()
    assert found.validation_errors == ("serial: SN12x has not the form that Serial must have",)


def test_given_a_hostile_ticket_when_extracted_then_it_takes_no_long_and_has_an_end() -> None:
    body = "ORD-1 a@b #1 +49 1/1 $1 " * 20_000

    found = extracted(body)

    assert len(found.fields) < 500


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (FieldKind.date, "3 March 2026", "2026-03-03"),
        (FieldKind.amount, "$ 49.99", "49.99 USD"),
        (FieldKind.phone, "(617) 555-0188", "+16175550188"),
        (FieldKind.error_code, "0X80aa", "0x80AA"),
        (FieldKind.product_name, "Helio  lamp", "helio lamp"),
    ],
)
def test_given_two_ways_of_writing_a_value_when_made_canonical_then_they_are_one(
    kind: FieldKind, one: str, other: str
) -> None:
    assert canonical(kind, one) == canonical(kind, other)
