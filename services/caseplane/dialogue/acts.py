"""What a customer's message does in a conversation, and what it may refer to."""

from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What a message does. Whatever is not surely one of the others is a question."""

    question = "question"
    """It asks or reports something: it is searched for."""
    announcement = "announcement"
    """It says that a question will come ("I have a question"), and asks nothing yet."""
    greeting = "greeting"
    farewell = "farewell"
    asks_about_assistant = "asks_about_assistant"
    thanks = "thanks"
    confirmation = "confirmation"
    """The problem is solved."""
    acknowledgement = "acknowledgement"
    """It was read ("ok"); whether it helped remains open."""
    doubt = "doubt"
    """The customer does not trust what was said, and wants to see where it stands."""
    failure = "failure"
    """What was said did not help."""
    wants_person = "wants_person"
    choice = "choice"
    """It takes one or several of the offered choices."""
    none_of_them = "none_of_them"
    """It takes none of the offered choices."""


class Said(StrEnum):
    """What was last said to the customer, small talk left out."""

    nothing = "nothing"
    answer = "answer"
    clarification = "clarification"
    handoff = "handoff"
    person = "person"
    closing = "closing"


@dataclass(frozen=True, slots=True)
class After:
    """What a message may refer to.

    Attributes:
        said: what was last said to the customer.
        choices: labels that the clarifying question offered, in their order.
    """

    said: Said = Said.nothing
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message does.

    Attributes:
        act: what decides on the reply.
        acts: everything that it does, in order: "Thanks! And how do I export?" thanks and asks.
        questions: what is to be searched for, in the customer's words, each by itself; empty if nothing is.
        picks: places of the chosen choices, from 0, in the customer's order.
        beside: what is said beside a pick and asks nothing ("the second one, on Windows").
        language: ISO 639-1 code that the small talk shows; None if it shows none, or several.
    """

    act: Act
    acts: tuple[Act, ...] = ()
    questions: tuple[str, ...] = ()
    picks: tuple[int, ...] = ()
    beside: str = ""
    language: str | None = None
