"""The stack file, read once and checked whole before anything is created.

`infra/stacks/Pulumi.<cloud>-<environment>.yaml` holds the keys below under `caseplane:`; sections are the
`…Needs` classes of the contract. Everything wrong is reported at once, each with its key and a way out.
"""

import difflib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pulumi import RunError
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

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
from caseplane_infra.cost import budgets, usage
from caseplane_infra.cost.budgets import Budgets
from caseplane_infra.cost.usage import Usage
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
"""Regions that the platform is offered in; the first is the default. Prices are kept for these."""


class SettingsError(RunError):
    """The stack file is wrong; the message lists every fault with its key and what to do.

    Of the kind that the engine shows without our code's lines.
    """


class PlatformNeeds(Section):
    """The chart's release on the cluster."""

    namespace: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")] = "caseplane"
    """Kubernetes namespace of the release."""
    install: bool = True
    """Whether this program installs the chart; `false` leaves it to a GitOps tool, which finds the values in the
    output `chart_values`."""
    image_tag: str = ""
    """Tag of the images; empty: the version of this program."""
    addons: bool = True
    """Install what the chart leans on: External Secrets, KEDA, and on AWS the cluster autoscaler and, with
    `edge.domain`, the load balancer controller. `false`: they are on the cluster, or their images are not there yet.
    With neither these nor the chart, the secret store that needs them is left out, too. About 0.5 GiB of memory."""
    prometheus: bool = False
    """The Prometheus operator is on the cluster: install the chart's monitors, alerts and dashboards."""


class Settings(Section):
    """One stack."""

    cloud: Literal["aws", "azure", "gcp", "local"]
    """Where the platform goes. `local`: any Kubernetes cluster that a kubeconfig reaches."""
    environment: Literal["dev", "stage", "prod"]
    """What it is for; refuses combinations that are unsafe there. Sizes are the knobs' business, not this one's."""
    region: str = ""
    """Region of the cloud; empty: the cloud's default."""
    account: str = ""
    """AWS account id, Azure subscription id or Google project id. Required: guards against the wrong account."""
    prefix: Annotated[str, Field(min_length=3, max_length=24)] = ""
    """Begins every name; cannot change later. Empty: `gc-tkt-<environment>`."""
    owner: Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,63}$")] = "platform-team"
    """Team or address that answers for the stack; the `Owner` label."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    """Further labels for cost allocation."""
    teardown: bool = False
    """Lets every `protect` be false in prod too, as the last `up` before `destroy` needs it. Nothing else changes."""
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
    """What the stack may cost; the policies `budget-warning` and `budget` judge by it (see docs/cost-reports.md)."""
    usage: Usage | None = None
    """What a month is expected to use, over the baseline: estimates, and budgets, reckon with it."""

    @field_validator("budgets", mode="before")
    @classmethod
    def _budgets(cls, value: Any) -> Any:
        try:
            return value if value is None or isinstance(value, Budgets) else budgets.parse(value)
        except budgets.BudgetError as exc:
            raise ValueError(str(exc)) from exc

    @field_validator("usage", mode="before")
    @classmethod
    def _usage(cls, value: Any) -> Any:
        try:
            return value if value is None or isinstance(value, Usage) else usage.parse(value)
        except usage.UsageError as exc:
            raise ValueError(str(exc)) from exc

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        """Defaults that depend on another key."""
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
        """What only several keys together can get wrong."""
        faults = [*_place(self), *contradictions(self)]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def protects(self) -> bool:
        """Whether data is protected; what it is read with is, too."""
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
        SettingsError: a key is unknown, missing or wrong, or keys contradict one another.
    """
    values = {**get_config_env(), **CONFIG.get()}
    return parse(
        {key.removeprefix(NAMESPACE): text for key, text in values.items() if key.startswith(NAMESPACE)}
    )


def parse(texts: Mapping[str, Any]) -> Settings:
    """Check settings as Pulumi hands them over: text, or JSON where the stack file has structure.

    Raises:
        SettingsError: as for `load`.
    """
    try:
        return Settings.model_validate({key: _structured(text) for key, text in texts.items()})
    except ValidationError as exc:
        raise SettingsError("The stack file needs mending:\n" + "\n".join(_faults(exc))) from exc


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
    """What the key may have been meant to be."""
    section: type[BaseModel] = Settings
    for each in path[:-1]:
        annotation = section.model_fields[each].annotation
        choices = (annotation, *get_args(annotation))  # a section that may be left out is one of two
        section = next(each for each in choices if isinstance(each, type) and issubclass(each, BaseModel))
    known = list(section.model_fields)
    near = difflib.get_close_matches(path[-1], known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
