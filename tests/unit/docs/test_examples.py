"""Every example of the documentation is well-formed, and every setting that a page names exists."""

import ast
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from tests.unit.docs.examples import Example, examples, pages
from tools.pages import configuration

VARIABLE = re.compile(r"CASEPLANE_[A-Z0-9_]*[A-Z0-9]")
# Read by the composition root or by examples themselves, not by a settings class.
OTHERS = {
    "CASEPLANE_CONFIG",
    "CASEPLANE_DATA_DIR",
    "CASEPLANE_API_KEY",
    "CASEPLANE_DEBUG",
    "CASEPLANE_LOCAL_TENANT",
}


def known_variables() -> set[str]:
    """Every variable that a settings class reads, models within models too."""
    found = set(OTHERS)
    for cls in configuration.settings_classes():
        found |= {name for name in _names(cls, configuration.prefix(cls))}
    return found


def _names(cls: type[BaseModel], start: str, depth: int = 0) -> set[str]:
    found = set()
    for name, field in cls.model_fields.items():
        model = configuration.model_of(field.annotation)
        if model is None:
            found.add(f"{start}{name.upper()}")
        elif depth < 2:
            found |= _names(model, f"{start}{name.upper()}__", depth + 1)
    return found


class TestExamples:
    @pytest.mark.parametrize("example", list(examples()), ids=str)
    def test_given_code_block_when_parsed_then_it_is_well_formed(self, example: Example) -> None:
        match example.language:
            case "sh":
                checked = subprocess.run(["bash", "-n"], input=example.code, text=True, capture_output=True)
                assert checked.returncode == 0, checked.stderr
            case "python":
                ast.parse(example.code)
            case "json":
                json.loads(example.code)
            case "toml":
                tomllib.loads(example.code)
            case "yaml":
                list(yaml.safe_load_all(example.code))
            case language:
                assert language in ("sql", "text", "mermaid"), "name the block's language"

    def test_given_block_to_be_run_when_read_then_it_is_shell_or_python(self) -> None:
        languages = {example.language for example in examples() if example.tested}

        assert languages == {"sh", "python"}


class TestVariables:
    # The configuration page itself is generated, with a placeholder in the names of roles.
    @pytest.mark.parametrize(
        "page", [page for page in pages() if page.name != "configuration.md"], ids=lambda page: page.name
    )
    def test_given_page_when_it_names_a_variable_then_something_reads_it(self, page: Path) -> None:
        named = set(VARIABLE.findall(page.read_text(encoding="utf-8")))
        known = known_variables()
        prefixes = {configuration.prefix(cls).strip("_") for cls in configuration.settings_classes()}

        assert {name for name in named if name not in known and name not in prefixes} == set()
