"""The stack file, read once and checked completely before anything is created.

`infra/stacks/Pulumi.<cloud>-<environment>.yaml` has the keys below under `caseplane:`; sections are the `…Needs` classes
of the contract. All faults are reported together, each with its key and what to do.
"""

import difflib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pulumi import RunError
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from caseplane_costs import budgets, usage
from caseplane_costs.budgets import Budgets
from caseplane_costs.files import FileError
from caseplane_costs.usage import Usage
from caseplane_infra.consistency import contradictions
from caseplane_infra.contract import (
    ClusterNeeds,
    DatabaseNeeds,
    EdgeNeeds,
    KeysNeeds,
    LlmNeeds,
    NetworkNeeds,
    ObjectStoreNeeds,
    ObservabilityNeeds,
    QueueNeeds,
    RegistryNeeds,
    SecretsNeeds,
    Section,
    VectorStoreNeeds,
)
from caseplane_infra.naming import PREFIX, Labels

NAMESPACE = "caseplane:"
REGIONS: Mapping[str, tuple[str, ...]] = {
    "aws": ("us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-west-1", "eu-west-2"),
    "azure": ("eastus", "eastus2", "westus3", "westeurope", "northeurope", "germanywestcentral", "uksouth"),
    "gcp": (
        "us-central1",
        "us-east1",
        "us-west1",
        "europe-west1",
        "europe-west3",
        "europe-west4",
        "europe-west2",
    ),
}
"""Supported regions; the first is the default. We keep prices for these."""


class SettingsError(RunError):
    """The stack file is invalid; the message lists every fault with its key and what to do.

    As a `RunError`, the engine shows it without a traceback.
    """


class PlatformNeeds(Section):
    """The chart's release on the cluster."""

    namespace: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")] = "caseplane"
    """Kubernetes namespace of the release."""
    install: bool = True
    """Whether this program installs the chart; with `false` a GitOps tool does, with the values from the output
    `chart_values`."""
    image_tag: str = ""
    """Tag of the images; empty: this program's version."""
    addons: bool = True
    """Install what the chart needs: External Secrets, KEDA, and on AWS the cluster autoscaler and, with `edge.domain`,
    the load balancer controller. `false`: the cluster has them already, or their images are not in the registry yet.
    With neither these nor the chart, the secret store is not created either. About 0.5 GiB of memory."""
    prometheus: bool = False
    """Install the chart's monitors, alerts and dashboards, which need the Prometheus operator."""


class Settings(Section):
    """One stack."""

    cloud: Literal["aws", "azure", "gcp", "local"]
    """Where the platform runs. `local`: any Kubernetes cluster that a kubeconfig reaches."""
    environment: Literal["dev", "stage", "prod"]
    """The stack's purpose; refuses settings that are unsafe for it, and does not change sizes."""
    region: str = ""
    """Region of the cloud; empty: the cloud's default."""
    account: str = ""
    """AWS account id, Azure subscription id or Google project id. Required, as a guard against the wrong account."""
    prefix: Annotated[str, Field(min_length=3, max_length=24)] = ""
    """Prefix of every name; cannot change later. Empty: `gc-tkt-<environment>`."""
    owner: Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,63}$")] = "platform-team"
    """Team or address responsible for the stack; the `Owner` label."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    """Further labels for cost allocation."""
    teardown: bool = False
    """Allows `protect: false` in prod, for the last `up` before `destroy`. Nothing else changes."""
    kubeconfig: str = ""
    """`local` only: path of the kubeconfig; empty: `KUBECONFIG`, then `~/.kube/config`."""
    context: str = ""
    """`local` only: context in the kubeconfig; empty: its current one."""

    network: NetworkNeeds = NetworkNeeds()
    keys: KeysNeeds = KeysNeeds()
    secrets: SecretsNeeds = SecretsNeeds()
    database: DatabaseNeeds = DatabaseNeeds()
    objects: ObjectStoreNeeds = ObjectStoreNeeds()
    vectors: VectorStoreNeeds = VectorStoreNeeds()
    queue: QueueNeeds = QueueNeeds()
    registry: RegistryNeeds = RegistryNeeds()
    cluster: ClusterNeeds = ClusterNeeds()
    llm: LlmNeeds = LlmNeeds()
    edge: EdgeNeeds = EdgeNeeds()
    observability: ObservabilityNeeds = ObservabilityNeeds()
    platform: PlatformNeeds = PlatformNeeds()
    budgets: Budgets | None = None
    """What the stack may cost, for the policies `budget-warning` and `budget` (see docs/cost-reports.md)."""
    usage: Usage | None = None
    """Expected use in a month beyond the baseline, for estimates and budgets."""

    @field_validator("budgets", mode="before")
    @classmethod
    def _budgets(cls, value: Any) -> Any:
        try:
            return value if value is None or isinstance(value, Budgets) else budgets.parse(value)
        except FileError as exc:
            raise ValueError(str(exc)) from exc

    @field_validator("usage", mode="before")
    @classmethod
    def _usage(cls, value: Any) -> Any:
        try:
            return value if value is None or isinstance(value, Usage) else usage.parse(value)
        except FileError as exc:
            raise ValueError(str(exc)) from exc

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        """Set defaults that depend on another key."""
        if not isinstance(data, dict):
            return data
        filled = dict(data)
        filled.setdefault("prefix", f"gc-tkt-{filled.get('environment', '')}")
        regions = REGIONS.get(str(filled.get("cloud")))
        if regions:
            filled.setdefault("region", regions[0])
        return filled

    @field_validator("prefix")
    @classmethod
    def _prefix(cls, value: str) -> str:
        if not PREFIX.match(value):
            raise ValueError("lower-case letters, digits and single hyphens, beginning with a letter")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse values that contradict one another."""
        faults = [*_place(self), *contradictions(self)]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def protects(self) -> bool:
        """Whether data is protected; keys and secrets are then protected, too."""
        return self.database.protect or self.objects.protect

    @property
    def tags(self) -> Labels:
        """The labels of everything in the stack."""
        return Labels(
            prefix=self.prefix, environment=self.environment, owner=self.owner, extra=dict(self.labels)
        )


def _place(settings: Settings) -> list[str]:
    if settings.cloud == "local":
        return []
    faults = []
    allowed = REGIONS[settings.cloud]
    if settings.region not in allowed:
        near = difflib.get_close_matches(settings.region, allowed, n=1)
        hint = f"did you mean `{near[0]}`? " if near else ""
        faults.append(
            f"region: {settings.region!r} is not offered on {settings.cloud}; {hint}one of {', '.join(allowed)}"
        )
    patterns = {
        "aws": (r"\d{12}", "the 12-digit account id"),
        "azure": (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "the subscription id, a UUID"),
        "gcp": (r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "the project id"),
    }
    pattern, what = patterns[settings.cloud]
    if not re.fullmatch(pattern, settings.account):
        faults.append(f"account: {settings.account!r}; set {what}: pulumi config set caseplane:account …")
    return faults


def load() -> Settings:
    """Read the running stack's settings.

    Raises:
        SettingsError: a key is unknown, missing or invalid, or keys contradict one another.
    """
    values = {**get_config_env(), **CONFIG.get()}
    return parse(
        {key.removeprefix(NAMESPACE): text for key, text in values.items() if key.startswith(NAMESPACE)}
    )


def parse(texts: Mapping[str, Any]) -> Settings:
    """Check settings as Pulumi passes them: text, or JSON where the stack file has structure.

    Raises:
        SettingsError: as for `load`.
    """
    try:
        return Settings.model_validate({key: _structured(text) for key, text in texts.items()})
    except ValidationError as exc:
        raise SettingsError("The stack file is invalid:\n" + "\n".join(_faults(exc))) from exc


def _structured(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _faults(exc: ValidationError) -> list[str]:
    lines: list[str] = []
    for error in exc.errors():
        path = [str(each) for each in error["loc"]]
        if error["type"] == "extra_forbidden":
            lines.append(f"  - caseplane:{'.'.join(path)}: no such key; {_nearest(path)}")
        elif error["type"] == "value_error" and not path:
            lines.extend(f"  - caseplane:{line}" for line in str(error["ctx"]["error"]).splitlines())
        else:
            lines.append(f"  - caseplane:{'.'.join(path)}: {error['msg']}, got {error.get('input')!r}")
    return lines


def _nearest(path: list[str]) -> str:
    """A hint at the key that may have been meant."""
    section: type[BaseModel] = Settings
    for each in path[:-1]:
        annotation = section.model_fields[each].annotation
        choices = (annotation, *get_args(annotation))  # an optional section is a union with None
        section = next(each for each in choices if isinstance(each, type) and issubclass(each, BaseModel))
    known = list(section.model_fields)
    near = difflib.get_close_matches(path[-1], known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
