"""The demo's story on a running server, twice: the second time the platform has learnt from the first."""

import asyncio
from pathlib import Path

import httpx
import pytest
from tests.e2e.conftest import Server

from caseplane.cli.ingest import ingest_folder_for_demo
from caseplane.local import demo


@pytest.mark.slow
def test_given_a_running_server_when_the_story_is_played_twice_then_every_step_holds(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEPLANE_DATA_DIR", str(server.data))
    shown: list[str] = []

    for _ in range(2):
        asyncio.run(demo.check(ingest=ingest_folder_for_demo, show=lambda what, _: shown.append(what)))

    assert sum(step.startswith("Another tenant looks") for step in shown) == 2
    assert sum(step.startswith("The product owner takes the article back") for step in shown) == 2


def test_given_no_server_when_checked_then_the_error_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEPLANE_DATA_DIR", str(tmp_path))

    with pytest.raises(demo.NoServerError, match="make demo"):
        asyncio.run(demo.check(ingest=ingest_folder_for_demo, show=lambda *_: None))


@pytest.mark.slow
def test_given_a_server_when_a_second_starts_on_its_folder_then_it_names_the_running_server(
    server: Server,
) -> None:
    with pytest.raises(RuntimeError, match="already runs"):
        Server(server.data, {}).start()


@pytest.mark.slow
def test_given_a_running_server_when_the_page_is_asked_for_then_it_loads_nothing_from_elsewhere(
    server: Server,
) -> None:
    with httpx.Client(base_url=server.url) as browser:
        page = browser.get("/")
        script = browser.get("/chat.js")

    assert page.status_code == script.status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert (
        "default-src 'self'" in page.headers["content-security-policy"]
        or "default-src 'none'" in page.headers["content-security-policy"]
    )
