"""Data sets: files in, rows and rejected lines out, and files out again."""

import csv
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from openpyxl import Workbook, load_workbook
from tests.integration.insights.conftest import Connect
from tests.integration.insights.tickets import export

from caseplane.core.auth import Role
from caseplane.core.objects import keys
from caseplane.core.runtime import Runtime
from caseplane.insights.app import build
from caseplane.insights.datasets.jobs import UploadArgs
from caseplane.insights.datasets.taking import remove_file

WorkOff = Callable[[], Awaitable[None]]


@pytest.fixture
def analyst(connect: Connect) -> httpx.AsyncClient:
    return connect(Role.analyst)


async def add_dataset(analyst: httpx.AsyncClient, name: str = "Last year") -> str:
    made = await analyst.post("/datasets", json={"name": name})
    assert made.status_code == 201, made.text
    return str(made.json()["dataset_id"])


async def upload(
    analyst: httpx.AsyncClient,
    dataset: str,
    content: bytes | str,
    *,
    file: str = "export.csv",
    **options: Any,
) -> dict[str, Any]:
    data = content.encode() if isinstance(content, str) else content
    sent = await analyst.post(
        f"/datasets/{dataset}/uploads", params={"file": file, "options": json.dumps(options)}, content=data
    )
    assert sent.status_code == 202, sent.text
    found: dict[str, Any] = sent.json()
    return found


async def read(analyst: httpx.AsyncClient, made: dict[str, Any]) -> dict[str, Any]:
    answer = await analyst.get(f"/datasets/{made['dataset_id']}/uploads/{made['upload_id']}")
    found: dict[str, Any] = answer.json()
    return found


async def rows_of(analyst: httpx.AsyncClient, dataset: str, **params: Any) -> list[dict[str, Any]]:
    answer = await analyst.get(f"/datasets/{dataset}/rows", params={"limit": 200, **params})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_given_an_export_when_it_is_uploaded_then_its_tickets_are_rows_with_vectors(
    analyst: httpx.AsyncClient, work_off: WorkOff
) -> None:
    dataset = await add_dataset(analyst)

    made = await upload(analyst, dataset, export(4))
    await work_off()

    done = await read(analyst, made)
    assert (done["state"], done["rows_read"], done["created_rows"], done["rejected_rows"]) == (
        "done",
        16,
        16,
        0,
    )
    found = (await analyst.get(f"/datasets/{dataset}")).json()
    assert (found["rows"], found["embedded"]) == (16, 16)
    first = (await rows_of(analyst, dataset))[0]
    assert first["external_id"] == "000000"
    assert first["opened_at"] == "2025-01-03T09:30:00Z"
    assert first["customer_id"] == "c0@example.com"
    assert first["extra"] == {"Plan": "gold"}


async def test_given_an_export_when_it_is_uploaded_again_then_changed_tickets_are_updated_by_their_id(
    analyst: httpx.AsyncClient, work_off: WorkOff
) -> None:
    dataset = await add_dataset(analyst)
    await upload(analyst, dataset, "id,subject,status\n1,Card lost,open\n2,Refund,open\n")
    await work_off()

    again = await upload(
        analyst, dataset, "id,subject,status\n1,Card lost,solved\n2,Refund,open\n3,New,open\n"
    )
    await work_off()

    done = await read(analyst, again)
    assert (done["created_rows"], done["updated_rows"], done["unchanged_rows"]) == (1, 1, 1)
    assert {row["external_id"]: row["status"] for row in await rows_of(analyst, dataset)} == {
        "1": "solved", "2": "open", "3": "open",
    }  # fmt: skip
    assert (await analyst.get(f"/datasets/{dataset}")).json()["embedded"] == 3


async def test_given_rows_that_are_no_tickets_when_they_are_read_then_each_is_reported_with_line_and_reason(
    analyst: httpx.AsyncClient, work_off: WorkOff
) -> None:
    dataset = await add_dataset(analyst)
    text = (
        'id,subject,created\n1,"two\nlines",2025-01-01\n2,Fine,someday\n3,,\n4,Too,2025-01-01,many\n5,Good,\n'
    )

    made = await upload(analyst, dataset, text)
    await work_off()

    done = await read(analyst, made)
    assert (done["created_rows"], done["rejected_rows"]) == (2, 3)
    listed = await analyst.get(f"/datasets/{dataset}/uploads/{made['upload_id']}/rejections")
    found = {each["line"]: each["reason"] for each in listed.json()["items"]}
    assert set(found) == {4, 5, 6}
    assert "'someday' is no date" in found[4]
    assert "no text" in found[5]
    assert "4 values; the header has 3" in found[6]


async def test_given_personal_data_when_it_is_read_then_no_row_holds_it_in_its_text(
    analyst: httpx.AsyncClient, work_off: WorkOff
) -> None:
    dataset = await add_dataset(analyst)
    body = "<p>Hello,</p><p>my mail is jane.roe@shop.example.org, please call</p>"

    await upload(
        analyst, dataset, f'id,subject,description,note\n1,Call,"{body}",mail joe.doe@firm.example.org\n'
    )
    await work_off()

    (row,) = await rows_of(analyst, dataset)
    assert "[email]" in row["body"]
    assert "<p>" not in row["body"]
    assert "firm.example.org" not in json.dumps(row)


async def test_given_a_workbook_when_it_is_uploaded_then_the_sheet_with_tickets_is_read(
    analyst: httpx.AsyncClient, work_off: WorkOff
) -> None:
    dataset = await add_dataset(analyst)
    book = Workbook()
    assert book.active is not None
    book.active.append(["Notes"])
    sheet = book.create_sheet("Export")
    sheet.append(["Incidents of May", None, None])
    sheet.append(["Number", "Short description", "Opened"])
    sheet.append(["INC1", "Printer on fire", "2025-05-01 08:00:00"])
    file = io.BytesIO()
    book.save(file)

    made = await upload(analyst, dataset, file.getvalue(), file="may.xlsx")
    await work_off()

    assert (await read(analyst, made))["state"] == "done"
    (row,) = await rows_of(analyst, dataset)
    assert (row["external_id"], row["subject"]) == ("INC1", "Printer on fire")


async def test_given_a_file_without_text_when_it_is_uploaded_then_it_is_refused_and_nothing_is_stored(
    analyst: httpx.AsyncClient,
) -> None:
    dataset = await add_dataset(analyst)

    refused = await analyst.post(
        f"/datasets/{dataset}/uploads", params={"file": "x.csv"}, content=b"a,b\n1,2\n"
    )

    assert refused.status_code == 422
    assert refused.json()["type"].endswith("dataset-file-unreadable")
    assert (await analyst.get(f"/datasets/{dataset}/uploads")).json()["items"] == []


async def test_given_a_file_when_it_is_previewed_then_its_columns_are_shown_and_nothing_is_stored(
    analyst: httpx.AsyncClient,
) -> None:
    text = "sep=;\nTicket ID;Subject;Created time;Priority\n7;Lost;03/04/2025 10:00;Low\n"

    shown = await analyst.post(
        "/datasets/preview", params={"file": "desk.csv"}, content=text.encode("utf-16")
    )

    assert shown.status_code == 200, shown.text
    found = shown.json()
    assert found["desk"] == "freshdesk"
    assert found["mapping"]["external_id"] == "Ticket ID"
    assert found["rows"][0]["ticket"]["opened_at"] == "2025-03-04T10:00:00Z"
    assert any("both ways" in each for each in found["remarks"])


async def test_given_a_mapping_when_a_file_is_uploaded_then_it_counts_instead_of_the_names(
    analyst: httpx.AsyncClient, work_off: WorkOff
) -> None:
    dataset = await add_dataset(analyst)

    await upload(
        analyst, dataset, "a,b,c\n1,What is this,31.12.2025\n", columns={"subject": "b", "opened_at": "c"},
        time_zone="Europe/Berlin",
    )  # fmt: skip
    await work_off()

    (row,) = await rows_of(analyst, dataset)
    assert (row["subject"], row["opened_at"]) == ("What is this", "2025-12-30T23:00:00Z")


async def test_given_a_cancelled_upload_when_it_is_resumed_then_it_ends_with_all_rows(
    analyst: httpx.AsyncClient, work_off: WorkOff
) -> None:
    dataset = await add_dataset(analyst)
    made = await upload(analyst, dataset, export(4))
    path = f"/datasets/{dataset}/uploads/{made['upload_id']}"
    assert (await analyst.post(f"{path}/cancel")).json()["state"] == "cancelled"
    await work_off()
    assert await rows_of(analyst, dataset) == []

    assert (await analyst.post(f"{path}/resume")).status_code == 202
    await work_off()

    assert (await read(analyst, made))["state"] == "done"
    assert len(await rows_of(analyst, dataset)) == 16


async def test_given_a_data_set_when_it_is_exported_then_the_file_holds_its_rows_and_no_formula(
    analyst: httpx.AsyncClient, work_off: WorkOff
) -> None:
    dataset = await add_dataset(analyst)
    await upload(analyst, dataset, 'id,subject\n1,"=HYPERLINK(""x"")"\n2,Zürich\n')
    await work_off()

    as_csv = await analyst.get(f"/datasets/{dataset}/export")
    as_xlsx = await analyst.get(f"/datasets/{dataset}/export", params={"format": "xlsx"})

    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert [row["subject"] for row in rows] == ['\'=HYPERLINK("x")', "Zürich"]
    sheet = load_workbook(io.BytesIO(as_xlsx.content)).active
    assert sheet is not None
    assert [row[1] for row in sheet.iter_rows(values_only=True)][1:] == ['\'=HYPERLINK("x")', "Zürich"]


async def test_given_a_kept_file_when_its_time_is_over_then_it_is_removed_and_its_rows_stay(
    analyst: httpx.AsyncClient, work_off: WorkOff, runtime: Runtime, tenant_id: UUID
) -> None:
    dataset = await add_dataset(analyst)
    made = await upload(analyst, dataset, "id,subject\n1,Lost card\n")
    await work_off()
    key = keys.dataset_file(tenant_id, UUID(dataset), UUID(made["upload_id"]))
    assert await runtime.objects.exists(key)
    context = build(runtime)

    args = UploadArgs(dataset_id=UUID(dataset), upload_id=UUID(made["upload_id"]))
    await remove_file(context, context.principal(tenant_id), args)

    assert not await runtime.objects.exists(key)
    assert (await read(analyst, made))["file_removed_at"] is not None
    assert len(await rows_of(analyst, dataset)) == 1


async def test_given_a_data_set_when_it_is_deleted_then_nothing_of_it_stays(
    analyst: httpx.AsyncClient, work_off: WorkOff, runtime: Runtime, tenant_id: UUID
) -> None:
    dataset = await add_dataset(analyst)
    await upload(analyst, dataset, export(2))
    await work_off()

    assert (await analyst.delete(f"/datasets/{dataset}")).status_code == 204

    assert (await analyst.get(f"/datasets/{dataset}")).status_code == 404
    assert [key async for key, _ in runtime.objects.list(f"{tenant_id}/datasets")] == []


async def test_given_tickets_of_the_platform_when_their_data_set_is_refreshed_then_it_has_them(
    analyst: httpx.AsyncClient, connect: Connect, work_off: WorkOff
) -> None:
    desk = connect(Role.agent, service="escalation")
    await desk.post("/tickets", json={"subject": "Where is my refund", "requester_id": "c-1"})

    (own,) = (await analyst.get("/datasets")).json()["items"]
    await work_off()

    assert own["kind"] == "platform"
    (row,) = await rows_of(analyst, own["dataset_id"])
    assert (row["subject"], row["customer_id"]) == ("Where is my refund", "c-1")
    assert (await analyst.delete(f"/datasets/{own['dataset_id']}")).status_code == 409


async def test_given_another_tenant_or_role_when_it_asks_for_a_data_set_then_it_gets_none(
    analyst: httpx.AsyncClient, connect: Connect, make_tenant: Callable[..., UUID]
) -> None:
    dataset = await add_dataset(analyst)

    stranger = await connect(Role.analyst, tenant=make_tenant()).get(f"/datasets/{dataset}")
    customer = await connect(Role.customer).get(f"/datasets/{dataset}")
    expert = await connect(Role.sme).post("/datasets", json={"name": "Mine"})

    assert (stranger.status_code, customer.status_code, expert.status_code) == (404, 403, 403)
