"""A model that a cloud does not offer is refused before anything is made, unless the stack file insists."""

from typing import Any

import pytest
from tests.integration.infra.stacks import config_of, settings_of

from caseplane_infra.models import check_models
from caseplane_infra.settings import SettingsError


def _check(stack: str, **llm: Any) -> None:
    check_models(settings_of(config_of(stack, llm=llm)))


class TestCheckModels:
    @pytest.mark.parametrize("cloud", ["aws", "azure", "gcp"])
    @pytest.mark.parametrize("environment", ["dev", "stage", "prod"])
    def test_given_a_stack_of_this_repository_when_checked_then_accepted(
        self, cloud: str, environment: str
    ) -> None:
        _check(f"{cloud}-{environment}")

    @pytest.mark.parametrize(
        ("stack", "llm", "fault"),
        [
            ("aws-dev", {"answer": {"name": "gpt-0"}}, r"llm\.answer\.name: 'gpt-0' is not known"),
            ("azure-dev", {"region": "northeurope"}, r"llm\.answer\.name: .* is not offered in northeurope"),
            ("azure-dev", {"embedding": {"name": "gpt-5.4-mini"}}, r"llm\.embedding\.name: .* is not known"),
            ("gcp-dev", {"region": "us-central1"}, r"set llm\.region to one of global"),
            ("aws-dev", {"embedding_dimension": 1_536}, r"embedding_dimension: 1536; .* 256, 512, 1024"),
            ("gcp-dev", {"embedding_dimension": 3_073}, r"embedding_dimension: 3073; .* up to 3072"),
        ],
    )
    def test_given_model_that_is_not_offered_when_checked_then_refused_with_what_to_do(
        self, stack: str, llm: dict[str, Any], fault: str
    ) -> None:
        with pytest.raises(SettingsError, match=fault):
            _check(stack, **llm)

    def test_given_unlisted_model_when_checked_then_accepted_with_a_warning(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        warnings: list[str] = []
        # Where it goes depends on the engine that another test may have left in this process.
        monkeypatch.setattr("pulumi.log.warn", warnings.append)

        _check("aws-dev", answer={"name": "eu.example.new-1:0", "unlisted": True})

        (warning,) = warnings
        assert "llm.answer.name: 'eu.example.new-1:0' is not known" in warning

    def test_given_unlisted_model_without_version_on_azure_when_checked_then_refused(self) -> None:
        with pytest.raises(SettingsError, match=r"llm\.answer\.version: gpt-9 is not in our list"):
            _check("azure-dev", answer={"name": "gpt-9", "unlisted": True})
