"""Quality reports on a real database: what was not read, what is twice there, which own questions are answered."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.integration.retrieval.harness import Caller, Harness, person
from tests.unit.retrieval.parsing.samples import make_pdf

from caseplane.core.auth import Role
from caseplane.core.ids import new_id
from caseplane.retrieval.settings import RetrievalSettings

RETURNS = b"# Returns\n\n## How do I return a parcel?\n\nPrint the label and hand the parcel to any carrier within a month."
SHIPPING = b"# Shipping\n\n## When do parcels leave the warehouse?\n\nParcels leave the warehouse at noon on every working day."
LONG = " ".join(f"word{n}" for n in range(200))
FILES = {
    "returns.md": RETURNS,
    "copy/returns.md": RETURNS,
    "shipping.md": SHIPPING,
    "manual.md": f"# Manual\n\n{LONG} first edition.".encode(),
    "manual-2.md": f"# Manual\n\n{LONG} second edition.".encode(),
    "links.md": b"# Links\n\n[Where our price list is kept](https://example.com/a) [All about returns](https://example.com/b)",
    "scan.pdf": make_pdf([["The manual of the kettle, with a page that is a picture."], []]),
}


async def made(harness: Harness, caller: Caller, base: str) -> dict[str, object]:
    await caller("POST", f"/knowledge-bases/{base}/quality", expect=202)
    await harness.work()
    read = (await caller("GET", f"/knowledge-bases/{base}/quality", expect=200)).json()
    assert read["state"] == "done"
    found: dict[str, object] = read["report"]
    return found


class TestReport:
    async def test_given_documents_when_measured_then_the_report_says_what_is_wrong_with_them(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await admin.make_base()
        await admin.sync(base, FILES)
        await harness.work()

        report = await made(harness, admin, base)

        assert report["documents"] == report["looked_at"] == len(FILES)
        assert report["pages_without_text"] == 1
        assert report["not_read"] == [
            {"path": "scan.pdf", "pages_without_text": [2], "remarks": ["No text on page 2"]}
        ]
        assert [each["paths"] for each in report["duplicates"]] == [  # type: ignore[attr-defined]
            ["copy/returns.md", "returns.md"],
            ["manual-2.md", "manual.md"],
        ]
        assert report["link_only"] == ["links.md"]

    async def test_given_headings_that_ask_when_measured_then_they_are_asked_and_judged(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await admin.make_base()
        await admin.sync(base, {"returns.md": RETURNS, "shipping.md": SHIPPING})
        await harness.work()

        report = await made(harness, admin, base)

        questions, threshold = report["questions"], report["threshold"]
        assert questions["asked"] == 2  # type: ignore[index]
        found = [*questions["other_section"], *questions["unanswered"]]  # type: ignore[index]
        assert questions["own_section"] + len(found) == 2  # type: ignore[index]
        assert (threshold["answerable"], threshold["unanswerable"]) == (2, 2)  # type: ignore[index]
        # So few prove nothing, and the report must not pretend otherwise.
        assert threshold["min_confidence"] is None  # type: ignore[index]

    async def test_given_a_change_after_it_when_read_then_the_report_is_outdated(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await admin.make_base()
        await admin.sync(base, {"returns.md": RETURNS})
        await harness.work()
        await made(harness, admin, base)

        await admin.sync(base, {"shipping.md": SHIPPING})
        await harness.work()

        read = (await admin("GET", f"/knowledge-bases/{base}/quality", expect=200)).json()
        assert read["outdated"]
        assert read["report"]["documents"] == 1

    async def test_given_an_empty_base_when_measured_then_the_report_is_empty(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await admin.make_base()

        report = await made(harness, admin, base)

        assert (report["documents"], report["questions"]["asked"]) == (0, 0)  # type: ignore[index]


class TestRights:
    async def test_given_another_tenant_or_an_agent_when_read_then_refused(
        self, harness: Harness, admin: Caller, tenant_id: UUID
    ) -> None:
        base = await admin.make_base()
        await made(harness, admin, base)
        stranger = Caller(harness, person(new_id()))
        agent = Caller(harness, person(tenant_id, Role.agent))

        await stranger("GET", f"/knowledge-bases/{base}/quality", expect=404)
        await stranger("POST", f"/knowledge-bases/{base}/quality", expect=404)
        await agent("GET", f"/knowledge-bases/{base}/quality", expect=403)
        await admin("GET", f"/knowledge-bases/{uuid4()}/quality", expect=404)

    @pytest.mark.parametrize("questions", [0, 1])
    async def test_given_settings_when_measured_then_the_sample_and_the_switch_are_kept(
        self, database_url: str, tmp_path: Path, tenant_id: UUID, questions: int
    ) -> None:
        settings = RetrievalSettings(
            quality=bool(questions), quality_questions=1, quality_time=timedelta(minutes=5)
        )
        harness = Harness(database_url, tmp_path, retrieval=settings)
        async with harness.runtime.jobs.open():
            admin = Caller(harness, person(tenant_id))
            base = await admin.make_base()
            await admin.sync(base, {"returns.md": RETURNS, "shipping.md": SHIPPING})
            await harness.work()

            await admin("POST", f"/knowledge-bases/{base}/quality", expect=202)
            await harness.work()
            read = (await admin("GET", f"/knowledge-bases/{base}/quality", expect=200)).json()
            await harness.close()

        assert read["state"] == ("done" if questions else "off")
        if questions:
            assert (read["report"]["questions"]["asked"], read["report"]["questions"]["not_asked"]) == (1, 1)
