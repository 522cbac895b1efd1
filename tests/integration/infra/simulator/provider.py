"""A provider over a simulated account, as the engine attaches to it.

It does only what a real provider does: checks types at `Check`, decides between change and replacement at
`Diff`, calls the account's API, waits until a resource is ready, and reports its knowledge to the engine when that fails.
"""

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    provider_pb2,
    status_pb2,
)
from tests.integration.infra.simulator import shapes
from tests.integration.infra.simulator.attached import AttachedProvider
from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.faults import How
from tests.integration.infra.simulator.rulebook import Kind, RefusedError
from tests.integration.infra.simulator.values import (
    Properties,
    differences,
    dump,
    load,
    plain,
)

PATIENCE = 10
"""Reads after which a provider stops waiting for a resource to be ready."""
Diff = provider_pb2.PropertyDiff


class HalfDoneError(Exception):
    """The account did it, but the resource is not ready: the engine must keep the id."""

    def __init__(self, record: Record, reason: str) -> None:
        super().__init__(reason)
        self.record, self.reason = record, reason


class DeadError(Exception):
    """The provider was dead before the call."""


class LostError(Exception):
    """The outcome of the call is unknown."""


class SimulatedProvider(AttachedProvider):
    """One cloud's provider; a test gives it the account."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        # The engine warns if a plugin is older than the SDK that asks for it.
        self.version = version(shapes.MODULES[cloud.book.package])
        self.crash: Callable[[], None] = lambda: None
        """Ends the server that serves this provider; set by it."""
        self.kill: Callable[[], None] = lambda: None
        """Ends the command line that this provider serves; set by `Engine`."""

    # Who we are ---------------------------------------------------------------------------------------------------

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse()

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        fields = shapes.provider_inputs(self.cloud.book.package)
        news = load(request.news)
        failures = [_failure(each) for each in shapes.check(fields, _decoded(news, fields))]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        changed = list(differences(load(request.old_inputs), load(request.news)))
        return provider_pb2.DiffResponse(changes=_changes(bool(changed)), diffs=[path for path, _ in changed])

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        fields = shapes.provider_inputs(self.cloud.book.package)
        with _refusals(context):
            self.cloud.configure(_decoded(load(request.args), fields))
        return super().Configure(request, context)

    # Before anything is done --------------------------------------------------------------------------------------

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = self.cloud.book.kinds.get(request.type)
        if kind is None:
            reason = f"the simulator has no rules for {request.type}; declare it in the cloud's rulebook"
            return provider_pb2.CheckResponse(failures=[provider_pb2.CheckFailure(reason=reason)])
        news = load(request.news)
        faults = self.cloud.type_faults(kind.token, news)
        old = load(request.olds).get(kind.autoname)
        inputs = self.cloud.named(kind.token, request.name, news, old, request.randomSeed.hex())
        return provider_pb2.CheckResponse(inputs=dump(inputs), failures=[_failure(each) for each in faults])

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind = self.cloud.book.kinds[request.type]
        old, new = load(request.old_inputs), load(request.news)
        paths = {
            path: how
            for path, how in differences(old, new)
            if not any(_inside(path, ignored) for ignored in request.ignoreChanges)
        }
        replaces = [path for path in paths if self._replaces(kind, path)]
        return provider_pb2.DiffResponse(
            changes=_changes(bool(paths)),
            replaces=replaces,
            diffs=sorted({re.split(r"[.\[]", path)[0] for path in paths}),
            # A replacement with the same id can only be created after the old one is deleted.
            deleteBeforeReplace=bool(replaces) and not self._other_id(kind, request.name, old, new),
            detailedDiff={
                path: Diff(kind=_diff_kind(how, path in replaces), inputDiff=True)
                for path, how in paths.items()
            },
            hasDetailedDiff=True,
        )

    def _replaces(self, kind: Kind, path: str) -> bool:
        fixed = {
            *kind.immutable,
            *(key for key, field in shapes.inputs_of(kind.token).items() if field.immutable),
        }
        if isinstance(kind.id, str):
            fixed.update(re.findall(r"{(\w+)}", kind.id))
        return any(_inside(plain(path), each) for each in fixed)

    def _other_id(self, kind: Kind, name: str, old: Properties, new: Properties) -> bool:
        """Whether a replacement would have a different id."""
        if not isinstance(kind.id, str):
            return True
        parts = re.findall(r"{(\w+)}", kind.id)
        return "hex" in parts or any(old.get(part) != new.get(part) for part in parts)

    # Doing it -----------------------------------------------------------------------------------------------------

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = load(request.properties)
        with _refusals(context):
            if request.preview:
                planned = self.cloud.plan(request.type, request.name, inputs)
                return provider_pb2.CreateResponse(properties=dump(planned))
            how = self._begin("create", request)
            record = self.cloud.create(request.type, request.name, inputs)
            record.polls = PATIENCE + 5 if how is How.slow else record.polls
            self._end(how, record)
            self._wait(record)
            return provider_pb2.CreateResponse(id=record.id, properties=dump(record.outputs))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = load(request.news)
        with _refusals(context):
            if request.preview:
                before = self.cloud.read(request.type, request.id)
                planned = self.cloud.plan(request.type, request.name, inputs, before)
                return provider_pb2.UpdateResponse(properties=dump(planned))
            how = self._begin("update", request)
            record = self.cloud.update(request.type, request.id, inputs)
            self._end(how, record)
            self._wait(record)
            return provider_pb2.UpdateResponse(properties=dump(record.outputs))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        with _refusals(context):
            how = self._begin("delete", request)
            record = self.cloud.read(request.type, request.id)
            self.cloud.delete(request.type, request.id)
            if record:
                self._end(how, record)
            return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        record = self.cloud.read(request.type, request.id)
        if record is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=record.id, inputs=dump(record.inputs), properties=dump(record.outputs)
        )

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        args = load(request.args)
        with _refusals(context):
            function = self.cloud.book.invokes.get(request.tok)
            if function is None:
                raise RefusedError("NoSuchFunction", f"the simulator has no {request.tok}")
            failures = [_failure(each) for each in shapes.check(shapes.arguments_of(request.tok), args)]
            if failures:
                return provider_pb2.InvokeResponse(failures=failures)
            given = function(self.cloud, args)
            return provider_pb2.InvokeResponse(**{"return": dump(shapes.complete_result(request.tok, given))})

    # Failing ------------------------------------------------------------------------------------------------------

    def _begin(self, verb: str, request: Any) -> How | None:
        """Count an operation, and fail it if that is due before its effect."""
        how = self.cloud.faults.begin(verb, request.type, request.name)
        if how is How.refused:
            raise RefusedError("Throttled", f"{verb} {request.name}: rate exceeded")
        if how is How.dead:
            raise DeadError(f"{verb} {request.name}: error reading from server: EOF")
        if how is How.crash_before:
            self.crash()
            raise LostError(f"{verb} {request.name}: the provider died")
        return how

    def _end(self, how: How | None, record: Record) -> None:
        """Fail an operation that had its effect, if that is due."""
        if how is How.half:
            raise HalfDoneError(record, f"{record.name}: an internal error while it was made ready")
        if how is How.crash_after:
            self.crash()
        if how is How.killed:
            self.kill()
        if how in (How.lost, How.crash_after, How.killed):
            raise LostError(f"{record.name}: no answer from the API")

    def _wait(self, record: Record) -> None:
        for _ in range(PATIENCE):
            if record.polls <= 0:
                return
            self.cloud.read(record.kind, record.id)
        if record.polls > 0:
            raise HalfDoneError(record, f"{record.name}: timeout while waiting for it to become ready")


@contextlib.contextmanager
def _refusals(context: Any) -> Iterator[None]:
    """Report the account's refusals in the form that the engine expects."""
    try:
        yield
    except RefusedError as exc:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(exc))
    except HalfDoneError as exc:
        _abort_half_done(context, exc)
    except DeadError as exc:
        context.abort(grpc.StatusCode.UNAVAILABLE, str(exc))
    except LostError as exc:
        context.abort(grpc.StatusCode.UNKNOWN, str(exc))


def _abort_half_done(context: Any, exc: HalfDoneError) -> NoReturn:
    record = exc.record
    detail = provider_pb2.ErrorResourceInitFailed(
        id=record.id, properties=dump(record.outputs), inputs=dump(record.inputs), reasons=[exc.reason]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=exc.reason)
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, exc.reason)
    raise AssertionError("abort raises")


def _failure(fault: shapes.Fault) -> Any:
    return provider_pb2.CheckFailure(property=fault.path, reason=f"{fault.path}: {fault.reason}")


def _inside(path: str, whole: str) -> bool:
    return path == whole or path.startswith((f"{whole}.", f"{whole}["))


def _changes(any_: bool) -> Any:
    return provider_pb2.DiffResponse.DIFF_SOME if any_ else provider_pb2.DiffResponse.DIFF_NONE


def _diff_kind(how: str, replaces: bool) -> Any:
    return Diff.Kind.Value(f"{how.upper()}_REPLACE" if replaces else how.upper())


def _decoded(config: Mapping[str, Any], fields: Mapping[str, shapes.Field]) -> Properties:
    """A provider's configuration: all values but text arrive as JSON text."""
    decoded = {}
    for key, value in config.items():
        is_text = key not in fields or str in shapes.alternatives(fields[key].hint)
        decoded[key] = value if is_text or not isinstance(value, str) else json.loads(value)
    return decoded
