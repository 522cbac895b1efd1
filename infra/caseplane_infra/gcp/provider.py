"""The project that everything goes into: guarded provider, services turned on, Google's own agents, last names.

Google makes things for us through service agents, one account per service; they need grants on our key, so they are
made here first. `era` ends the names that Google keeps occupied after deletion (key rings for ever, database
instances for a week, log buckets for a week), so a stack that was destroyed can be made again.
"""

from collections.abc import Mapping

import pulumi
import pulumi_gcp
from pulumi_gcp import logging, organizations, projects, storage
from pulumi_random import RandomId

from caseplane_infra.settings import Settings, SettingsError

DAY = 86_400
"""In seconds, which Google counts time in."""
ZONES: Mapping[str, tuple[str, ...]] = {
    "us-central1": ("a", "b", "c", "f"),
    "us-east1": ("b", "c", "d"),
    "us-west1": ("a", "b", "c"),
    "europe-west1": ("b", "c", "d"),
    "europe-west2": ("a", "b", "c"),
    "europe-west3": ("a", "b", "c"),
    "europe-west4": ("a", "b", "c"),
}
"""A table, not a look-up: in a new project zones cannot be asked for before the services are on."""

SERVICES = (
    "artifactregistry",
    "cloudkms",
    "cloudresourcemanager",
    "compute",
    "container",
    "containerscanning",
    "dns",
    "iam",
    "iamcredentials",
    "logging",
    "monitoring",
    "pubsub",
    "secretmanager",
    "servicenetworking",
    "sqladmin",
    "storage",
)
IDENTITIES = ("artifactregistry", "pubsub", "secretmanager", "sqladmin")
"""Services whose agent does not exist before it is asked for."""


def provider(settings: Settings) -> pulumi_gcp.Provider:
    """A provider that works in the stack file's project, whatever the credentials' default is."""
    return pulumi_gcp.Provider(
        "gcp",
        project=settings.account,
        region=settings.region,
        user_project_override=True,  # quota is counted on the project, not on whoever runs this
        add_pulumi_attribution_label=False,
    )


def zones(settings: Settings) -> tuple[str, ...]:
    """As many zones of the region as the network has."""
    return tuple(f"{settings.region}-{each}" for each in ZONES[settings.region][: settings.network.zones])


class GcpProject(pulumi.ComponentResource):
    """An existing project, made ready. It is neither created nor deleted here, and services stay on at the end."""

    def __init__(self, name: str, settings: Settings, *, opts: pulumi.ResourceOptions) -> None:
        super().__init__("caseplane:gcp:Project", name, None, opts)
        self.id, self.region, self.zones = settings.account, settings.region, zones(settings)
        self.prefix = settings.prefix
        self.number = self._number()
        own = pulumi.ResourceOptions(parent=self)
        self.services = [self._service(f"{name}-{each}", each) for each in services(settings)]
        self.era = RandomId(f"{name}-era", byte_length=2, opts=own).hex
        self.agents = self._agents(name)
        """Service to the IAM member that acts for it."""
        self.register_outputs({"number": self.number, "era": self.era})

    def _number(self) -> pulumi.Output[str]:
        found = organizations.get_project_output(project_id=self.id, opts=self._asked())
        return found.apply(_guarded)

    def _service(self, name: str, service: str) -> projects.Service:
        return projects.Service(
            name,
            project=self.id,
            service=f"{service}.googleapis.com",
            disable_on_destroy=False,  # others in the project may use it
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _agents(self, name: str) -> Mapping[str, pulumi.Output[str]]:
        """Some agents are asked for, some come with their service, two have names that only Google knows."""
        opts = pulumi.ResourceOptions(parent=self, depends_on=self.services)
        made = {
            each: projects.ServiceIdentity(
                f"{name}-{each}-agent", project=self.id, service=f"{each}.googleapis.com", opts=opts
            ).member
            for each in IDENTITIES
        }
        with_service = {"compute": "compute-system", "container": "container-engine-robot"}
        known = {
            each: pulumi.Output.format(
                "serviceAccount:service-{0}@{1}.iam.gserviceaccount.com", self.number, domain
            )
            for each, domain in with_service.items()
        }
        files = storage.get_project_service_account_output(
            project=self.id, opts=self._asked(*self.services)
        ).member
        logs = logging.get_project_cmek_settings_output(project=self.id, opts=self._asked(*self.services))
        writer = logs.service_account_id.apply(lambda account: f"serviceAccount:{account}")
        return {**made, **known, "storage": files, "logging": writer}

    def _asked(self, *depends_on: pulumi.Resource) -> pulumi.InvokeOutputOptions:
        return pulumi.InvokeOutputOptions(parent=self, depends_on=list(depends_on))


def _guarded(project: organizations.GetProjectResult) -> str:
    if not project.billing_account:
        raise SettingsError(
            f"account: project {project.project_id!r} has no billing account, so nothing can be made in it; "
            "link one: gcloud billing projects link …"
        )
    return project.number


def services(settings: Settings) -> tuple[str, ...]:
    """The services that the stack uses, and no more: each one turned on is one more to watch."""
    edge = ("certificatemanager",) if settings.edge.domain else ()
    models = ("aiplatform",) if settings.llm.enabled else ()
    return (*SERVICES, *edge, *models)


def account_id(prefix: str, role: str) -> str:
    """Id of a service account, which Google limits to 30 characters: the role stays whole, the prefix is cut.

    Prefixes equal up to the cut would collide, and then the second stack fails: it takes nothing from the first.
    """
    return f"{prefix[: 29 - len(role)].rstrip('-')}-{role}"
