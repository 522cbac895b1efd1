"""Previews a stack for the commands about costs."""

from pulumi import automation

from caseplane_costs.previews import PreviewError, from_events
from caseplane_costs.stacks import PROJECT, Stack
from caseplane_infra.cli.engine import EngineError, asked


def preview(name: str) -> Stack:
    """Preview a stack of the project in the working folder, which asks Pulumi and the cloud.

    The program runs in this process, so that its resources are those of this very version.

    Raises:
        PreviewError: the engine is missing or did not succeed.
    """
    try:
        with asked():
            return _previewed(name)
    except EngineError as exc:
        raise PreviewError(str(exc)) from None


def _previewed(name: str) -> Stack:
    from caseplane_infra import program  # the clouds' SDKs are not for those who bring a file

    events: list[automation.EngineEvent] = []
    chosen = automation.select_stack(
        name,
        project_name=PROJECT,
        program=program.run,
        opts=automation.LocalWorkspaceOptions(work_dir="."),
    )
    chosen.preview(on_event=events.append, color="never")
    config = {key: each.value for key, each in chosen.get_all_config().items() if not each.secret}
    return from_events(events, config)
