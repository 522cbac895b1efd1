"""The part of the demo's story in which the platform learns what it could not answer.

A question that was handed over becomes a gap. An expert writes an article about it, another person approves it, and the
next customer is answered from it. Then the article is taken back, and the question goes to a person again.
"""

from typing import Any

import httpx

from caseplane.local.story import Clients, Show, ask, call, expect, say, until

QUESTION = "How do I connect Caseplane to a Gopher server?"
ANSWER = (
    "To connect Caseplane to a Gopher server, open Connections in the console, choose Gopher, and enter the address of"
    " the server and port 70. Caseplane then mirrors new tickets into its menu."
)
KNOWLEDGE_BASE = "Caseplane documentation"


async def improve(clients: Clients, show: Show) -> None:
    """Play it.

    Raises:
        StoryError: at the first step that does not hold.
    """
    handed = await _handed_over(clients, "dora")
    gap = await _gap(clients)
    show(
        f"The documentation has a gap: {QUESTION}",
        f"reason {handed['reason']}; asked {gap['asked']} times so far",
    )
    article = await _approved(clients, gap)
    show(
        "An expert writes and reviews an article about it; a product owner approves it",
        f"by {', '.join(article['authors'])}, approved by {article['approved_by']}: two different keys",
    )
    article = await _live(clients, article)
    await _answered(clients, show, article)
    await _effect(clients, show, article)
    await _taken_back(clients, show, article)


async def _handed_over(clients: Clients, name: str) -> dict[str, Any]:
    reply = await ask(clients.customer, QUESTION, f"{name}-{clients.run}")
    if reply["status"] == "open" and reply["reply"]:  # one clarifying question is allowed before a handover
        reply = await say(clients.customer, reply["session_id"], "It is a Gopher server, version 1.")
    expect(reply["escalation"], f"“{QUESTION}” was not handed over: {reply}")
    found: dict[str, Any] = reply["escalation"]
    return found


async def _gap(clients: Clients) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        found = await call(clients.expert, "GET", "/gaps", params={"state": "open", "limit": 200})
        same: list[dict[str, Any]] = [gap for gap in found["items"] if "Gopher" in gap["question"]]
        return same[0] if same else None

    gap: dict[str, Any] = await until(look, "The handover did not become a gap.")
    return gap


async def _approved(clients: Clients, gap: dict[str, Any]) -> dict[str, Any]:
    bases = await call(clients.expert, "GET", "/knowledge-bases", params={"name": KNOWLEDGE_BASE})
    body = {
        "knowledge_base_id": bases["items"][0]["id"],
        "gap_id": gap["gap_id"],
        "title": QUESTION,
        "body": ANSWER,
        "questions": [QUESTION],
    }
    article = await call(clients.expert, "POST", "/articles", json=body)
    article = await _step(clients.expert, article, "submit")
    article = await _step(clients.expert, article, "review")
    refused = await clients.expert.post(
        f"/api/v1/articles/{article['article_id']}/approve", json={}, headers=_seen(article)
    )
    expect(refused.status_code == 403, "The expert approved an article of their own.")
    return await _step(clients.owner, article, "approve")


async def _step(client: httpx.AsyncClient, article: dict[str, Any], name: str) -> dict[str, Any]:
    path = f"/articles/{article['article_id']}/{name}"
    found: dict[str, Any] = await call(client, "POST", path, json={}, headers=_seen(article))
    return found


def _seen(article: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{article["version"]}"'}


async def _live(clients: Clients, article: dict[str, Any]) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        path = f"/articles/{article['article_id']}"
        found: dict[str, Any] = await call(clients.expert, "GET", path)
        effect = await call(clients.expert, "GET", f"{path}/effect")
        return found if found["live"] and effect["after"]["asked"] else None

    found: dict[str, Any] = await until(look, "The approved article did not go live.")
    return found


async def _answered(clients: Clients, show: Show, article: dict[str, Any]) -> None:
    reply = await ask(clients.customer, QUESTION, f"emil-{clients.run}")
    said = reply["reply"]
    cited = [each["document_id"] for each in said["citations"]] if said else []
    expect(article["document_id"] in cited, f"The article did not answer its question: {reply}")
    show(f"Another customer asks: {QUESTION}", f"{said['content']}\n— from the article")


async def _effect(clients: Clients, show: Show, article: dict[str, Any]) -> None:
    effect = await call(clients.expert, "GET", f"/articles/{article['article_id']}/effect")
    before, after = effect["before"], effect["after"]
    expect(before["answered"] == 0, f"The question was answered before there was an article: {effect}")
    expect(after["citing"] == after["asked"] == 1, f"The trial does not cite the article: {effect}")
    handed = effect["period_before"]["handed_over"]
    show(
        "The effect of the article",
        f"affected questions answered: {before['answered']} of {before['asked']} before,"
        f" {after['answered']} of {after['asked']} after; handed over before: {handed['count']} of {handed['of']}",
    )


async def _taken_back(clients: Clients, show: Show, article: dict[str, Any]) -> None:
    await _step(clients.owner, article, "rollback")

    async def look() -> bool:
        found = await call(clients.expert, "GET", f"/articles/{article['article_id']}")
        return found["document_id"] is None

    await until(look, "The article did not leave the index.")
    handed = await _handed_over(clients, "frida")
    show(
        "The product owner takes the article back, and the question is asked once more", handed["explanation"]
    )
