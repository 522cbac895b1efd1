"""`caseplane demo`: starts the platform, ingests this project's documentation for the demo tenant, runs the story."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from caseplane.core.clock import utcnow
from caseplane.gateway.pages import console
from caseplane.local.data import DataFolder, Endpoint
from caseplane.local.loop import improve
from caseplane.local.platform import (
    Begin,
    PortBusyError,
    ensure_tenant,
    open_platform,
    platform_key,
    reserve,
    serving,
    sign_in_link,
)
from caseplane.local.story import Clients, Show, StoryError, call, play

DEMO_TENANT = "demo"
OTHER_TENANT = "demo-neighbour"
KNOWLEDGE_BASE = "Caseplane documentation"
USUAL_PORT = 8080
STORY = "demo"
"""Name of the note that the story was played."""

Ingest = Callable[[httpx.AsyncClient, str, Path], Awaitable[str]]
"""Ingests a folder into a knowledge base, given its id, and returns a line about the result."""


class NoServerError(StoryError):
    """`demo --check` found no running server."""


def documentation() -> Path:
    """The documentation folder of this installation."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "docs", here.parents[3] / "docs"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("The documentation did not come with this installation.")


@dataclass(frozen=True)
class Demo:
    """A server with the demo tenant on it, and the keys of those who act in it."""

    url: str
    folder: DataFolder
    customer_key: str
    agent_key: str
    expert_key: str
    owner_key: str


@asynccontextmanager
async def running_demo(
    *, host: str, port: int | None, ingest: Ingest, show: Show, begin: Begin
) -> AsyncIterator[tuple[Demo, Callable[[], Awaitable[None]]]]:
    """Start the platform and serve it; yields the demo and a function that waits for the server's end.

    Args:
        host: to listen on.
        port: likewise; None takes the usual one, or if that is in use any that is free.
        ingest: brings the documentation in.
        show: is told each step.
        begin: is told what takes a while.
    """
    folder = DataFolder()
    folder.refuse_if_served()
    sock = _reserve(host, port, show)
    fresh = not folder.database.exists()
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(open_platform(folder, begin=begin))
        task = await stack.enter_async_context(
            serving(platform, host=host, port=port or 0, tenant=DEMO_TENANT, listening=sock)
        )
        endpoint = folder.endpoint()
        assert endpoint is not None
        show(
            "The platform is up" + ("" if fresh else " again, with its data"),
            f"one process, PostgreSQL inside, at {endpoint.url}",
        )

        async def stopped() -> None:
            await task

        yield await set_up(folder, endpoint, ingest=ingest, show=show), stopped


def _reserve(host: str, port: int | None, show: Show) -> socket.socket:
    if port is not None:
        return reserve(host, port)
    try:
        return reserve(host, USUAL_PORT)
    except PortBusyError:
        sock = reserve(host, 0)
        show(
            f"Port {USUAL_PORT} is in use, so this demo takes {sock.getsockname()[1]}",
            "choose one yourself with `make demo PORT=…` or `caseplane demo --port …`",
        )
        return sock


def told(folder: DataFolder) -> bool:
    """Whether the story was played to its end on these data."""
    return folder.noted(STORY) is not None


async def set_up(folder: DataFolder, endpoint: Endpoint, *, ingest: Ingest, show: Show) -> Demo:
    """Create those of the demo's tenants, keys and knowledge base that are missing on a running server."""
    async with _client(endpoint, platform_key(folder, endpoint)) as platform_admin:
        admin_key = await ensure_tenant(platform_admin, folder, DEMO_TENANT, "Demo")
        await _allow_chat(platform_admin, admin_key, endpoint.url)
        await ensure_tenant(platform_admin, folder, OTHER_TENANT, "A neighbour of the demo")
    async with _client(endpoint, admin_key) as admin:
        customer = await _ensure_key(admin, folder, "customer")
        agent = await _ensure_key(admin, folder, "agent")
        expert = await _ensure_key(admin, folder, "sme")
        owner = await _ensure_key(admin, folder, "product_owner")
        bases = await call(admin, "GET", "/knowledge-bases")
        known = [base["id"] for base in bases["items"] if base["name"] == KNOWLEDGE_BASE]
        if not known:
            made = await call(admin, "POST", "/knowledge-bases", json={"name": KNOWLEDGE_BASE})
            known = [made["id"]]
        summary = await ingest(admin, known[0], documentation())
        show("The demo tenant knows this project's documentation", summary)
    return Demo(endpoint.url, folder, customer, agent, expert, owner)


async def _allow_chat(platform_admin: httpx.AsyncClient, admin_key: str, origin: str) -> None:
    """Let the demo's own page have the chat."""
    me = await call(platform_admin, "GET", "/me", headers={"Authorization": f"Bearer {admin_key}"})
    widget = {"origins": [origin], "name": "Caseplane help", "greeting": "Hello! Ask me about Caseplane."}
    path = f"/tenants/{me['tenant_id']}"
    await call(platform_admin, "PATCH", path, json={"settings": {"widget": widget}})


async def play_story(demo: Demo, show: Show) -> None:
    """Run the story on the demo's server.

    Raises:
        StoryError: at the first step that does not hold.
    """
    endpoint = Endpoint(url=demo.url, pid=0)
    admin_key, other_key = (demo.folder.key_of(t) or "" for t in (DEMO_TENANT, OTHER_TENANT))
    async with (
        _client(endpoint, admin_key) as admin,
        _client(endpoint, demo.customer_key) as customer,
        _client(endpoint, demo.agent_key) as agent,
        _client(endpoint, other_key) as other_tenant,
        _client(endpoint, demo.expert_key) as expert,
        _client(endpoint, demo.owner_key) as owner,
    ):
        clients = Clients(admin, customer, agent, other_tenant, expert, owner)
        await play(clients, show)
        await improve(clients, show)
    demo.folder.note(STORY, utcnow().isoformat())


async def links(demo: Demo) -> tuple[str, str]:
    """Where a customer asks and where an agent answers: the chat and the console, or the plain page for both."""
    if console() is None:
        plain = f"{demo.url}/#customer=you&key="
        return plain + demo.customer_key, plain + demo.agent_key
    async with _client(Endpoint(url=demo.url, pid=0), demo.agent_key) as agent:
        desk = await sign_in_link(agent, demo.url)
    return (
        f"{demo.url}/try.html?organisation={DEMO_TENANT}",
        f"{desk} (good once; `caseplane console` prints another)",
    )


async def check(*, ingest: Ingest, show: Show) -> None:
    """Run the story against the server of the data folder.

    Raises:
        NoServerError: no server runs.
        StoryError: at the first step that does not hold.
    """
    folder = DataFolder()
    endpoint = folder.endpoint()
    if endpoint is None:
        raise NoServerError(f"No server runs on {folder.path}; start one with `make demo`.")
    await play_story(await set_up(folder, endpoint, ingest=ingest, show=show), show)


def _client(endpoint: Endpoint, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=endpoint.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)


async def _ensure_key(admin: httpx.AsyncClient, folder: DataFolder, role: str) -> str:
    """A key of the demo tenant for one role, stored in the folder."""
    name = f"{DEMO_TENANT}/{role}"
    known = folder.key_of(name)
    if known is None:
        made = await call(admin, "POST", "/api-keys", json={"name": f"demo {role}", "roles": [role]})
        known = str(made["key"])
        folder.remember_key(name, known)
    return known
