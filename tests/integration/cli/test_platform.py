"""`caseplane tenant`, `keys`, `version`, and how commands fail."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.conftest import Server
from tests.integration.cli.conftest import Cli

from caseplane.core.ids import new_id

pytestmark = pytest.mark.slow


class TestTenant:
    def test_given_a_tenant_when_made_exported_and_erased_then_nothing_of_it_is_left(
        self, operator: Cli, tmp_path: Path
    ) -> None:
        slug = f"t-{new_id()}"
        made = operator.json("tenant", "create", slug, "--name", "Ada & Sons")
        again = operator.json("tenant", "create", slug)
        own = operator.with_environment(CASEPLANE_API_KEY=made["admin_key"])
        own.ok("kb", "create", "mine")
        manifest = own.json("tenant", "export", str(tmp_path / "out"))
        listed = operator.json("tenant", "list")
        erased = operator.json("tenant", "erase", slug, "--yes")

        assert made["admin_key"].startswith("cpk_")
        assert "admin_key" not in again
        assert made["tenant_id"] in {row["tenant_id"] for row in listed}
        assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == manifest
        assert any(
            b"mine" in gzip.decompress(file.read_bytes()) for file in (tmp_path / "out" / "rows").iterdir()
        )
        assert erased["status"] == "erased"
        own.fails(4, "kb", "list")

    def test_given_wrong_input_when_asked_then_one_line_and_a_code_say_so(
        self, operator: Cli, cli: Cli, tmp_path: Path
    ) -> None:
        (tmp_path / "there").write_text("already")

        assert "no tenant 'no-such-tenant'" in operator.fails(3, "tenant", "erase", "no-such-tenant", "--yes")
        operator.fails(2, "tenant", "create", "Not A Slug!")
        assert "not empty" in cli.fails(2, "tenant", "export", str(tmp_path))
        assert "CASEPLANE_PLATFORM_ADMIN_KEY" in cli.fails(2, "tenant", "list")


class TestKeys:
    def test_given_a_key_when_made_used_and_revoked_then_it_is_refused(self, cli: Cli) -> None:
        made = cli.json("keys", "create", "desk", "--role", "agent", "--scope", "tickets:read")
        agent = cli.with_environment(CASEPLANE_API_KEY=made["key"])
        agent.ok("ticket", "list")
        forbidden = agent.fails(4, "keys", "list")
        cli.ok("keys", "revoke", made["key_id"])

        assert "Use a key whose role allows this" in forbidden
        assert "revoked" in agent.fails(4, "ticket", "list")
        (row,) = [row for row in cli.json("keys", "list") if row["key_id"] == made["key_id"]]
        assert row["revoked_at"] is not None
        assert "key" not in row
        cli.fails(3, "keys", "revoke", str(new_id()))
        cli.fails(2, "keys", "create", "x", "--role", "king")


class TestEveryCommand:
    def test_given_no_server_when_asked_then_code_6_and_a_hint(self) -> None:
        nowhere = Cli({"CASEPLANE_GATEWAY_URL": "http://127.0.0.1:1", "CASEPLANE_API_KEY": "cpk_x"})

        assert "Is it running" in nowhere.fails(6, "kb", "list")

    def test_given_half_an_address_when_asked_then_what_is_missing_is_named(self) -> None:
        assert "CASEPLANE_API_KEY" in Cli({"CASEPLANE_GATEWAY_URL": "http://x"}).fails(2, "kb", "list")

    def test_given_an_unknown_key_when_asked_then_code_4(self, cli: Cli) -> None:
        wrong = cli.with_environment(CASEPLANE_API_KEY="cpk_" + "x" * 43)

        assert "no such API key" in wrong.fails(4, "kb", "list")

    def test_given_words_that_do_not_parse_when_run_then_code_2_and_one_line(self) -> None:
        assert "--help" in Cli().fails(2, "kb", "nonsense")
        assert "--help" in Cli().fails(2, "kb", "list", "--nonsense")

    def test_given_only_a_data_folder_when_asked_then_its_server_is_found(self, cli_server: Server) -> None:
        local = Cli({"CASEPLANE_DATA_DIR": str(cli_server.data)})

        assert isinstance(local.json("kb", "list"), list)
        assert local.json("tenant", "list")

    def test_given_the_command_line_when_loaded_then_no_heavy_module_comes_with_it(self) -> None:
        heavy = {"fastapi", "sqlalchemy", "numpy", "openai", "onnxruntime", "httpx", "pydantic_settings"}
        look = "import sys, caseplane.cli.main; print(*sys.modules)"

        ended = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

        assert not heavy & set(ended.stdout.split())

    def test_given_version_when_asked_then_it_is_printed(self) -> None:
        assert Cli().json("version").keys() == {"version"}
        assert Cli().ok("version").startswith("caseplane ")
