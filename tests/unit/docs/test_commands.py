"""No page names a command that does not exist."""

from pathlib import Path

import pytest
from tests.unit.docs.examples import examples, mentions, pages
from tools.pages.commands import commands


def called(line: str) -> str:
    """The command that a line calls, without its arguments: `caseplane kb ingest`."""
    known = {name for name, _ in commands()}
    words = line.split()
    words = words[words.index("caseplane") :]
    for length in range(len(words), 1, -1):
        if " ".join(words[:length]) in known:
            return " ".join(words[:length])
    return ""


class TestMentions:
    @pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
    def test_given_page_when_it_names_a_command_then_the_command_exists(self, page: Path) -> None:
        groups = {name.rsplit(" ", 1)[0] for name, _ in commands()}
        found = [m for m in mentions(page) if m.startswith("caseplane ") and m not in groups]

        assert [m for m in found if not called(m)] == []

    def test_given_examples_when_they_call_the_command_then_it_exists(self) -> None:
        lines = [
            (str(example), line)
            for example in examples()
            if example.language == "sh"
            for line in example.code.splitlines()
            if line.startswith("caseplane ")
        ]

        assert [found for found in lines if not called(found[1])] == []
        assert lines
