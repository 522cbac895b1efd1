"""The kubernetes package on a real API server: it applies what the program declares, and reads it back.

Objects use server-side apply with strict field validation, releases the real Helm. Charts of other projects are
on web sites that tests do not reach: for those only the custom resource definitions are installed, and the call is
checked and kept in `addons`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import grpc
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2
from tests.cluster.clients import CommandError
from tests.cluster.control_plane import ControlPlane
from tests.integration.infra.simulator.attached import AttachedProvider
from tests.integration.infra.simulator.values import UNKNOWN, Properties, differences, dump, load

RELEASE = "kubernetes:helm.sh/v3:Release"
FIXED = re.compile(
    r"^(apiVersion|kind|metadata\.(name|namespace)|provisioner|parameters|reclaimPolicy|volumeBindingMode)\b"
)
"""Properties that the API server refuses to change, so that a change replaces the object."""
RELEASE_FIXED = re.compile(r"^(name|namespace)\b")


@dataclass
class Addon:
    """A release of a chart that is not ours."""

    chart: str
    version: str
    namespace: str
    values: Mapping[str, Any]


@dataclass
class ClusterProvider(AttachedProvider):
    """Attached as `kubernetes`."""

    plane: ControlPlane
    credentials: Literal["exec", "file"] = "exec"
    """How the program may reach its cluster: a command that fetches a token, or a kubeconfig on this machine."""
    definitions: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    """The custom resource definitions of each chart of another project; other charts are refused."""
    addons: dict[str, Addon] = field(default_factory=dict)

    # Who we are ---------------------------------------------------------------------------------------------------

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        fault = self._unfit(load(request.news).get("kubeconfig"))
        failures = [provider_pb2.CheckFailure(property="kubeconfig", reason=fault)] if fault else []
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _diff(list(differences(load(request.old_inputs), load(request.news))), re.compile(r"(?!)"))

    def _unfit(self, kubeconfig: Any) -> str:
        """Why credentials are invalid; empty if they are valid or not known yet."""
        if kubeconfig is None:
            return "missing: the program must say which cluster it means"
        if kubeconfig is UNKNOWN:
            return ""
        text = Path(kubeconfig).read_text() if self.credentials == "file" else kubeconfig
        config = yaml.safe_load(text)
        users = [each["user"] for each in config["users"]]
        servers = [each["cluster"]["server"] for each in config["clusters"]]
        if not all(server.startswith("https://") for server in servers):
            return f"{servers} is not TLS"
        if self.credentials == "exec" and not all(set(user) == {"exec"} for user in users):
            return "holds long-lived credentials; let `exec` fetch a token"
        return ""

    # Before anything is done --------------------------------------------------------------------------------------

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        news = load(request.news)
        named = news.get("name") if request.type == RELEASE else news.get("metadata", {}).get("name")
        failures = (
            [] if named else [provider_pb2.CheckFailure(property="name", reason="give it a name of its own")]
        )
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        changed = list(differences(load(request.old_inputs), load(request.news)))
        return _diff(changed, RELEASE_FIXED if request.type == RELEASE else FIXED)

    # Doing it -----------------------------------------------------------------------------------------------------

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = load(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=dump(inputs))
        with _refusals(context):
            done = self._apply(request.type, inputs)
            return provider_pb2.CreateResponse(id=_id(request.type, inputs), properties=dump(done))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = load(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=dump(inputs))
        with _refusals(context):
            return provider_pb2.UpdateResponse(properties=dump(self._apply(request.type, inputs)))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        old = load(request.inputs)
        with _refusals(context):
            live = self._release(old) if request.type == RELEASE else self._object(old)
        if live is None:
            return provider_pb2.ReadResponse()
        seen = dump(_projected(live, old))
        return provider_pb2.ReadResponse(id=request.id, inputs=seen, properties=dump({**live}))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = load(request.old_inputs)
        with _refusals(context):
            if request.type != RELEASE:
                self._kubectl(
                    "delete", "--wait=true", "--ignore-not-found", "-f", "-", stdin=json.dumps(inputs)
                )
            elif "repositoryOpts" in inputs:
                # Its definitions stay for the next test: the API server may take minutes to end one.
                self.addons.pop(inputs["name"], None)
            else:
                where = ["--namespace", inputs["namespace"]]
                self.plane.helm(
                    "uninstall", inputs["name"], *where, "--wait", "--ignore-not-found", timeout=300
                )
        return empty_pb2.Empty()

    def _apply(self, type_: str, inputs: Properties) -> Properties:
        if type_ != RELEASE:
            apply = ["apply", "--server-side", "--validate=strict", "--field-manager=pulumi"]
            if inputs["metadata"].get("annotations", {}).get("pulumi.com/patchForce") == "true":
                apply.append("--force-conflicts")
            applied: Properties = json.loads(
                self._kubectl(*apply, "-o", "json", "-f", "-", stdin=json.dumps(inputs))
            )
            return applied
        return self._install_addon(inputs) if "repositoryOpts" in inputs else self._install(inputs)

    def _kubectl(self, *arguments: str, stdin: str) -> str:
        return self.plane.kubectl(*arguments, stdin=stdin)

    # Releases -----------------------------------------------------------------------------------------------------

    def _install(self, inputs: Properties) -> Properties:
        where = ["--namespace", inputs["namespace"]]
        flags = ["--rollback-on-failure"] if inputs.get("atomic") else []
        flags += ["--wait"] if not inputs.get("skipAwait") else []
        self.plane.helm(
            "upgrade", "--install", inputs["name"], inputs["chart"], *where, *flags,
            "--timeout", f"{inputs.get('timeout', 300)}s", "--values", "-",
            stdin=json.dumps(inputs.get("values", {})), timeout=inputs.get("timeout", 300) + 60,
        )  # fmt: skip
        live = self._release(inputs)
        assert live is not None
        return live

    def _release(self, inputs: Properties) -> Properties | None:
        if "repositoryOpts" in inputs:
            known = self.addons.get(inputs["name"])
            return {**inputs, "values": known.values, "version": known.version} if known else None
        where = ["--namespace", inputs["namespace"], "-o", "json"]
        try:
            status = json.loads(self.plane.helm("status", inputs["name"], *where))
            values = json.loads(self.plane.helm("get", "values", inputs["name"], *where)) or {}
        except CommandError as exc:
            if "not found" in exc.stderr:
                return None
            raise
        return {
            **inputs,
            "values": values,
            "status": {"status": status["info"]["status"], "name": inputs["name"]},
        }

    def _install_addon(self, inputs: Properties) -> Properties:
        chart, version = inputs["chart"], inputs.get("version", "")
        if chart not in self.definitions:
            raise ValueError(f"no chart {chart!r} is known at {inputs['repositoryOpts']}")
        if not inputs["repositoryOpts"]["repo"].startswith("https://") or not re.fullmatch(
            r"\d+\.\d+\.\d+", version
        ):
            raise ValueError(f"{chart} needs a repository over TLS and one exact version, has {version!r}")
        for path in self.definitions[chart]:
            self._kubectl("apply", "--server-side", "-f", str(path), stdin="")
            # A definition has no conditions at first, on which the second wait would fail.
            for what in ("jsonpath={.status.acceptedNames.kind}", "condition=Established"):
                self._kubectl("wait", f"--for={what}", "--timeout=30s", "-f", str(path), stdin="")
        self.addons[inputs["name"]] = Addon(chart, version, inputs["namespace"], inputs.get("values", {}))
        return inputs

    def _object(self, inputs: Properties) -> Properties | None:
        found = self._kubectl("get", "--ignore-not-found", "-o", "json", "-f", "-", stdin=json.dumps(inputs))
        if not found.strip():
            return None
        answer: Properties = json.loads(found)
        items = answer.get("items", [answer])  # from a file, kubectl returns a list even for one object
        return items[0] if items else None


def _id(type_: str, inputs: Properties) -> str:
    place = inputs if type_ == RELEASE else inputs["metadata"]
    return "/".join(each for each in (place.get("namespace"), place["name"]) if each)


def _projected(live: Any, asked: Any) -> Any:
    """The live values of the requested fields: what the API server adds is no drift."""
    if isinstance(asked, Mapping) and isinstance(live, Mapping):
        return {key: _projected(live[key], each) for key, each in asked.items() if key in live}
    if isinstance(asked, list) and isinstance(live, list) and len(asked) == len(live):
        return [_projected(have, want) for have, want in zip(live, asked, strict=True)]
    return live


def _diff(changed: list[tuple[str, str]], fixed: re.Pattern[str]) -> Any:
    replaces = [path for path, _ in changed if fixed.match(path)]
    some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some,
        replaces=replaces,
        diffs=[path for path, _ in changed],
        deleteBeforeReplace=bool(replaces),
    )


@contextmanager
def _refusals(context: Any) -> Iterator[None]:
    try:
        yield
    except (CommandError, ValueError) as exc:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(exc))
