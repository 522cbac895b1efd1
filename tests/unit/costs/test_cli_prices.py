"""`caseplane-infra prices refresh` with a server that answers like Azure's."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.unit.costs.test_refresh import FILE, prices, serving
from typer.testing import CliRunner

from caseplane_costs.cli import prices as command
from caseplane_costs.refresh.azure import AzurePrices
from caseplane_costs.refresh.http import RefreshError, RetryingClient
from caseplane_infra.cli.main import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "machines.yaml").write_text(FILE)
    return tmp_path


@pytest.fixture
def _api(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with serving(prices) as server, httpx.Client(timeout=5) as client:
        source = AzurePrices(RetryingClient(client), url=server.url)
        monkeypatch.setattr(command, "source_of", lambda _: source)
        yield


def run(folder: Path, *words: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["prices", "refresh", "azure", "--folder", str(folder), *words])
    assert found.exit_code == code, found.output
    return found.stdout if "--json" in words else found.output


@pytest.mark.usefixtures("_api")
class TestRefresh:
    def test_given_other_prices_when_refreshed_then_shown_and_nothing_written(self, folder: Path) -> None:
        output = run(folder)

        assert "changed  m.one eastus: 0.1 -> 0.11 (+10.0 %)" in output
        assert "1 prices read, 1 changed, 2 not found" in output
        assert (folder / "machines.yaml").read_text() == FILE

    def test_given_write_when_refreshed_then_the_file_has_what_was_shown(self, folder: Path) -> None:
        shown = json.loads(run(folder, "--write", "--json"))

        assert shown["confirmed"] == ["m.one"]
        assert shown["written"] == [str(folder / "machines.yaml")]
        assert "0.11" in (folder / "machines.yaml").read_text()

    def test_given_a_pattern_that_the_api_has_no_price_for_when_refreshed_then_ends_with_1(
        self, folder: Path
    ) -> None:
        assert "m.two: m.two in westeurope: 0 meters fit" in run(folder, "--only", "m.two", code=1)


class TestRefused:
    def test_given_no_credentials_when_refreshed_then_ends_with_2_and_names_them(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(_: str) -> None:
            raise RefreshError("GOOGLE_BILLING_API_KEY is not set")

        monkeypatch.setattr(command, "source_of", refused)

        assert "GOOGLE_BILLING_API_KEY" in run(folder, code=2)
