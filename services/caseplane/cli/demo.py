"""`caseplane demo`: the platform on this machine with a demo tenant."""

import asyncio
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from caseplane.cli.exits import CommandError, Exit, run_server
from caseplane.local import demo as demo_tenant
from caseplane.local.data import DataFolder
from caseplane.local.story import StoryError

COMMAND = ".venv/bin/caseplane" if Path(".venv/bin/caseplane").exists() else "caseplane"


class Stage:
    """Shows people what happens: the steps of the story, and what they wait for with its seconds."""

    def __init__(self) -> None:
        self.out = Console(highlight=False)
        self._began = time.perf_counter()
        self._steps = 0
        self._waiting: tuple[str, float, Status] | None = None

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def say(self, text: str) -> None:
        self.out.print(f"   {escape(text)}", soft_wrap=True)

    def begin(self, what: str) -> None:
        """Something that takes a while."""
        self.end()
        status = self.out.status(f"{what} …")
        if self.out.is_terminal:
            status.start()
        else:
            self.say(f"{what} …")
        self._waiting = (what, time.perf_counter(), status)

    def end(self) -> None:
        """It is done."""
        if self._waiting is None:
            return
        what, began, status = self._waiting
        self._waiting = None
        if self.out.is_terminal:
            status.stop()
            self.say(f"{what}: {time.perf_counter() - began:.1f} s")

    def show(self, what: str, evidence: str) -> None:
        """A step, and what proves it."""
        self.end()
        self._steps += 1
        self.out.print(f"\n[bold]{self._steps}. {escape(what)}[/bold]")
        for line in evidence.splitlines():
            self.say(line)


def demo(
    *, check: bool, host: str, port: int | None, reset: bool, yes: bool, ingest: demo_tenant.Ingest
) -> int:
    """Run the demo until it is stopped, or with `check` play its story against the running server.

    Returns:
        The exit code: 1 if a step of the story did not hold.
    """
    stage = Stage()
    try:
        if check:
            asyncio.run(demo_tenant.check(ingest=ingest, show=stage.show))
            stage.out.print("\n[green]Every step of the story holds.[/green]")
            return 0
        if reset:
            _reset(yes=yes)
        return run_server(_run(host, port, ingest, stage)) or Exit.ok
    except StoryError as exc:
        _broke(stage, exc)
        return 1
    except KeyboardInterrupt:
        stage.end()
        stage.out.print("\nStopped. The data are kept; the next start goes on with them.")
        return 0


def _reset(*, yes: bool) -> None:
    import typer

    folder = DataFolder()
    folder.refuse_if_served()
    if not folder.database.exists():
        return
    what = f"the demo and every other local tenant in {folder.path}, with documents and conversations"
    if not yes and not typer.confirm(f"Delete {what}?"):
        raise CommandError("Nothing was deleted.", Exit.interrupted)
    folder.clear()


def _broke(stage: Stage, exc: StoryError) -> None:
    stage.end()
    stage.out.print(f"\n[red]The story broke:[/red] {escape(str(exc))}", soft_wrap=True)


async def _run(host: str, port: int | None, ingest: demo_tenant.Ingest, stage: Stage) -> int:
    folder, code = DataFolder(), 0
    again = demo_tenant.told(folder)
    first = (
        "" if folder.database.exists() else " The first start makes a database and a model: half a minute."
    )
    stage.out.print(f"Starting Caseplane on {escape(str(folder.path))}.{first}", soft_wrap=True)
    async with demo_tenant.running_demo(
        host=host, port=port, ingest=ingest, show=stage.show, begin=stage.begin
    ) as (demo, stopped):
        if again:
            stage.show(
                "The story was told before", f"`{COMMAND} demo --check` in another terminal tells it again"
            )
        else:
            try:
                await demo_tenant.play_story(demo, stage.show)
            except StoryError as exc:  # the platform is up all the same
                _broke(stage, exc)
                code = 1
        await _say_what_runs(demo, stage)
        await stopped()
    return code


async def _say_what_runs(demo: demo_tenant.Demo, stage: Stage) -> None:
    customer, desk = await demo_tenant.links(demo)
    stage.out.print(f"\n[bold]Running, {stage.seconds:.0f} s after the start[/bold]")
    for name, value in (
        ("customer", customer),
        ("desk", desk),
        (
            "API",
            f"{demo.url}/docs describes it; the keys above work there, {demo.folder.path}/keys.json has the admin's",
        ),
        (
            "ask",
            f'{COMMAND} ask "How do I rotate the secret of a webhook?" asks this server and the tenant demo',
        ),
        (
            "data",
            f"{demo.folder.path}, kept; the next start goes on with it, `make demo RESET=1` begins anew",
        ),
        ("stop", "Ctrl-C here"),
    ):
        stage.say(f"{name:<9} {value}")
