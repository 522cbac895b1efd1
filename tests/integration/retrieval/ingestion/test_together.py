"""Pages that include and name others of their source, through the service."""

from tests.integration.retrieval.harness import Caller, Harness

FILES = {
    "docs/page.rst": b"Lamps\n=====\n\nThe lamp has colours.\n\n.. include:: /parts/colours.rst\n\nSee :doc:`care`.",
    "docs/parts/colours.rst": b"A red lamp means that the filter is full.",
    "docs/care.rst": b"Care of the filter\n==================\n\nRinse it with water.",
    "docs/conf.py": b'project = "Lamps"\n',
}


async def texts(admin: Caller, base: str) -> dict[str, str]:
    found = {}
    for path, key in (await admin.paths(base)).items():
        answer = await admin("GET", f"/knowledge-bases/{base}/documents/{key}/text", expect=200)
        found[path] = answer.json()["text"]
    return found


class TestTogether:
    async def test_given_a_part_that_comes_last_when_synced_then_its_page_has_it_and_it_is_not_found_twice(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await admin.make_base()
        started = await admin.sync(base, FILES, send=["docs/page.rst", "docs/care.rst"])
        await harness.work()
        route = f"/knowledge-bases/{base}/ingestions/{started['id']}/files"
        rest = [("file", (path, FILES[path])) for path in ("docs/parts/colours.rst", "docs/conf.py")]
        before = await admin.paths(base)

        await admin("POST", route, files=rest, expect=200)
        await harness.work()

        assert before == {}
        assert set((await admin.report(base, started["id"])).values()) == {"indexed"}
        assert (await texts(admin, base))["docs/page.rst"] == (
            "# Lamps\n\nThe lamp has colours.\n\nA red lamp means that the filter is full.\n\nSee Care of the filter."
        )
        found = await admin.search("red lamp filter full", limit=10)
        assert [hit["path"] for hit in found["results"] if "red lamp" in hit["text"]] == ["docs/page.rst"]  # type: ignore[attr-defined]

    async def test_given_a_part_that_changes_when_synced_then_its_page_is_read_again(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await admin.make_base()
        await admin.sync(base, FILES)
        await harness.work()

        started = await admin.sync(
            base, {**FILES, "docs/parts/colours.rst": b"A blue lamp means that it cools."}
        )
        await harness.work()

        assert started["needed"] == ["docs/parts/colours.rst"]
        report = await admin.report(base, started["id"])
        assert report["docs/page.rst"] == "indexed"
        assert report["docs/care.rst"] == "unchanged"
        assert "A blue lamp" in (await texts(admin, base))["docs/page.rst"]

    async def test_given_a_part_that_was_missing_when_it_comes_then_its_page_is_read_again(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await admin.make_base()
        without = {path: data for path, data in FILES.items() if "colours" not in path}
        await admin.sync(base, without)
        await harness.work()
        before = (await texts(admin, base))["docs/page.rst"]

        await admin.sync(base, FILES)
        await harness.work()

        assert "red lamp" not in before
        assert "red lamp" in (await texts(admin, base))["docs/page.rst"]

    async def test_given_a_file_that_will_not_come_when_refused_then_the_others_are_indexed(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await admin.make_base()
        started = await admin.sync(base, FILES, send=[path for path in FILES if "colours" not in path])
        refused = [{"path": "docs/parts/colours.rst", "reason": "unreadable", "detail": "Gone."}]

        await admin(
            "POST",
            f"/knowledge-bases/{base}/ingestions/{started['id']}/refuse",
            json=refused,
            expect=200,
        )
        await harness.work()

        report = await admin.report(base, started["id"])
        assert report["docs/page.rst"] == "indexed"


class TestDrafts:
    async def test_given_a_page_that_becomes_a_draft_when_synced_then_nothing_is_answered_from_it(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await admin.make_base()
        page = b"# Returns\n\nGoods can be returned within thirty days."
        await admin.sync(base, {"returns.md": page, "b.md": b"# B\n\nText."})
        await harness.work()

        started = await admin.sync(
            base, {"returns.md": b"---\ndraft: true\n---\n" + page, "b.md": b"# B\n\nText."}
        )
        await harness.work()

        assert (await admin.report(base, started["id"]))["returns.md"] == "failed: draft"
        assert set(await admin.paths(base)) == {"b.md"}
