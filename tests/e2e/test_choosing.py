"""A customer picks among choices and asks several questions at once, on a real server with real documents."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.e2e.conftest import Server
from tests.e2e.probing.victim import until

pytestmark = pytest.mark.timeout(600)

PAGES = {
    "workspaces.md": """# Workspaces

## Delete a workspace

To delete a workspace, open **Settings**, choose **Danger zone** and press **Delete workspace**. Its members lose access
at once. The name of the workspace becomes free after a week.

## Export a workspace

To export a workspace, open **Settings**, choose **Data** and press **Export workspace**. A mail with a link arrives when
the archive is ready, which takes up to an hour for a large workspace.
""",
    "keys.md": """# Keys of the API

Keys of the API authenticate the requests of your programs. Create one under Settings, and send it as a bearer token in
the header of every request.
""",
    "webhooks.md": """# Keys of webhook endpoints

Keys of webhook endpoints sign the deliveries that we send to you. Copy the key from the page of the endpoint, and compare
the signature of every delivery before you trust it.
""",
}


class Conversation:
    """A new customer's conversation."""

    def __init__(self, client: httpx.Client, customer: str) -> None:
        self._client = client
        made = client.post("/api/v1/sessions", json={"customer_id": customer}).raise_for_status()
        self.id = made.json()["session_id"]

    def say(self, content: str, **more: str) -> dict[str, Any]:
        sent = self._client.post(
            f"/api/v1/sessions/{self.id}/messages", params={"wait": 60}, json={"content": content, **more}
        )
        reply: dict[str, Any] = sent.raise_for_status().json()
        return reply

    def latest(self) -> dict[str, Any]:
        read: dict[str, Any] = self._client.get(f"/api/v1/sessions/{self.id}").raise_for_status().json()
        return read["latest_reply"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    """An agent of a tenant that knows the pages."""
    with server.client(server.new_tenant()) as found:
        base = found.post("/api/v1/knowledge-bases", json={"name": "Help"}).raise_for_status().json()["id"]
        documents = f"/api/v1/knowledge-bases/{base}/documents"
        for path, text in PAGES.items():
            part = {"file": (path, text.encode(), "text/markdown")}
            found.post(documents, files=part).raise_for_status()
        until(lambda: len(found.get(documents).json()["items"]) == len(PAGES), "the pages to be indexed")
        yield found


class TestChoosing:
    @pytest.mark.parametrize("reply", ["the second one", "2", "none of them", "by id"])
    def test_given_choices_when_picked_then_answered_from_that_section(
        self, client: httpx.Client, reply: str
    ) -> None:
        talk = Conversation(client, f"choosing-{reply}")

        asked = talk.say("keys")["reply"]
        choices = asked["choices"]
        if reply == "none of them":
            then = talk.say(reply)
        elif reply == "by id":
            then = talk.say("That", choice_id=choices[1]["id"])
        else:
            then = talk.say(reply)

        assert {choice["label"] for choice in choices} == {"Keys of the API", "Keys of webhook endpoints"}
        if reply == "none of them":
            assert then["status"] == "escalated"
            assert then["escalation"] is not None
        else:
            assert {cited["title"] for cited in then["reply"]["citations"]} == {choices[1]["label"]}
            assert then["status"] == "open"

    def test_given_an_unknown_choice_when_sent_then_refused(self, client: httpx.Client) -> None:
        talk = Conversation(client, "choosing-unknown")

        with pytest.raises(httpx.HTTPStatusError) as caught:
            talk.say("That", choice_id="made-up")

        assert 400 <= caught.value.response.status_code < 500


class TestSeveral:
    def test_given_two_questions_when_sent_then_both_are_answered(self, client: httpx.Client) -> None:
        talk = Conversation(client, "several-both")

        reply = talk.say("How do I delete a workspace? And how do I export a workspace?")

        content = reply["reply"]["content"]
        assert "Delete workspace" in content
        assert "Export workspace" in content
        assert content.index("Delete workspace") < content.index("Export workspace")
        assert [each["outcome"] for each in reply["reply"]["questions"]] == ["answered", "answered"]
        assert reply["status"] == "open"

    def test_given_an_open_question_when_sent_then_answer_and_ticket_come_together(
        self, client: httpx.Client
    ) -> None:
        talk = Conversation(client, "several-part")

        reply = talk.say("How do I delete a workspace? And what is the tallest mountain of Peru?")

        assert "Delete workspace" in reply["reply"]["content"]
        assert "the tallest mountain of Peru" in reply["reply"]["content"]
        assert reply["escalation"]["ticket_id"]
        assert reply["status"] == "escalated"
        assert talk.latest()["role"] == "system"
