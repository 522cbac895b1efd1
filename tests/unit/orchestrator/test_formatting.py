import pytest

from caseplane.orchestrator.conversations.schemas import Channel, ContentFormat
from caseplane.orchestrator.turns.formatting import shown_on

ANSWER = "1. Open the [form](https://id.example/reset).\n2. Press **Reset**."


@pytest.mark.parametrize("channel", [Channel.web, Channel.api])
def test_given_a_channel_that_shows_markdown_when_answered_then_it_gets_markdown(channel: Channel) -> None:
    assert shown_on(channel, ANSWER) == (ANSWER, ContentFormat.markdown)


@pytest.mark.parametrize("channel", [Channel.email, Channel.sms])
def test_given_a_channel_of_plain_text_when_answered_then_it_gets_words_and_addresses(
    channel: Channel,
) -> None:
    text = "1. Open the form (https://id.example/reset).\n2. Press Reset."

    assert shown_on(channel, ANSWER) == (text, ContentFormat.text)
