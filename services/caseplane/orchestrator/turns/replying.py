"""Which notice replies to a message that asks nothing, without a search."""

from caseplane.dialogue import Act, Said, Understanding
from caseplane.orchestrator.turns.question import Question

ALWAYS = {
    Act.greeting: "greeting",
    Act.announcement: "go_ahead",
    Act.asks_about_assistant: "about_assistant",
    Act.thanks: "welcome",
    Act.farewell: "farewell",
}
WITHOUT_CONTEXT = {
    Act.acknowledgement: "noted",
    Act.doubt: "tell_more",
    Act.failure: "tell_more",
    Act.none_of_them: "tell_more",
}


def notice_for(understood: Understanding, question: Question) -> str | None:
    """The kind of the notice that replies; None if the message has to be searched for or closes the case."""
    act, said = understood.act, question.after.said
    if understood.questions or act in (Act.question, Act.wants_person, Act.choice):
        return None
    if act is Act.confirmation:
        return None if said is Said.answer else "welcome"
    if act in ALWAYS:
        return ALWAYS[act]
    if said is Said.clarification:
        return None if act is Act.none_of_them else "choose"
    if said is Said.answer and act is Act.doubt:
        return "source"
    if said is Said.answer and act is Act.failure:
        return None
    return WITHOUT_CONTEXT[act]
