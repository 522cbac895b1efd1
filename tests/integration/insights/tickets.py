"""Files of tickets about a few topics, as a desk would export them."""

import csv
import io

TOPICS = {
    "card": "my bank card has not arrived in the post {}",
    "refund": "I want a refund for the {} that I sent back",
    "password": "I forgot the password of my account {} and cannot log in",
    "parcel": "the courier lost the parcel with my {}",
}
THINGS = (
    "since monday,for two weeks,after the holidays,red shoes,blue kettle,garden chair,phone case,winter coat,"
    "desk lamp,coffee machine,running shirt,wooden shelf,travel bag,desk clock,fleece jacket,ceramic bowl"
).split(",")


def export(each: int = 16, *, begin: int = 0, topics: tuple[str, ...] = tuple(TOPICS)) -> str:
    """A CSV file in the form of a Zendesk view, `each` tickets of each topic."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["ID", "Subject", "Requester", "Status", "Created at", "Solved at", "Plan"])
    for place, topic in enumerate(topics):
        for number in range(begin, begin + each):
            subject = TOPICS[topic].format(THINGS[number % len(THINGS)])
            month = number % 12 + 1
            solved = f"2025-{month:02d}-20 10:00" if number % 2 else ""
            writer.writerow(
                [
                    f"{place}{number:05d}",
                    subject,
                    f"c{number}@example.com",
                    "open",
                    f"2025-{month:02d}-03 09:30",
                    solved,
                    "gold",
                ]
            )
    return out.getvalue()
