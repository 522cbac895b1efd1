"""320 made-up tickets, labelled by reading; half of them were held back when words and factors were chosen."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from caseplane.triage.configuration import Configuration
from caseplane.triage.loading import shipped
from caseplane.triage.ticket_text import TicketText, read_ticket

_DATA = Path(__file__).with_name("data")
PRODUCTS = (
    "Aurora Router X2",
    "Nimbus Backup",
    "Pixel Frame 10",
    "CloudDesk",
    "Helio Lamp",
    "Terra Scale",
    "Vault Manager Pro",
    "Echo Headset",
)


@dataclass(frozen=True)
class Labelled:
    text: TicketText
    category: str
    severity: str
    language: str
    fields: dict[str, list[str]]


def labelled(which: Literal["tuned_on", "held_back"]) -> list[Labelled]:
    lines = (_DATA / f"tickets_{which}.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Labelled(
            read_ticket(row["subject"], row["body"]),
            row["category"],
            row["severity"],
            row["language"],
            row["fields"],
        )
        for row in map(json.loads, lines)
    ]


def configuration() -> Configuration:
    """The shipped configuration, with a catalogue."""
    found = shipped()
    product = found.fields["product_name"].model_copy(update={"catalogue": PRODUCTS})
    return found.model_copy(update={"fields": {**found.fields, "product_name": product}})
