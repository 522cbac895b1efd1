"""Articles as a state machine under random steps of several people, through the routes that they use.

The model here is written anew from the rules, apart from the code's own table. After every step the index holds the text
that two other people than its approver wrote and reviewed, or nothing. `CASEPLANE_ARTICLE_STEPS` sets the number of steps
(default 1000; the full proof takes 10,000).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import anyio.from_thread
import pytest
from anyio.from_thread import BlockingPortal
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.integration.insights.world import World, opened

from caseplane.core.errors import UnavailableError
from caseplane.insights.articles.publishing import publish

STEPS = int(os.environ.get("CASEPLANE_ARTICLE_STEPS", "1000"))
EXPERTS, OWNERS = st.sampled_from(["emma", "eric", "maxi"]), st.sampled_from(["omar", "olga", "maxi"])
ANYONE = st.sampled_from(["emma", "eric", "omar", "olga", "maxi", "anna", "adam"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30).filter(
    str.strip
)


@dataclass
class Model:
    """What the rules say of one article."""

    state: str = "draft"
    revision: int = 1
    texts: dict[int, str] = field(default_factory=dict)
    authors: dict[int, set[str]] = field(default_factory=dict)
    reviewers: dict[int, str] = field(default_factory=dict)
    approvers: dict[int, str] = field(default_factory=dict)
    live: list[int] = field(default_factory=list)
    """Revisions that took one another's place, the newest last; rolling back takes one off."""

    def write(self, text: str, who: str, *, copied: bool = False) -> None:
        former = self.revision
        carried = self.authors[former] if copied or former not in self.approvers else set()
        self.revision = max(self.texts) + 1
        self.texts[self.revision], self.authors[self.revision] = text, carried | {who}


class Articles(RuleBasedStateMachine):
    """One article, and everyone who works on it."""

    world: ClassVar[World]
    portal: ClassVar[BlockingPortal]
    taken: ClassVar[int] = 0
    done: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.article: dict[str, Any] = {}
        self.synced = True

    def run(self, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return self.portal.call(lambda: call(*args, **more))

    @initialize(who=EXPERTS, text=TEXTS)
    def begin(self, who: str, text: str) -> None:
        body = {"knowledge_base_id": str(uuid4()), "title": "T", "body": text}
        made = self.run(self.world.clients[who].post, "/articles", json=body)
        assert made.status_code == 201, made.text
        self.article = made.json()
        self.model.texts[1], self.model.authors[1] = text.strip(), {who}

    def step(self, who: str, name: str, expected: int, **body: Any) -> None:
        """Take a step that has to end as the rules say."""
        answer = self.run(self.world.step, who, self.article, name, **body)
        assert answer.status_code == expected, (name, who, self.model, answer.text)
        Articles.taken += 1
        key = f"{name or 'edit'} {expected}"
        Articles.done[key] = Articles.done.get(key, 0) + 1
        if answer.is_success:
            self.article = answer.json()

    @rule(who=EXPERTS, text=TEXTS)
    def edit(self, who: str, text: str) -> None:
        changed = text.strip() != self.model.texts[self.model.revision]
        self.step(who, "", 200, body=text)
        if changed:
            self.model.write(text.strip(), who)
            self.model.state = "draft"

    @rule(who=EXPERTS)
    def submit(self, who: str) -> None:
        model = self.model
        allowed = model.state in ("draft", "withdrawn")
        self.step(who, "submit", 200 if allowed else 409)
        if allowed:
            if model.revision in model.approvers:
                model.write(model.texts[model.revision], who, copied=True)
            model.state = "in_review"

    @rule(who=EXPERTS, correction=st.none() | TEXTS)
    def review(self, who: str, correction: str | None) -> None:
        model, body = self.model, {} if correction is None else {"body": correction}
        allowed = model.state == "in_review"
        self.step(who, "review", 200 if allowed else 409, **body)
        if allowed:
            if correction is not None and correction.strip() != model.texts[model.revision]:
                model.write(correction.strip(), who)
            model.reviewers[model.revision] = who
            model.state = "reviewed"

    @rule(text=TEXTS, owner=OWNERS, sync=st.booleans())
    def go_all_the_way(self, text: str, owner: str, sync: bool) -> None:
        """Random steps alone seldom lead to a publication."""
        self.edit("emma", text)
        if self.model.state in ("draft", "withdrawn"):
            self.submit("emma")
        self.review("eric", None)
        self.approve(owner)
        if sync:
            self.publish(False)

    @rule(who=EXPERTS)
    def send_back(self, who: str) -> None:
        allowed = self.model.state == "in_review"
        self.step(who, "send-back", 200 if allowed else 409, note="No.")
        if allowed:
            self.model.state = "draft"

    @rule(who=OWNERS)
    def approve(self, who: str) -> None:
        model = self.model
        allowed = model.state == "reviewed"
        involved = model.authors[model.revision] | {model.reviewers.get(model.revision, "")}
        self.step(who, "approve", 409 if not allowed else 403 if who in involved else 200)
        if allowed and who not in involved:
            model.approvers[model.revision] = who
            model.live.append(model.revision)
            model.state, self.synced = "published", False

    @rule(who=OWNERS)
    def reject(self, who: str) -> None:
        allowed = self.model.state == "reviewed"
        self.step(who, "reject", 200 if allowed else 409, note="No.")
        if allowed:
            self.model.state = "rejected"

    @rule(who=OWNERS)
    def roll_back(self, who: str) -> None:
        model = self.model
        self.step(who, "rollback", 200 if model.live else 409)
        if model.live:
            model.live.pop()
            self.synced = False
            if model.state == "published":
                model.state = "published" if model.live else "withdrawn"
                model.revision = model.live[-1] if model.live else model.revision

    @rule(who=ANYONE, name=st.sampled_from(["review", "send-back", "approve", "reject", "rollback"]))
    def act_without_the_role(self, who: str, name: str) -> None:
        experts = {"emma", "eric", "maxi"}
        if who not in (experts if name in ("review", "send-back") else {"omar", "olga", "maxi"}):
            self.step(who, name, 403, note="Let me.")

    @rule(who=OWNERS, back=st.integers(1, 3))
    def approve_what_has_changed(self, who: str, back: int) -> None:
        self.step(who, "approve", 412, version=self.article["version"] + back)

    @rule(fails=st.booleans())
    def publish(self, fails: bool) -> None:
        """A worker brings the index up to date, or is stopped once the index has changed."""
        self.world.shelf.fails = int(fails)
        context, key = self.world.context, UUID(self.article["article_id"])
        try:
            self.run(publish, context, context.principal(self.world.tenant_id), key)
        except UnavailableError:
            assert fails
        self.world.shelf.fails = 0
        Articles.taken += 1
        self.synced = True

    @invariant()
    def the_index_holds_what_two_other_people_agreed_on(self) -> None:
        if not self.article or not self.synced:
            return
        held = self.world.shelf.held.get(UUID(self.article["article_id"]))
        if not self.model.live:
            assert held is None
            return
        number = self.model.live[-1]
        assert held is not None
        assert held.body == self.model.texts[number]
        others = self.model.authors[number] | {self.model.reviewers[number]}
        assert self.model.approvers[number] not in others

    @invariant()
    def the_article_stands_where_the_rules_say(self) -> None:
        if not self.article:
            return
        live = self.model.live[-1] if self.model.live else None
        assert (self.article["state"], self.article["revision"], self.article["published_revision"]) == (
            self.model.state, self.model.revision, live,
        )  # fmt: skip
        assert self.article["body"] == self.model.texts[self.model.revision]


@pytest.mark.slow
@pytest.mark.timeout(600 + STEPS)
def test_given_random_steps_when_taken_then_no_rule_is_ever_broken(
    database_url: str, tenant_id: UUID, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(opened(database_url, tenant_id, tmp_path)) as world,
    ):
        Articles.world, Articles.portal, Articles.taken, Articles.done = world, portal, 0, {}
        rounds = settings(
            max_examples=20,
            stateful_step_count=50,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a failure is told as it came
            suppress_health_check=list(HealthCheck),
        )

        while Articles.taken < STEPS:
            run_state_machine_as_test(Articles, settings=rounds)

    record_property("steps", Articles.taken)
    record_property("approvals", Articles.done["approve 200"])
    record_property("rollbacks", Articles.done["rollback 200"])
    assert Articles.done["approve 403"] >= STEPS // 5000
    assert Articles.done["approve 200"] >= STEPS // 100
