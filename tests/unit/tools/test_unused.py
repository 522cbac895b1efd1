"""Unused names are reported by file and line; names that a framework or another file uses are not."""

from pathlib import Path

from tools.unused import unused

SERVICE = """
from dataclasses import dataclass

router = object()


@dataclass
class Ticket:
    read_elsewhere: str


@router.get("/tickets")
def list_tickets() -> list[Ticket]:
    return [used()]


def used() -> Ticket:
    return Ticket("")


def planted() -> None: ...


def only_tested() -> None: ...
"""


class TestUnused:
    def test_given_code_and_tests_when_both_are_read_then_only_what_neither_uses_is_named(
        self, tmp_path: Path
    ) -> None:
        write(tmp_path)

        assert unused(tmp_path, ["services", "tests"]) == ["services/tickets.py:21: unused function planted"]

    def test_given_a_use_in_a_test_when_code_alone_is_read_then_it_does_not_count(
        self, tmp_path: Path
    ) -> None:
        write(tmp_path)

        lines = unused(tmp_path, ["services"])

        assert [line.rpartition(" ")[2] for line in lines] == ["planted", "only_tested"]


def write(root: Path) -> None:
    for folder in ("services", "tests"):
        (root / folder).mkdir()
    (root / "services/tickets.py").write_text(SERVICE)
    (root / "tests/check.py").write_text("from tickets import only_tested\n\nonly_tested()\n")
