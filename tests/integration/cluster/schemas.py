"""Schemas by which kubeconform judges manifests: of three Kubernetes minors, and of the custom resources we make.

The usual ones come from a web address. These come from the sources: Kubernetes' own OpenAPI document, and the
definitions that other projects ship, all in Go modules of fixed versions.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from tests.toolchain.build import CACHE as TOOLCHAIN
from tests.toolchain.definitions import MODULES, module
from tests.toolchain.locking import locked

CACHE = TOOLCHAIN.parent / "schemas"
MINORS = ("v1.33.7", "v1.34.3", "v1.35.4")
DEFINITIONS = (
    (MODULES["keda"][0], "config/crd/bases/keda.sh_*.yaml"),
    (MODULES["gateway-api"][0], "config/crd/standard/*_httproutes.yaml"),
    (MODULES["external-secrets"][0], "config/crds/bases/external-secrets.io_externalsecrets.yaml"),
    (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd/*_[ps]*e*s.yaml",
    ),
)
"""Go module, and where in it definitions lie."""
LOCATION = "{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json"
# What the OpenAPI document calls a string, and everybody writes as a number too.
NUMBERS_TOO = ("api.resource.Quantity", "util.intstr.IntOrString")
Schema = dict[str, Any]


def of_kubernetes(minor: str) -> Path:
    """A folder with the schema of every kind of a Kubernetes version, closed to unknown fields."""
    folder = CACHE / minor
    with locked(CACHE / "lock"):
        if not folder.exists():
            document = json.loads(
                (module(f"k8s.io/kubernetes@{minor}") / "api/openapi-spec/swagger.json").read_text()
            )
            _write(folder, _kinds(document["definitions"]))
    return folder


def of_others() -> Path:
    """A folder with the schemas of other projects' custom resources."""
    folder = CACHE / "others"
    with locked(CACHE / "lock"):
        if not folder.exists():
            _write(folder, (each for file in definitions() for each in _versions(file)))
    return folder


def definitions() -> list[Path]:
    """Files with the definitions of other projects' custom resources."""
    return [file for name, pattern in DEFINITIONS for file in module(name).glob(pattern)]


def _kinds(definitions: dict[str, Schema]) -> Iterator[tuple[str, Schema]]:
    for name, definition in definitions.items():
        close(definition)
        if name.endswith(NUMBERS_TOO):
            definition["type"] = ["string", "integer", "number"]
    for name, definition in definitions.items():
        for kind in definition.get("x-kubernetes-group-version-kind", ()):
            reached = _closure(name, definitions)
            # The core group has no name; kubeconform looks below its version instead.
            group = kind["group"] or kind["version"]
            path = f"{group}/{kind['kind'].lower()}_{kind['version']}.json"
            yield path, {"$ref": f"#/definitions/{name}", "definitions": reached}


def _closure(name: str, definitions: dict[str, Schema]) -> dict[str, Schema]:
    """A definition, and what it refers to."""
    found: dict[str, Schema] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = definitions[each]
            text = json.dumps(definitions[each])
            waiting += [part.split('"')[0] for part in text.split('"#/definitions/')[1:]]
    return found


def _versions(file: Path) -> Iterator[tuple[str, Schema]]:
    for document in yaml.safe_load_all(file.read_text()):
        if document and document["kind"] == "CustomResourceDefinition":
            spec = document["spec"]
            for version in spec["versions"]:
                schema = version["schema"]["openAPIV3Schema"]
                close(schema)
                schema["properties"]["metadata"] = {"type": "object"}
                yield f"{spec['group']}/{spec['names']['kind'].lower()}_{version['name']}.json", schema


def close(node: Any) -> None:
    """Refuse fields that a schema does not name, as the API server's strict validation does."""
    if isinstance(node, list):
        for each in node:
            close(each)
    if isinstance(node, dict):
        for key, each in node.items():
            # The names below `properties` are a document's own, not words of the schema.
            for below in each.values() if key == "properties" and isinstance(each, dict) else (each,):
                close(below)
        if node.get("x-kubernetes-int-or-string"):
            node.pop("type", None)
        open_on_purpose = node.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in node
        if isinstance(node.get("properties"), dict) and "type" in node and not open_on_purpose:
            node["additionalProperties"] = False


def _write(folder: Path, schemas: Iterator[tuple[str, Schema]]) -> None:
    partial = folder.with_suffix(".partial")
    for name, schema in schemas:
        path = partial / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema))
    partial.rename(folder)
