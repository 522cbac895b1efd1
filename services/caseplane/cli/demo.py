"""`caseplane demo`: the platform on this machine with a demo tenant."""

import asyncio

from rich.console import Console
from rich.markup import escape

from caseplane.cli.exits import run_server
from caseplane.local import demo as demo_tenant
from caseplane.local.story import Show, StoryError


def demo(*, check: bool, host: str, port: int, ingest: demo_tenant.Ingest) -> int:
    """Run the demo until it is stopped, or with `check` play its story against the running server.

    Returns:
        The exit code: 1 if a step of the story did not hold.
    """
    out = Console(highlight=False)
    steps = 0

    def show(what: str, evidence: str) -> None:
        nonlocal steps
        steps += 1
        out.print(f"\n[bold]{steps}. {escape(what)}[/bold]")
        for line in evidence.splitlines():
            out.print(f"   {escape(line)}", soft_wrap=True)

    try:
        if check:
            asyncio.run(demo_tenant.check(ingest=ingest, show=show))
            out.print("\n[green]Every step of the story holds.[/green]")
        else:
            run_server(_run(host, port, ingest, show, out))
    except StoryError as exc:
        out.print(f"\n[red]The story broke:[/red] {escape(str(exc))}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


async def _run(host: str, port: int, ingest: demo_tenant.Ingest, show: Show, out: Console) -> None:
    out.print("Starting Caseplane. The first start makes a database and a model; that takes half a minute.")
    async with demo_tenant.running_demo(host=host, port=port, ingest=ingest, show=show) as (demo, stopped):
        await demo_tenant.play_story(demo, show)
        out.print("\n[bold]Try it yourself[/bold]")
        out.print(f"   as a customer: {demo.url}/#key={demo.customer_key}&customer=you", soft_wrap=True)
        out.print(f"   with the desk: {demo.url}/#key={demo.agent_key}&customer=you", soft_wrap=True)
        out.print(
            f"   data lies in {demo.folder.path} and is kept; a second start goes on with it", soft_wrap=True
        )
        out.print("   stop with Ctrl-C; `caseplane demo --check` in another terminal plays the story again")
        await stopped()
