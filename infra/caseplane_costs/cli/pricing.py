"""From a command's options to stacks and their estimates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from caseplane_costs import catalog, estimate, previews, usage
from caseplane_costs.levers.edits import Case
from caseplane_costs.lines import Estimate
from caseplane_costs.options import Commitment, Options
from caseplane_costs.previews import PreviewError
from caseplane_costs.stacks import Stack

Preview = Callable[[str], Stack]
"""Previews a stack by its name.

Raises:
    PreviewError: there is no such stack, or its program failed.
"""
Notices = Callable[[Stack], Sequence[str]]
"""What ends soon of what a stack is built on; empty for a stack without its stack file."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """What the commands ask of the program whose stacks they price."""

    preview: Preview
    notices: Notices


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """How a command prices stacks."""

    usage: Path | None
    region: str
    commitment: Commitment
    people: bool = False
    notices: Notices = lambda _: ()

    def case(self, stack: Stack) -> Case:
        """A stack with its use and its options."""
        options = Options(commitment=self.commitment, people=self.people)
        return Case(stack=stack, usage=usage.of(stack, self.usage), options=options)

    def estimator(self, stack: Stack) -> Callable[[Case], Estimate]:
        """Prices cases of a stack's cloud and region."""
        prices = catalog.load(stack.cloud)
        region = self.region or stack.region
        if not region and stack.cloud != "local":
            raise PreviewError(f"The file does not have the region of {stack.name}; set it with --region.")
        return lambda case: estimate.estimate(
            case.stack, region=region, usage=case.usage, catalog=prices, options=case.options
        )

    def estimate(self, stack: Stack) -> Estimate:
        priced = self.estimator(stack)(self.case(stack))
        return replace(priced, warnings=(*priced.warnings, *self.notices(stack)))

    def of_file(self, path: Path) -> Estimate:
        """Price the stack of a preview or an export."""
        return self.estimate(previews.read(path))


def stack_of(context: typer.Context, preview: Path | None, export: Path | None, name: str) -> Stack:
    """The stack that a command is about.

    Args:
        context: of the command; its object is a `Program`.
        preview: file of `--preview`.
        export: file of `--export`.
        name: of `--stack`.

    Raises:
        PreviewError: none or several are named, or the file is not a preview or export of this program.
    """
    if sum(map(bool, (preview, export, name))) != 1:
        raise PreviewError("Name one of --preview FILE, --export FILE and --stack NAME.")
    path = preview or export
    if path:
        return previews.read(path)
    program: Program = context.obj
    return program.preview(name)
