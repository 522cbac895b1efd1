"""Written dialogues on a real server with a real index: what each message does, and what is said to it."""

import asyncio
from pathlib import Path

import httpx
import pytest
from tests.e2e.conftest import Server
from tests.e2e.dialogues.playing import Dialogue, Player, read_dialogues

from caseplane.cli.ingest import ingest_folder_for_demo

HERE = Path(__file__).parent / "dialogues"
DIALOGUES = list(read_dialogues(HERE / "dialogues.txt"))


@pytest.fixture(scope="module")
def admin_key(server: Server) -> str:
    return server.new_tenant()


@pytest.fixture(scope="module")
def knowledge_base(server: Server, admin_key: str) -> str:
    """The pages that the dialogues are about."""

    async def fill() -> str:
        headers = {"Authorization": f"Bearer {admin_key}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=90) as admin:
            made = await admin.post("/api/v1/knowledge-bases", json={"name": "Help"})
            await ingest_folder_for_demo(admin, made.json()["id"], HERE / "pages")
            return str(made.json()["id"])

    return asyncio.run(fill())


def test_given_the_dialogues_when_counted_then_there_are_sixty_of_three_turns_in_seven_languages() -> None:
    long_enough = [dialogue for dialogue in DIALOGUES if dialogue.turns >= 3]

    assert len(long_enough) >= 60


@pytest.mark.slow
@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.name)
def test_given_a_dialogue_when_played_then_every_reply_is_as_written(
    dialogue: Dialogue, server: Server, admin_key: str, knowledge_base: str
) -> None:
    with server.client(admin_key) as admin:
        wrong = Player(admin, dialogue, knowledge_base).play()

    assert wrong == []
