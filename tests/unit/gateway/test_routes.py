"""Which service serves a path."""

import pytest

from caseplane.core.service import Manifest, Services

TWO = Services(
    [
        Manifest(name="one", summary="", schema="one", areas=("tickets",)),
        Manifest(name="two", summary="", schema="two", areas=("drafts",), within=("tickets/*/draft",)),
    ]
)


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("tickets", "one"),
        ("tickets/5", "one"),
        ("tickets/5/draft", "two"),
        ("tickets/{ticket_id}/draft", "two"),
        ("tickets/5/draft/x", "one"),
        ("drafts/5", "two"),
        ("others", None),
    ],
)
def test_given_paths_within_an_area_of_another_when_asked_then_the_more_exact_owner_serves(
    path: str, owner: str | None
) -> None:
    assert TWO.owner_of(path) == owner
