from datetime import UTC, datetime

from caseplane.core.ids import new_id
from caseplane.dialogue import Said
from caseplane.orchestrator.conversations.models import Message
from caseplane.orchestrator.turns.query import LONGEST, build_query


def make_message(role: str, content: str, kind: str = "") -> Message:
    return Message(
        tenant_id=new_id(),
        id=new_id(),
        role=role,
        content=content,
        meta={"kind": kind},
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


class TestBuildQuery:
    def test_given_a_reply_to_a_clarifying_question_when_built_then_the_first_question_stays(self) -> None:
        history = [
            make_message("customer", "How do I rotate keys?"),
            make_message("assistant", "Which keys?", "clarification"),
        ]

        query = build_query("The signing keys of the webhook endpoint", history, after=Said.clarification)

        assert query == "How do I rotate keys?\nThe signing keys of the webhook endpoint"

    def test_given_a_follow_up_that_refers_back_when_built_then_the_question_before_is_added(self) -> None:
        history = [
            make_message("customer", "How do I create a tenant?"),
            make_message("assistant", "With a command.", "answer"),
        ]

        assert build_query("And how do I delete it?", history).startswith("How do I create")

    def test_given_a_new_question_when_built_then_the_old_one_is_left_out(self) -> None:
        history = [
            make_message("customer", "How do I create a tenant?"),
            make_message("assistant", "With a command.", "answer"),
        ]

        query = build_query("Which file formats can be ingested into a knowledge base?", history)

        assert "tenant" not in query

    def test_given_a_follow_up_to_a_message_with_a_footer_when_built_then_the_footer_is_left_out(
        self,
    ) -> None:
        history = [make_message("customer", "How do I create a tenant?\n\nSent from my iPhone")]

        assert "iPhone" not in build_query("And how do I delete it?", history)

    def test_given_very_long_text_when_built_then_the_newest_part_is_kept(self) -> None:
        query = build_query("a" * 5000 + " end", [])

        assert len(query) == LONGEST
        assert query.endswith(" end")
