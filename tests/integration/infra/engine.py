"""The real Pulumi engine under test: Automation API, file backend, providers of ours attached.

Nothing is shared with the machine's own Pulumi: home, state and passphrase are in a temporary folder, and the CLI
may neither look for updates nor fetch plugins.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi import automation as auto
from pulumi.automation import events

# The argument of a subclass of `Stack`; it has no public name.
from pulumi.automation._stack import StackInitMode
from pulumi.runtime import settings as program_settings
from pulumi.runtime import stack as program_end
from pulumi.runtime.proto import ResourceProviderServicer
from tests.integration.infra.simulator.cloud import Record
from tests.integration.infra.simulator.serving import served

PASSPHRASE = "a passphrase for tests"
SECRET = "[secret]"
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key of special values, such as secrets, in the state."""
CONNECTION_LOST = "Resource monitor has terminated"
"""The error of a program that lost its connection to a running command line: seen once, on a busy machine. A user runs
the command again. (A killed command line prints nothing.)"""
QUIET_SECONDS = 0.5
Program = Callable[[], None]


class EngineError(Exception):
    """An operation failed; the text is what a user would read: errors and violated policies."""

    def __init__(self, outcome: "Outcome", output: str) -> None:
        broken = [
            f"{each.policy_name} ({each.enforcement_level}): {each.message}" for each in outcome.policies
        ]
        super().__init__("\n".join([*outcome.diagnostics, *broken]) or output)
        self.outcome, self.output = outcome, output


@dataclass
class Outcome:
    """The result of an operation."""

    operation: str
    changes: Counter[str] = field(default_factory=Counter)
    """Steps by kind: `create`, `update`, `replace`, `delete`, `same` …"""
    steps: dict[str, str] = field(default_factory=dict)
    """The kind of each URN's step, without unchanged ones."""
    diagnostics: list[str] = field(default_factory=list)
    """Error messages."""
    policies: list[events.PolicyEvent] = field(default_factory=list)
    """Violations, advisory ones too."""
    outputs: dict[str, Any] = field(default_factory=dict)
    """The stack's outputs after `up`; a secret one is `SECRET`, see `Engine.outputs` for its text."""
    seconds: float = 0.0

    @property
    def changed(self) -> int:
        """How many resources were or would be touched."""
        return sum(count for kind, count in self.changes.items() if kind != "same")


class _Stack(auto.Stack):
    """Omits two further CLI calls after each operation: the harness reads state and events itself."""

    def outputs(self) -> auto.OutputMap:
        return {}

    def info(self, show_secrets: bool | None = None) -> auto.UpdateSummary:
        return auto.UpdateSummary(
            kind="", start_time=datetime.now(UTC), message="", environment={}, config={}, result=""
        )


class Engine:
    """One stack of one program, on providers that tests can inspect."""

    def __init__(
        self,
        folder: Path,
        cli: Path,
        program: Program,
        providers: Mapping[str, ResourceProviderServicer],
        *,
        stack: str = "test",
        project: str = "caseplane",
        config: Mapping[str, Any] | None = None,
        policy_packs: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        parallel: int = 16,
    ) -> None:
        self.folder, self.program, self.providers = folder, program, dict(providers)
        self.project, self.name = project, stack
        self.policy_packs, self.parallel = list(policy_packs), parallel
        self._backend = f"file://{folder / 'state'}"
        self._variables = {
            "PULUMI_BACKEND_URL": self._backend,
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            **(environment or {}),
        }
        self._command = _command(cli)
        self._stack = self._open(dict(config or {}))

    def _open(self, config: dict[str, Any]) -> auto.Stack:
        for each in ("state", "home", "work"):
            (self.folder / each).mkdir(parents=True, exist_ok=True)
        workspace = auto.LocalWorkspace(
            work_dir=str(self.folder / "work"),
            pulumi_home=str(self.folder / "home"),
            program=self.program,
            pulumi_command=self._command,
            project_settings=auto.ProjectSettings(
                name=self.project, runtime="python", backend=auto.ProjectBackend(url=self._backend)
            ),
            stack_settings={self.name: auto.StackSettings(config=config)},
            env_vars=self._variables,
        )
        return _Stack(self.name, workspace, self._mode())

    def _mode(self) -> StackInitMode:
        return StackInitMode.SELECT if self._state_file.exists() else StackInitMode.CREATE

    @property
    def _state_file(self) -> Path:
        return self.folder / "state" / ".pulumi" / "stacks" / self.project / f"{self.name}.json"

    # What a user would run --------------------------------------------------------------------------------------

    def preview(self, **options: Any) -> Outcome:
        """Show what `up` would do."""
        return self._run("preview", self._stack.preview, program=self.program, **self._packs(), **options)

    def up(self, **options: Any) -> Outcome:
        """Apply the program to the account.

        Raises:
            EngineError: it failed; the state has what was done until then.
        """
        outcome = self._run("up", self._stack.up, program=self.program, **self._packs(), **options)
        outcome.outputs = self.shown_outputs()
        return outcome

    def refresh(self, **options: Any) -> Outcome:
        """Update the state from the account; the changes are the drift."""
        return self._run("refresh", self._stack.refresh, **options)

    def destroy(self, **options: Any) -> Outcome:
        """Delete everything of the stack."""
        return self._run("destroy", self._stack.destroy, **options)

    def adopt(self, orphans: Sequence[Record]) -> Outcome:
        """An `up` that imports what an interrupted one made, as the `import` option of a resource does."""
        ids = {(each.kind, each.name): each.id for each in orphans}

        def take_over(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
            id_ = ids.get((args.type_, args.name))
            if id_ is None:
                return None
            opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(import_=id_))
            return pulumi.ResourceTransformationResult(args.props, opts)

        def program() -> None:
            pulumi.runtime.register_stack_transformation(take_over)
            self.program()

        return self._run("up", self._stack.up, program=program)

    def cancel(self) -> None:
        """Release the lock that an interrupted operation left."""
        self._stack.cancel()

    def _packs(self) -> dict[str, Any]:
        return {"policy_packs": [str(each) for each in self.policy_packs]} if self.policy_packs else {}

    def _run(self, operation: str, call: Callable[..., Any], **options: Any) -> Outcome:
        if operation not in ("preview", "up"):
            options.pop("program", None)
        try:
            return self._tried(operation, call, options)
        except EngineError as exc:
            if CONNECTION_LOST not in str(exc):
                raise
            return self._tried(operation, call, options)

    def _tried(self, operation: str, call: Callable[..., Any], options: dict[str, Any]) -> Outcome:
        outcome, began = Outcome(operation), time.monotonic()
        try:
            with self._attached(), _fast_sdk():
                call(
                    on_event=lambda event: _note(outcome, event),
                    parallel=self.parallel,
                    color="never",
                    **options,
                )
        except auto.CommandError as exc:
            raise EngineError(outcome, str(exc)) from None
        finally:
            outcome.seconds = time.monotonic() - began
        return outcome

    @contextmanager
    def _attached(self) -> Iterator[None]:
        """Serve the providers while the CLI runs."""
        for each in self.providers.values():
            if hasattr(each, "kill"):
                each.kill = self.kill
        with served(self.providers) as ports:
            self._stack.workspace.env_vars = {**self._variables, "PULUMI_DEBUG_PROVIDERS": ports}
            yield

    def kill(self) -> None:
        """Kill the command line while it runs and does not write: a torn state would test the backend."""
        meant = self._processes()  # not those of a later operation, if this one ends by itself
        while not self._settled() and meant & self._processes():
            time.sleep(QUIET_SECONDS / 5)
        for process in meant & self._processes():
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)

    def _processes(self) -> set[int]:
        """The command line's processes, while it runs."""
        found = set()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink() == self.folder / "work":
                    found.add(int(process.name))
        return found

    def _settled(self) -> bool:
        """Whether the state has not been written for a while; it then stays so during a pending operation."""
        state = self._state_file.stat()
        return bool(state.st_size) and time.time() - state.st_mtime >= QUIET_SECONDS

    # The state --------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """The stack's deployment as stored in the backend, secrets encrypted."""
        checkpoint: dict[str, Any] = json.loads(self._state_file.read_text())["checkpoint"]
        return checkpoint.get("latest") or {}

    def resources(self) -> list[dict[str, Any]]:
        """The state's resources, without the stack itself and the providers."""
        return [
            each
            for each in self.state().get("resources", [])
            if each.get("custom") and not each["type"].startswith("pulumi:")
        ]

    def ids(self) -> list[tuple[str, str]]:
        """(type, id) of the state's resources, as `Cloud.orphans` and `Cloud.missing` take them."""
        return [(each["type"], each["id"]) for each in self.resources() if "id" in each]

    def pending(self) -> list[dict[str, Any]]:
        """Operations with an unknown outcome."""
        return list(self.state().get("pending_operations") or [])

    def shown_outputs(self) -> dict[str, Any]:
        """The stack's outputs in the state, a secret as `SECRET`; calls no CLI."""
        for each in self.state().get("resources", []):
            if each["type"] == "pulumi:pulumi:Stack":
                return {key: _shown(value) for key, value in each.get("outputs", {}).items()}
        return {}

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in plain text."""
        return {key: each.value for key, each in auto.Stack.outputs(self._stack).items()}

    def export(self) -> dict[str, Any]:
        """The deployment as `pulumi stack export` gives it."""
        return dict(self._stack.export_stack().deployment or {})


class _Ledger:
    """The part of a deque that the SDK uses, without a search at each removal; the SDK would unwrap a `dict`."""

    def __init__(self) -> None:
        self._items: dict[Any, None] = {}
        self.append, self.clear = self._items.setdefault, self._items.clear

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def remove(self, item: Any) -> None:
        if item not in self._items:
            raise ValueError(item)
        del self._items[item]


@contextmanager
def _fast_sdk() -> Iterator[None]:
    """Avoids work of the SDK that takes longer than a large program itself, most of all when the program fails.

    At its end the SDK waits for the next output, over and over among all that are left (for a stack of
    Azure 40 s of computing); here it waits for all of them, or the first failure. It searches for each finished output
    among all others. Each line of its debug log is a call to the engine, shown or not. And every later garbage
    collection walks through what a failed program leaves, so objects from before a run are frozen.
    """
    patient = SimpleNamespace(**{**vars(asyncio), "FIRST_COMPLETED": asyncio.FIRST_EXCEPTION})
    gc.freeze()
    gc.disable()
    try:
        with (
            patch.object(program_end, "asyncio", patient),
            patch.object(program_settings, "deque", _Ledger),
            patch.object(pulumi.log, "debug", _say_nothing),
        ):
            yield
    finally:
        gc.enable()


def _say_nothing(*_: object, **__: object) -> None:
    """Replaces the SDK's debug log."""


@cache
def _command(cli: Path) -> auto.PulumiCommand:
    """The CLI, whose version is read once; the Automation API looks for `bin/pulumi` below a root."""
    link = cli.parent / "bin" / "pulumi"
    link.parent.mkdir(exist_ok=True)
    with suppress(FileExistsError):
        link.symlink_to(cli)
    # Without a language plugin, the CLI runs a policy pack through a program of this name on the path.
    shim = link.with_name("pulumi-analyzer-policy-python")
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u -m pulumi.policy "$@"\n')
    shim.chmod(0o755)
    return auto.PulumiCommand(str(cli.parent))


def _shown(value: Any) -> Any:
    """A value of the state, its secrets replaced."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return SECRET
        return {key: _shown(each) for key, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list) else value


def _note(outcome: Outcome, event: auto.EngineEvent) -> None:
    """Record the relevant events of the engine."""
    if event.summary_event:
        for kind, count in event.summary_event.resource_changes.items():
            outcome.changes[_text(kind)] = count
    if event.resource_pre_event:
        step = event.resource_pre_event.metadata
        if _text(step.op) not in ("same", "read", "refresh"):
            outcome.steps[step.urn] = _text(step.op)
    if event.diagnostic_event and event.diagnostic_event.severity == "error":
        outcome.diagnostics.append(event.diagnostic_event.message.strip())
    if event.policy_event:
        outcome.policies.append(event.policy_event)


def _text(op: Any) -> str:
    """The Automation API gives some operations as an enum and some as text."""
    return str(getattr(op, "value", op))


def states(engines: Sequence[Engine]) -> Iterator[tuple[str, str]]:
    """(type, id) over several stacks of one account."""
    for each in engines:
        yield from each.ids()
