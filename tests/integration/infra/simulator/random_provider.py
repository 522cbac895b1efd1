"""Pulumi's `random` provider in full: values are drawn once, and exist only in the stack's state."""

import base64
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2
from tests.integration.infra.simulator import shapes
from tests.integration.infra.simulator.attached import AttachedProvider
from tests.integration.infra.simulator.values import UNKNOWN, Properties, differences, dump, load

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
"""The default special characters, which `overrideSpecial` replaces."""
CLASSES = {"lower": "minLower", "upper": "minUpper", "numeric": "minNumeric", "special": "minSpecial"}
"""Classes of characters, each with the property of its minimum number."""


def _text(inputs: Properties) -> Properties:
    letters = {
        "lower": string.ascii_lowercase,
        "upper": string.ascii_uppercase,
        "numeric": string.digits,
        "special": inputs.get("overrideSpecial") or SPECIAL,
    }
    used = {name: each for name, each in letters.items() if inputs.get(name, True)}
    drawn = [secrets.choice(used[name]) for name in used for _ in range(inputs.get(CLASSES[name], 0))]
    if not used or len(drawn) > inputs["length"]:
        raise ValueError("length: fewer characters than the classes ask for together")
    drawn += [secrets.choice("".join(used.values())) for _ in range(inputs["length"] - len(drawn))]
    secrets.SystemRandom().shuffle(drawn)
    # No bcryptHash: nothing of ours reads it, and a fake one would be worse than none.
    defaults = {**dict.fromkeys(CLASSES, True), **dict.fromkeys(CLASSES.values(), 0)}
    return {**defaults, **inputs, "number": inputs.get("numeric", True), "result": "".join(drawn)}


def _password(inputs: Properties) -> tuple[str, Properties]:
    return "none", _text(inputs)


def _string(inputs: Properties) -> tuple[str, Properties]:
    drawn = _text(inputs)
    return drawn["result"], drawn


def _id(inputs: Properties) -> tuple[str, Properties]:
    drawn, prefix = secrets.token_bytes(inputs["byteLength"]), inputs.get("prefix", "")
    plain = base64.urlsafe_b64encode(drawn).rstrip(b"=").decode()
    return plain, {
        **inputs,
        "hex": prefix + drawn.hex(),
        "dec": f"{prefix}{int.from_bytes(drawn, 'big')}",
        "b64Std": prefix + base64.b64encode(drawn).decode(),
        "b64Url": prefix + plain,
    }


def _bytes(inputs: Properties) -> tuple[str, Properties]:
    drawn = secrets.token_bytes(inputs["length"])
    return "none", {**inputs, "hex": drawn.hex(), "base64": base64.b64encode(drawn).decode()}


def _uuid(inputs: Properties) -> tuple[str, Properties]:
    drawn = str(uuid.uuid4())
    return drawn, {**inputs, "result": drawn}


DRAW: Mapping[str, Callable[[Properties], tuple[str, Properties]]] = {
    "random:index/randomPassword:RandomPassword": _password,
    "random:index/randomString:RandomString": _string,
    "random:index/randomId:RandomId": _id,
    "random:index/randomBytes:RandomBytes": _bytes,
    "random:index/randomUuid:RandomUuid": _uuid,
}


class RandomProvider(AttachedProvider):
    """RecordingRandom, and remembers nothing."""

    version = version("pulumi_random")

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse()

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        faults = shapes.check(shapes.inputs_of(request.type), load(request.news))
        failures = [
            provider_pb2.CheckFailure(property=each.path, reason=f"{each.path}: {each.reason}")
            for each in faults
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        changed = sorted({path for path, _ in differences(load(request.old_inputs), load(request.news))})
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, replaces=changed, diffs=changed)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = load(request.properties)
        if request.preview:
            promised = shapes.outputs_of(request.type)
            unknown = {key: UNKNOWN for key, field in promised.items() if field.required}
            return provider_pb2.CreateResponse(properties=dump({**unknown, **inputs}))
        try:
            id_, outputs = DRAW[request.type](inputs)
        except ValueError as exc:
            return context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{request.name}: {exc}")
        return provider_pb2.CreateResponse(id=id_, properties=dump(outputs))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ReadResponse(id=request.id, inputs=request.inputs, properties=request.properties)

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()
