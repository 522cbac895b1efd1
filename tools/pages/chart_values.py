"""The schema of the chart's values, from the values themselves.

A value's type is that of its default, its description the comment above it. `FORMS` has what a default cannot show
(choices, ranges, free mappings). Unknown values are refused.
"""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import yaml
from pydantic import SecretStr

from caseplane.core.llm.settings import EndpointSettings
from caseplane.services import SERVICES
from tools.pages import ROOT
from tools.pages.configuration import prefix, settings_classes

CHART = ROOT / "charts" / "caseplane"
Schema = dict[str, Any]

COMPONENTS = (*SERVICES.names, "worker", "operator")
PROVIDERS = ["openai", "azure", "bedrock", "vertex"]
TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
NAMES: Schema = {"type": "array", "items": {"type": "string", "minLength": 1}}
PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 1000}
SOME: Schema = {"type": "integer", "minimum": 1, "maximum": 1000}
SIZE: Schema = {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?([EPTGMk]i?)?$"}
MONEY: Schema = {"type": "number", "minimum": 0}
CIDRS: Schema = {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-fA-F.:]+/[0-9]+$"}}
KUBERNETES: Schema = {"type": "array", "items": {"type": "object"}}
"""Lists that are copied into a resource; the API server validates them."""
QUANTITIES: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {name: {"type": ["string", "number"]} for name in ("cpu", "memory", "ephemeral-storage")},
}
REFERENCE: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["key"],
    "properties": {"key": TEXT, "property": TEXT, "version": TEXT},
}
SECRET_KEYS = (
    "service-secret", "platform-admin-key", "database-password", "database-admin-password", "llm-api-key",
    "embedding-api-key", "qdrant-api-key",
)  # fmt: skip

FORMS: dict[str, Schema] = {
    "cloud": {"enum": ["none", "aws", "azure", "gcp"]},
    "image.pullPolicy": {"enum": ["IfNotPresent", "Always", "Never"]},
    "image.pullSecrets": NAMES,
    "image.*.digest": {"type": "string", "pattern": "^$|^sha256:[0-9a-f]{64}$"},
    "database.port": PORT,
    "database.sslMode": {"enum": ["disable", "require", "verify-ca", "verify-full"]},
    "database.poolSize": {"type": "integer", "minimum": 1, "maximum": 200},
    "secrets.external.storeKind": {"enum": ["ClusterSecretStore", "SecretStore"]},
    "secrets.external.refs": {
        "type": "object",
        "additionalProperties": False,
        "properties": dict.fromkeys(SECRET_KEYS, REFERENCE),
    },
    "objects.url": {"type": "string", "pattern": "^$|^(s3|az|gs|file)://.+"},
    "objects.changesUrl": {
        "type": "string",
        "pattern": "^$|^https://.+/.+|^projects/[^/]+/subscriptions/[^/]+$",
    },
    "objects.volume.accessMode": {"enum": ["ReadWriteOnce", "ReadWriteMany"]},
    "llm.models.*.provider": {"enum": PROVIDERS},
    "llm.models.*Price": MONEY,
    "llm.monthlyBudgetUsd": {"type": ["number", "null"], "minimum": 0},
    "embeddings.kind": {"enum": ["local", *PROVIDERS]},
    "embeddings.dimension": {"type": "integer", "minimum": 0, "maximum": 4000},
    "extraEnv": KUBERNETES,
    "serviceAccount.componentAnnotations": {
        "type": "object",
        "additionalProperties": False,
        "properties": dict.fromkeys(COMPONENTS, TEXTS),
    },
    "*nnotations": TEXTS,
    "podLabels": TEXTS,
    "*.labels": TEXTS,
    "*.nodeSelector": TEXTS,
    "*.tolerations": KUBERNETES,
    "*.resources.requests": QUANTITIES,
    "*.resources.limits": QUANTITIES,
    "*.size": SIZE,
    "*.cpuUtilization": {"type": "integer", "minimum": 1, "maximum": 100},
    "*.minReplicas": COUNT,
    "*eplicas": SOME,
    "*.concurrency": {"type": "integer", "minimum": 1, "maximum": 256},
    "*.queues": {**NAMES, "uniqueItems": True},
    "operator.*Namespaces": {**NAMES, "uniqueItems": True},
    "postgresql.uid": {"type": "integer", "minimum": 1},
    "qdrant.uid": {"type": "integer", "minimum": 1},
    "gatewayApi.parentRefs": KUBERNETES,
    "networkPolicy.gatewayFrom": KUBERNETES,
    "networkPolicy.*Cidrs": CIDRS,
    "networkPolicy.egressPorts": {"type": "array", "items": PORT},
    "monitoring.port": PORT,
}
"""Path of a value, or a pattern of paths, to its schema. The first match counts."""

BY_THE_CHART = re.compile(
    r"CASEPLANE_(DATABASE_(URL|ADMIN_URL|POOL_SIZE)|OBJECTS_(CHANGES_)?URL|DRAIN|METRICS_PORT|WORKER_CONCURRENCY|CONFIG"
    rf"|({'|'.join(SERVICES.names).upper()})_URL|LLM_(MONTHLY_BUDGET_USD|ANSWER|SMALL|RERANK)"
    # The image contains only the int8 model, in this folder.
    r"|EMBEDDING_(BACKEND|PROVIDER|MODEL|DIMENSION|BASE_URL|REGION|PROJECT|CACHE_DIR|QUANTISATION))"
)
"""Settings that follow from other values, so `settings` must not name them."""


def schema() -> Schema:
    text = (CHART / "values.yaml").read_text()
    values, comments = yaml.safe_load(text), dict(comments_of(text))
    FORMS["settings"] = settings_form()
    built = form({k: v for k, v in values.items() if k not in SERVICES.names}, "", comments)
    # A service's block may set everything that `services` may; a new service has no block of values.
    for name in SERVICES.names:
        built["properties"][name] = form(values["service"], "service", comments)
    # Helm passes these to every chart.
    built["properties"]["global"] = {"type": "object"}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of Caseplane's chart",
        **built,
    }


def form(value: Any, path: str, comments: dict[str, str]) -> Schema:
    """The schema of one value, from its default."""
    described = {"description": comments[path]} if path in comments else {}
    known = next((each for pattern, each in FORMS.items() if fnmatchcase(path, pattern)), None)
    if known is not None:
        return {**described, **known}
    if isinstance(value, dict):
        below = {key: form(each, f"{path}.{key}".lstrip("."), comments) for key, each in value.items()}
        return {**described, "type": "object", "additionalProperties": False, "properties": below}
    if isinstance(value, bool):
        return {**described, "type": "boolean"}
    if isinstance(value, int):
        return {**described, "type": "integer", "minimum": 1}
    if isinstance(value, str):
        return {**described, **TEXT}
    raise TypeError(f"What may stand at {path}? Say it in FORMS.")


def comments_of(text: str) -> Iterator[tuple[str, str]]:
    """Path of each value that has a comment, and the comment as one line."""
    path: list[tuple[int, str]] = []
    above: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        key = re.match(r"(\s*)([A-Za-z]\w*):", line)
        if stripped.startswith("#"):
            above.append(stripped.removeprefix("#").strip())
        elif key:
            indent = len(key[1])
            path = [*(each for each in path if each[0] < indent), (indent, key[2])]
            if above:
                yield ".".join(name for _, name in path), " ".join(above)
            above = []
        else:
            above = []


def settings_form() -> Schema:
    """`settings`: the variables of docs/configuration.md, except secrets and those that the chart sets."""
    names = {}
    for cls in settings_classes():
        for field, info in cls.model_fields.items():
            name = f"{prefix(cls)}{field}".upper()
            if info.annotation is not SecretStr and not BY_THE_CHART.fullmatch(name):
                names[name] = TEXT
    fields = sorted(
        field.upper()
        for field, info in EndpointSettings.model_fields.items()
        if field.upper() not in ("MODEL", "PROVIDER", "BASE_URL", "API_KEY", "REGION", "PROJECT", "FALLBACK")
    )
    role = f"^CASEPLANE_LLM_(ANSWER|SMALL|RERANK)__({'|'.join(fields)})$"
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": dict(sorted(names.items())),
        "patternProperties": {role: TEXT},
    }


def render() -> str:
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
