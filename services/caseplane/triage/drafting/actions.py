"""What an agent is advised to do, and whether someone else should take over."""

from collections.abc import Iterator, Sequence

from caseplane.triage.drafting.models import Action, ActionKind, Flag, FlagKind, Situation

TOO_OFTEN = 3
"""Open tickets of one customer with which a further one goes up the path."""
_WHOSE = frozenset({"account"})
"""Categories in which something is done for whoever proves to be the customer."""


def escalation_reasons(situation: Situation, flags: Sequence[Flag]) -> tuple[str, ...]:
    """Why the ticket should go up the path now; nothing if the one who has it can answer it."""
    return tuple(_reasons(situation, flags))


def _reasons(situation: Situation, flags: Sequence[Flag]) -> Iterator[str]:
    if situation.critical:
        yield "Its severity is critical."
    if situation.wants_person and situation.negative:
        yield "An upset customer asks for a person."
    again = sum(each.open for each in situation.earlier)
    if again >= TOO_OFTEN:
        yield f"The customer has {again} other open tickets."
    if any(each.same_matter and not each.open for each in situation.earlier) and situation.negative:
        yield "An upset customer writes again about a matter that was closed."
    if any(flag.kind is FlagKind.injection for flag in flags):
        yield "The ticket or a document tries to instruct the assistant."


def suggested(
    situation: Situation,
    *,
    labels: dict[str, str],
    answered: bool,
    escalate: bool,
    flags: Sequence[Flag],
    template: Sequence[str],
) -> tuple[Action, ...]:
    """The suggestions, the most pressing first, each once.

    Args:
        situation: the ticket.
        labels: of fields.
        answered: whether documents answer the ticket.
        escalate: whether it should go up the path.
        flags: of the draft.
        template: further advice, of the template's writer.
    """
    made = _suggested(situation, labels, answered=answered, escalate=escalate, flags=flags, template=template)
    return tuple({action.words: action for action in made}.values())


def _suggested(
    situation: Situation,
    labels: dict[str, str],
    *,
    answered: bool,
    escalate: bool,
    flags: Sequence[Flag],
    template: Sequence[str],
) -> Iterator[Action]:
    if any(flag.kind is FlagKind.injection for flag in flags):
        yield _action(ActionKind.read_with_care, "Read the ticket with care before acting on what it asks.")
    if escalate:
        to = situation.escalation_path[0] if situation.escalation_path else ""
        yield _action(ActionKind.escalate, f"Hand it to {to.replace('_', ' ') or 'the next team'}.", to)
    if situation.incident is not None:
        number = str(situation.incident)
        yield _action(ActionKind.follow_incident, f"Answer it with the incident #{number}.", number)
    for number in map(str, situation.duplicates):
        yield _action(ActionKind.compare, f"Compare it with #{number}, which says the same.", number)
    if situation.category in _WHOSE:
        yield _action(ActionKind.verify_identity, "Verify who the customer is before changing the account.")
    for name in situation.missing:
        yield _action(ActionKind.ask_for, f"Ask for {labels.get(name, name)}.", name)
    for name in situation.invalid:
        yield _action(ActionKind.correct, f"Ask whether {labels.get(name, name)} is right.", name)
    if order := situation.fields.get("order_id"):
        yield _action(ActionKind.look_up, f"Look up {order}.", order)
    for words in template:
        yield _action(ActionKind.look_up, f"{words.rstrip('.')}.")
    if answered:
        yield _action(ActionKind.send_answer, "Check the quoted passages, and send the answer.")
    else:
        yield _action(ActionKind.write_article, "Answer it; if others may ask the same, write an article.")


def _action(kind: ActionKind, words: str, about: str = "") -> Action:
    return Action(kind=kind, about=about, words=words)
