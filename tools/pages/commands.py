"""Generates the command reference from the commands."""

from collections.abc import Iterator
from typing import Any

import typer

from tools.pages.marks import with_generated


def commands() -> Iterator[tuple[str, Any]]:
    """Every command without subcommands, with its full name, in the order of the help."""
    from caseplane.cli.main import app

    yield from _walk("caseplane", typer.main.get_command(app))


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield name, command
        return
    for child, found in children.items():
        yield from _walk(f"{name} {child}", found)


def usage(name: str, command: Any) -> str:
    """The command with its arguments: `caseplane kb ingest PATH [OPTIONS]`."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    shown = [p.name.upper() if p.required else f"[{p.name.upper()}]" for p in arguments]
    options = any(p.param_type_name == "option" and not p.hidden for p in command.params)
    return " ".join([name, *shown, *(["[OPTIONS]"] if options else [])])


def rows(command: Any) -> Iterator[str]:
    for param in command.params:
        if getattr(param, "hidden", False):
            continue
        if param.param_type_name == "argument":
            name = f"`{param.name.upper()}`"
        else:
            name = ", ".join(f"`{opt}`" for opt in [*param.opts, *param.secondary_opts])
        said = (param.help or "").replace("|", "\\|").replace("\n", " ")
        shown = param.default
        known = isinstance(shown, int | float | str) and not isinstance(shown, bool) and shown != ""
        default = f" Default: `{shown}`." if known else ""
        yield f"| {name} | {said}{default} |"


def section(name: str, command: Any) -> str:
    said = (command.help or "").split("\n\n")[0].replace("\n", " ").strip()
    lines = list(rows(command))
    table = "\n\n| Argument | Meaning |\n|---|---|\n" + "\n".join(lines) if lines else ""
    return f"### `{name}`\n\n{said}\n\n```text\n{usage(name, command)}\n```{table}"


def generated() -> str:
    return "\n\n".join(section(name, command) for name, command in commands())


def render() -> str:
    return with_generated("docs/command-line.md", generated())
