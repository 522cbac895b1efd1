"""The project that everything goes into: the provider, the enabled services, and Google's service agents.

Google acts for us through service agents, one account per service. They need grants on our key, so they are created
here first. Google reserves some names after deletion (key rings for ever, database instances and log buckets for a
week). Such names end in a random `suffix`, so a destroyed stack can be created again.
"""

from collections.abc import Mapping

import pulumi
import pulumi_gcp
from pulumi_gcp import logging, organizations, projects, storage
from pulumi_random import RandomId

from caseplane_infra.settings import Settings, SettingsError

DAY = 86_400
"""In seconds, the unit of Google's durations."""
ZONES: Mapping[str, tuple[str, ...]] = {
    "us-central1": ("a", "b", "c", "f"),
    "us-east1": ("b", "c", "d"),
    "us-west1": ("a", "b", "c"),
    "europe-west1": ("b", "c", "d"),
    "europe-west2": ("a", "b", "c"),
    "europe-west3": ("a", "b", "c"),
    "europe-west4": ("a", "b", "c"),
}
"""A table, because a new project cannot list its zones before the services are enabled."""

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
"""Services with an agent that does not exist before it is requested."""


def provider(settings: Settings) -> pulumi_gcp.Provider:
    """The provider for the stack file's project, whatever the default project of the credentials is."""
    return pulumi_gcp.Provider(
        "gcp",
        project=settings.account,
        region=settings.region,
        user_project_override=True,  # quota counts for the project, not for the caller
        add_pulumi_attribution_label=False,
    )


def zones(settings: Settings) -> tuple[str, ...]:
    """The first zones of the region, as many as the network has."""
    return tuple(f"{settings.region}-{each}" for each in ZONES[settings.region][: settings.network.zones])


class GcpProject(pulumi.ComponentResource):
    """An existing project, prepared for the stack. It is neither created nor deleted here, and its services stay enabled."""

    def __init__(self, name: str, settings: Settings, *, opts: pulumi.ResourceOptions) -> None:
        super().__init__("caseplane:gcp:Project", name, None, opts)
        self.id, self.region, self.zones = settings.account, settings.region, zones(settings)
        self.prefix = settings.prefix
        self.number = self._number()
        own = pulumi.ResourceOptions(parent=self)
        self.services = [self._service(f"{name}-{each}", each) for each in services(settings)]
        self.suffix = RandomId(f"{name}-era", byte_length=2, opts=own).hex
        self.agents = self._agents(name)
        """Service to the IAM member that acts for it."""
        self.register_outputs({"number": self.number, "era": self.suffix})

    def _number(self) -> pulumi.Output[str]:
        found = organizations.get_project_output(project_id=self.id, opts=self._invoke())
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
        """Some agents must be requested, some exist with their service, and two have names that only Google knows."""
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
            project=self.id, opts=self._invoke(*self.services)
        ).member
        logs = logging.get_project_cmek_settings_output(project=self.id, opts=self._invoke(*self.services))
        writer = logs.service_account_id.apply(lambda account: f"serviceAccount:{account}")
        return {**made, **known, "storage": files, "logging": writer}

    def _invoke(self, *depends_on: pulumi.Resource) -> pulumi.InvokeOutputOptions:
        return pulumi.InvokeOutputOptions(parent=self, depends_on=list(depends_on))


def _guarded(project: organizations.GetProjectResult) -> str:
    if not project.billing_account:
        raise SettingsError(
            f"account: project {project.project_id!r} has no billing account, so nothing can be made in it; "
            "link one: gcloud billing projects link …"
        )
    return project.number


def services(settings: Settings) -> tuple[str, ...]:
    """The services that the stack uses; no more are enabled, since each must be watched."""
    edge = ("certificatemanager",) if settings.edge.domain else ()
    models = ("aiplatform",) if settings.llm.enabled else ()
    return (*SERVICES, *edge, *models)


def account_id(prefix: str, role: str) -> str:
    """Id of a service account, of at most 30 characters: the prefix is cut to fit, the role is not.

    If two prefixes are equal up to the cut, the second stack fails, without harm to the first.
    """
    return f"{prefix[: 29 - len(role)].rstrip('-')}-{role}"
