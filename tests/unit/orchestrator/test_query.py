from datetime import UTC, datetime

from caseplane.core.ids import new_id
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
    def test_given_a_burst_when_built_then_all_its_messages_are_searched_for(self) -> None:
        query = build_query(
            [make_message("customer", "The upload fails"), make_message("customer", "with 413")], []
        )

        assert query == "The upload fails\nwith 413"

    def test_given_a_reply_to_a_clarifying_question_when_built_then_the_first_question_stays(self) -> None:
        history = [
            make_message("customer", "How do I rotate keys?"),
            make_message("assistant", "Which keys?", "clarification"),
        ]

        query = build_query([make_message("customer", "The signing keys of the webhook endpoint")], history)

        assert query == "How do I rotate keys?\nThe signing keys of the webhook endpoint"

    def test_given_a_follow_up_that_refers_back_when_built_then_the_question_before_is_added(self) -> None:
        history = [
            make_message("customer", "How do I create a tenant?"),
            make_message("assistant", "With a command.", "answer"),
        ]

        assert build_query([make_message("customer", "And how do I delete it?")], history).startswith(
            "How do I create"
        )

    def test_given_a_new_question_when_built_then_the_old_one_is_left_out(self) -> None:
        history = [
            make_message("customer", "How do I create a tenant?"),
            make_message("assistant", "With a command.", "answer"),
        ]

        query = build_query(
            [make_message("customer", "Which file formats can be ingested into a knowledge base?")], history
        )

        assert "tenant" not in query

    def test_given_a_chat_message_with_a_footer_when_built_then_only_the_question_is_searched_for(
        self,
    ) -> None:
        query = build_query(
            [make_message("customer", "How do I delete a tenant?\n\nSent from my iPhone")], []
        )

        assert query == "How do I delete a tenant?"

    def test_given_very_long_text_when_built_then_the_newest_part_is_kept(self) -> None:
        query = build_query([make_message("customer", "a" * 5000 + " end")], [])

        assert len(query) == LONGEST
        assert query.endswith(" end")
