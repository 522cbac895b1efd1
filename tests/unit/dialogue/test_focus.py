import pytest

from caseplane.dialogue import focus

STORY = (
    "Hello team,\n\nI work for a small publisher and look after our tools together with two colleagues. The sync client runs"
    " on nearly every laptop, that part works fine. Last week our management decided that all of it has to be archived."
    "\n\nI have asked around in the office. {asked} I restarted the browser as well, twice."
    " My manager asks me every day whether there is news, and we have a meeting about this on Friday. Before this we did"
    " everything with scripts and a wiki page that was never up to date, and in spring an auditor complained about it."
    " The clusters are in our own data centre, the storage comes from a network appliance.\n\nKind regards, Marit"
)


@pytest.mark.parametrize(
    "asked",
    [
        "How can I export a workspace?",
        "I would like to export a workspace.",
        "Wie kann ich einen Arbeitsbereich exportieren?",
        "Comment exporter un espace de travail ?",
        "¿Cómo puedo exportar un espacio de trabajo?",
    ],
)
def test_given_a_story_when_its_sentences_are_seen_then_the_one_that_asks_leads(asked: str) -> None:
    found = focus.sentences(STORY.format(asked=asked))
    # The documents know as much of every sentence, so the wording decides.
    lead = focus.leading(found, dict.fromkeys(focus.likely(found, 8), 0.5))

    assert asked in found[lead].text


def test_given_two_that_need_something_when_led_then_the_one_that_the_documents_know() -> None:
    found = focus.sentences(
        "We need a new coffee machine here. We need to export the workspace. All is well."
    )

    lead = focus.leading(found, {0: 0.1, 1: 0.6, 2: 0.2})

    assert found[lead].text == "We need to export the workspace."


def test_given_a_lead_when_supported_then_by_the_nearest_that_is_not_fine_in_the_order_of_the_message() -> (
    None
):
    found = focus.sentences(
        "The export of all workspaces works fine here. Last night the whole archive of March stayed empty."
        " How do I repair the thing again?"
    )

    reduced = focus.with_support(found, 2, [0.5, 0.4, 1.0])

    assert reduced == "Last night the whole archive of March stayed empty. How do I repair the thing again?"


def test_given_messages_when_measured_then_only_stories_are_long() -> None:
    assert focus.is_long(STORY.format(asked=""))
    assert not focus.is_long("How can I export a workspace? " * 5)


def test_given_a_very_long_text_when_cut_then_beginning_and_end_are_kept() -> None:
    text = " ".join(f"The matter with number {n} is spoken of here." for n in range(500))

    found = focus.sentences(text)

    assert len(found) == focus.MOST_SENTENCES
    assert "number 0 " in found[0].text
    assert "number 499 " in found[-1].text
