"""Articles through their routes: who may take which step, what the database refuses, what goes stale."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.integration.insights.world import World, opened

from caseplane.core.errors import UnavailableError
from caseplane.insights.articles.jobs import CHECK, PUBLISH
from caseplane.insights.articles.publishing import publish
from caseplane.insights.articles.states import TABLE, ArticleState, Step

TITLE, BODY = "How do I reset my key?", "Open Keys and choose Reset."


@pytest.fixture
async def world(database_url: str, tenant_id: UUID, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database_url, tenant_id, tmp_path) as made:
        yield made


async def made(world: World, who: str = "emma", **more: Any) -> dict[str, Any]:
    body = {"knowledge_base_id": str(uuid4()), "title": TITLE, "body": BODY, "questions": [TITLE], **more}
    answer = await world.clients[who].post("/articles", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def taken(world: World, article: dict[str, Any], *steps: tuple[str, str]) -> dict[str, Any]:
    """The article after steps, each by someone, that have to succeed."""
    for who, name in steps:
        body: dict[str, Any] = {"note": "So it is."} if name in ("reject", "send-back") else {}
        answer = await world.step(who, article, name, **body)
        assert answer.is_success, (name, answer.text)
        article = answer.json()
    return article


TO_REVIEWED = (("emma", "submit"), ("eric", "review"))
TO_PUBLISHED = (*TO_REVIEWED, ("omar", "approve"))


async def published(world: World, **more: Any) -> dict[str, Any]:
    article = await taken(world, await made(world, **more), *TO_PUBLISHED)
    await publish(world.context, world.context.principal(world.tenant_id), UUID(article["article_id"]))
    found: dict[str, Any] = await world.read(article)
    return found


class TestApproval:
    @pytest.mark.parametrize(
        ("writer", "reviewer", "approver"),
        [("maxi", "emma", "maxi"), ("emma", "maxi", "maxi")],
        ids=["the author", "the reviewer"],
    )
    async def test_given_a_reviewed_text_when_one_of_its_two_people_approves_then_another_is_asked_for(
        self, world: World, writer: str, reviewer: str, approver: str
    ) -> None:
        article = await made(world, writer)
        article = await taken(world, article, (writer, "submit"), (reviewer, "review"))

        refused = await world.step(approver, article, "approve")

        assert refused.status_code == 403
        assert refused.json()["type"].endswith("approval-needs-another-person")
        assert (await world.read(article))["published_revision"] is None

    async def test_given_an_owner_who_corrected_as_an_expert_when_they_approve_then_another_is_asked_for(
        self, world: World
    ) -> None:
        article = await taken(world, await made(world), ("emma", "submit"))
        corrected = (await world.step("maxi", article, "review", body="Open Keys, choose Reset key.")).json()

        refused = await world.step("maxi", corrected, "approve")
        approved = await world.step("olga", corrected, "approve")

        assert (corrected["revision"], corrected["authors"]) == (2, ["emma", "maxi"])
        assert refused.status_code == 403
        assert approved.json()["state"] == "published"

    async def test_given_a_text_that_changed_since_it_was_read_when_approved_then_refused_and_nothing_published(
        self, world: World
    ) -> None:
        article = await taken(world, await made(world), *TO_REVIEWED)
        await world.step("emma", article, "", body="Something else altogether.")

        refused = await world.step("omar", article, "approve")

        assert refused.status_code == 412
        assert refused.json()["type"].endswith("article-changed")
        assert (await world.read(article))["published_revision"] is None

    async def test_given_no_version_when_approved_then_it_is_asked_for(self, world: World) -> None:
        article = await taken(world, await made(world), *TO_REVIEWED)

        refused = await world.clients["omar"].post(f"/articles/{article['article_id']}/approve", json={})

        assert refused.status_code == 428

    @pytest.mark.parametrize("name", ["review", "approve", "reject", "send-back", "rollback"])
    async def test_given_an_admin_when_they_decide_then_refused(self, world: World, name: str) -> None:
        article = await made(world)

        refused = await world.step("adam", article, name, note="I may do anything.")

        assert refused.status_code == 403


class TestDatabase:
    """What the code refuses, the tables refuse too."""

    @pytest.mark.parametrize("column", ["authors", "reviewed_by"])
    async def test_given_a_reviewed_text_when_one_of_its_people_is_written_as_approver_then_refused(
        self, world: World, postgres_url: str, column: str
    ) -> None:
        article = await taken(world, await made(world), *TO_REVIEWED)
        person = "emma" if column == "authors" else "eric"

        with (
            psycopg.connect(postgres_url) as connection,
            pytest.raises(psycopg.errors.CheckViolation, match="two_people"),
        ):
            connection.execute(
                "UPDATE insights.article_revisions SET approved_by = %s, approved_at = now() WHERE article_id = %s",
                (person, article["article_id"]),
            )

    async def test_given_a_text_without_approval_when_it_is_written_as_published_then_refused(
        self, world: World, postgres_url: str
    ) -> None:
        article = await taken(world, await made(world), *TO_REVIEWED)

        with psycopg.connect(postgres_url) as connection:
            connection.execute(
                "UPDATE insights.articles SET published_revision = 1, published_at = now() WHERE id = %s",
                (article["article_id"],),
            )
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                connection.commit()

    async def test_given_the_services_role_when_it_changes_a_text_then_refused(
        self, world: World, postgres_url: str
    ) -> None:
        with psycopg.connect(postgres_url) as connection:
            connection.execute("SET ROLE caseplane_insights")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("UPDATE insights.article_revisions SET body = 'Another text.'")


class TestSteps:
    def test_given_every_state_and_step_when_the_table_is_read_then_a_text_gets_live_by_approval_alone(
        self,
    ) -> None:
        to_published = {
            (before, step)
            for (before, step), after in TABLE.items()
            if after is ArticleState.published and before is not ArticleState.published
        }

        assert to_published == {(ArticleState.reviewed, Step.approve)}
        assert {before for before, step in TABLE if step is Step.review} == {ArticleState.in_review}

    async def test_given_a_draft_when_approved_then_the_answer_says_what_it_can_take(
        self, world: World
    ) -> None:
        refused = await world.step("omar", await made(world), "approve")

        assert refused.status_code == 409
        assert set(refused.json()["allowed"]) >= {"edit", "submit"}

    async def test_given_two_published_texts_when_rolled_back_twice_then_the_former_and_then_none_is_live(
        self, world: World
    ) -> None:
        article = await published(world)
        edited = (await world.step("emma", article, "", body="Press the red key.")).json()
        article = await taken(world, edited, *TO_PUBLISHED)
        who, key = world.context.principal(world.tenant_id), UUID(article["article_id"])
        await publish(world.context, who, key)
        second = world.shelf.held[key].body

        article = await taken(world, article, ("olga", "rollback"))
        await publish(world.context, who, key)
        first = world.shelf.held[key].body
        article = await taken(world, article, ("olga", "rollback"))
        await publish(world.context, who, key)
        nothing = await world.step("olga", article, "rollback")

        assert (second, first) == ("Press the red key.", BODY)
        assert key not in world.shelf.held
        assert article["state"] == "withdrawn"
        assert nothing.json()["type"].endswith("nothing-to-roll-back")

    async def test_given_every_step_when_the_history_is_read_then_it_names_who_and_what_and_the_audit_has_it(
        self, world: World, postgres_url: str
    ) -> None:
        article = await taken(world, await made(world), *TO_PUBLISHED, ("olga", "rollback"))

        history = await world.read(article, "history")

        steps = [(each["step"], each["by"]) for each in history]
        assert steps == [("submit", "emma"), ("review", "eric"), ("approve", "omar"), ("withdraw", "olga")]
        with psycopg.connect(postgres_url) as connection:
            audited = connection.execute(
                "SELECT action, actor FROM platform.audit_log WHERE tenant_id = %s AND target_id = %s ORDER BY id",
                (world.tenant_id, article["article_id"]),
            ).fetchall()
        assert [action for action, _ in audited] == [
            "article.created", *(f"article.{step}" for step, _ in steps),
        ]  # fmt: skip


class TestPublishing:
    async def test_given_a_worker_that_dies_after_the_index_took_the_text_when_it_runs_again_then_live_once(
        self, world: World
    ) -> None:
        article = await taken(world, await made(world), *TO_PUBLISHED)
        who, key = world.context.principal(world.tenant_id), UUID(article["article_id"])
        world.shelf.fails = 1

        with pytest.raises(UnavailableError, match="503"):
            await publish(world.context, who, key)
        unknown = await world.read(article)
        await publish(world.context, who, key)
        live = await world.read(article)

        assert not unknown["live"]
        assert live["live"]
        effect = await world.read(article, "effect")
        assert (effect["before"]["asked"], effect["before"]["answered"]) == (1, 0)
        assert effect["after"]["citing"] == 1

    async def test_given_a_knowledge_base_that_is_gone_when_published_then_the_article_says_so(
        self, world: World
    ) -> None:
        article = await taken(world, await made(world), *TO_PUBLISHED)
        world.shelf.base_is_gone = True

        await publish(world.context, world.context.principal(world.tenant_id), UUID(article["article_id"]))

        found = await world.read(article)
        assert not found["live"]
        assert found["publish_error"] == "There is no knowledge base."

    async def test_given_an_approval_when_it_commits_then_publishing_and_the_next_check_are_asked_for(
        self, world: World, postgres_url: str
    ) -> None:
        await taken(world, await made(world), *TO_PUBLISHED)

        with psycopg.connect(postgres_url) as connection:
            jobs = connection.execute(
                "SELECT task_name FROM jobs.procrastinate_jobs WHERE args->>'tenant_id' = %s ORDER BY id",
                (str(world.tenant_id),),
            ).fetchall()
        assert [name for (name,) in jobs] == [PUBLISH.name, CHECK.name]


class TestStale:
    async def test_given_an_old_article_when_checked_then_in_review_again_and_still_live(
        self, world: World, postgres_url: str
    ) -> None:
        article = await published(world, review_after_days=30)
        with psycopg.connect(postgres_url) as connection:
            connection.execute(
                "UPDATE insights.articles SET published_at = now() - interval '31 days' WHERE id = %s",
                (article["article_id"],),
            )

        answer = await world.clients["emma"].post(f"/articles/{article['article_id']}/check")

        found = answer.json()
        assert (found["state"], found["live"]) == ("in_review", True)
        assert "31 days" in found["stale_because"]

    async def test_given_sources_that_contradict_one_another_when_checked_then_in_review_again(
        self, world: World
    ) -> None:
        article = await published(world)
        world.answers.conflicting = True

        answer = await world.clients["emma"].post(f"/articles/{article['article_id']}/check")

        assert answer.json()["state"] == "in_review"
        assert "contradict" in answer.json()["stale_because"]

    async def test_given_a_document_that_it_rests_on_when_that_is_gone_then_in_review_again(
        self, world: World, postgres_url: str
    ) -> None:
        article = await published(world)
        source = uuid4()
        with psycopg.connect(postgres_url) as connection:
            connection.execute(
                "UPDATE insights.articles SET refs = jsonb_build_array(jsonb_build_object("
                "'document_id', %s::text, 'title', 'Keys', 'uri', 'docs/keys.md')) WHERE id = %s",
                (str(source), article["article_id"]),
            )
        unchanged = await world.clients["emma"].post(f"/articles/{article['article_id']}/check")
        world.shelf.gone_documents.add(source)

        answer = await world.clients["emma"].post(f"/articles/{article['article_id']}/check")

        assert unchanged.json()["state"] == "published"
        assert answer.json()["stale_because"] == "A document that it rests on is gone: Keys."

    async def test_given_a_stale_article_when_it_is_reviewed_and_approved_again_then_fresh(
        self, world: World
    ) -> None:
        article = await published(world)
        world.answers.conflicting = True
        stale = (await world.clients["emma"].post(f"/articles/{article['article_id']}/check")).json()

        again = await taken(world, stale, ("eric", "review"), ("olga", "approve"))

        assert (again["state"], again["stale_because"], again["published_revision"]) == ("published", None, 2)
