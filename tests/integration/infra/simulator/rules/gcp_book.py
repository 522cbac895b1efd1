"""Google Cloud's rulebook, and the checks that many of its types share: services, names, labels, keys, members.

Facts are from Google's public documentation; each rule's sentence says which.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, RefusedError, Rulebook
from tests.integration.infra.simulator.values import Properties

gcp = Rulebook("gcp")
gcp.outputs = {
    "project": "{project}",
    "region": "{region}",
    "selfLink": "https://www.googleapis.com/compute/v1/{id}",
    "effectiveLabels": lambda facts: facts.get("labels") or {},
    "pulumiLabels": lambda facts: facts.get("labels") or {},
}
PROJECT, NUMBER, REGION = "caseplane-test", "123456789012", "us-central1"
"""The account of examples."""
REGIONS = re.compile(r"(us|europe|asia|australia|northamerica|southamerica|me|africa)-[a-z]+[1-9][0-9]?")
ZONES: Mapping[str, str] = {"us-east1": "bcd", "us-central1": "abcf", "europe-west1": "bcd"}
"""Zones by letter where they are not a, b and c."""


@gcp.configuration
def right_project(cloud: Cloud, settings: Properties) -> None:
    """The credentials reach one project."""
    wanted = settings.get("project", cloud.account["project"])
    if wanted != cloud.account["project"]:
        raise RefusedError("PERMISSION_DENIED", f"no access to project {wanted}")


def zones_of(region: str) -> set[str]:
    """The zones of a region, as "Regions and zones" of Compute Engine lists them."""
    return {f"{region}-{letter}" for letter in ZONES.get(region, "abc")}


# Services --------------------------------------------------------------------------------------------------------

SERVICES = (
    "compute",
    "cloudkms",
    "secretmanager",
    "sqladmin",
    "storage",
    "pubsub",
    "artifactregistry",
    "container",
    "iam",
    "dns",
    "certificatemanager",
    "logging",
    "monitoring",
    "servicenetworking",
)
KNOWN = {
    *SERVICES,
    "aiplatform",
    "cloudresourcemanager",
    "containerscanning",
    "iamcredentials",
    "serviceusage",
}
SERVICE = gcp.kind(
    "gcp:projects/service:Service",
    id="{project}/{service}",
    immutable=("service",),
    polls=2,
    example={"service": "compute.googleapis.com", "disableOnDestroy": False},
    further=tuple({"service": f"{each}.googleapis.com"} for each in SERVICES[1:]),
)


def on(service: str) -> Ref:
    """In an example: the project, with a service turned on in it."""
    return Ref(SERVICE, "project", SERVICES.index(service) + 1)


def is_on(services: Iterable[Record], service: str) -> bool:
    """Whether a service is among those that are ready."""
    name = f"{service}.googleapis.com"
    return any(each.polls <= 0 and each.inputs["service"] == name for each in services)


def needs_service(kind: str, service: str, **less: Any) -> None:
    """Declare that a type cannot be made before its service is on; its example names the project by `on`.

    Args:
        kind: the type.
        service: its service.
        less: what else to change in the example, where other parts of it turn the service on too.
    """

    @gcp.rule(kind, "SERVICE_DISABLED", broken={"project": PROJECT, **less})
    def service_on(facts: Facts) -> str | None:
        """An API answers only in projects that it is enabled in (Service Usage: enabled services)."""
        return None if is_on(facts.others(SERVICE), service) else f"{service}.googleapis.com is off"


@gcp.rule(SERVICE, "SERVICE_UNKNOWN", broken={"service": "postgres.googleapis.com"})
def known_service(service: Facts) -> str | None:
    """Services have fixed names (Service Usage: listing services)."""
    name = service.get("service")
    return None if name.removesuffix(".googleapis.com") in KNOWN else f"{name} is none"


IDENTITIES = {
    "pubsub": "gcp-sa-pubsub",
    "secretmanager": "gcp-sa-secretmanager",
    "sqladmin": "gcp-sa-cloud-sql",
    "artifactregistry": "gcp-sa-artifactregistry",
}
"""Services whose agent is only made on request, and its domain (service agents)."""
BORN_WITH = {
    "compute-system": "compute",
    "container-engine-robot": "container",
    "gs-project-accounts": "storage",
    "gcp-sa-logging": "logging",
}
"""Domains of agents that come with their service."""


def _agent(facts: Facts) -> str:
    service = facts.get("service").removesuffix(".googleapis.com")
    return f"service-{facts.cloud.account['number']}@{IDENTITIES[service]}.iam.gserviceaccount.com"


IDENTITY = gcp.kind(
    "gcp:projects/serviceIdentity:ServiceIdentity",
    id="projects/{project}/services/{service}",
    outputs={"email": _agent, "member": lambda facts: f"serviceAccount:{_agent(facts)}"},
    immutable=("service",),
    example={"project": on("pubsub"), "service": "pubsub.googleapis.com"},
    further=tuple(
        {"project": on(each), "service": f"{each}.googleapis.com"} for each in list(IDENTITIES)[1:]
    ),
)


@gcp.rule(IDENTITY, "INVALID_ARGUMENT", broken={"service": "compute.googleapis.com"})
def identity_to_ask_for(identity: Facts) -> str | None:
    """Only some services make their agent on request (Service Usage: generateServiceIdentity)."""
    service = identity.get("service").removesuffix(".googleapis.com")
    return None if service in IDENTITIES else f"{service} does not"


@gcp.rule(IDENTITY, "SERVICE_DISABLED", broken={"project": PROJECT})
def identity_of_service(identity: Facts) -> str | None:
    """A service agent is made for a service that is on (service agents)."""
    service = identity.get("service").removesuffix(".googleapis.com")
    return None if is_on(identity.others(SERVICE), service) else f"{service} is off"


# Names and labels ------------------------------------------------------------------------------------------------

LABEL = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"


def named(kind: str, pattern: str = LABEL, *, key: str = "name", broken: str = "Not_A_Name") -> None:
    """Declare the grammar of a type's names."""

    @gcp.rule(kind, "INVALID_NAME", broken={key: broken})
    def grammar(facts: Facts) -> str | None:
        """Each service has a grammar for names (Compute Engine: naming resources; the service's own reference)."""
        name = facts.get(key)
        fits = isinstance(name, str) and re.fullmatch(pattern, name)
        return None if fits else f"{key} {name!r} is not {pattern}"


def labelled(kind: str, path: str = "labels") -> None:
    """Declare a type's labels."""

    @gcp.rule(kind, "INVALID_LABEL", broken={path: {"Environment": "dev"}})
    def label_grammar(facts: Facts) -> str | None:
        """At most 64 labels; keys begin with a lower-case letter, both have no capitals (requirements for labels)."""
        labels: dict[str, str] = facts.get(path) or {}
        if len(labels) > 64:
            return f"{len(labels)} labels"
        for key, value in labels.items():
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key) or not re.fullmatch(
                r"[a-z0-9_-]{0,63}", value
            ):
                return f"{key}={value}"
        return None


def placed(kind: str, *, key: str = "location", zonal: bool = False) -> None:
    """Declare where a type may be."""

    @gcp.rule(kind, "INVALID_LOCATION", broken={key: "eu-central-1"})
    def known_place(facts: Facts) -> str | None:
        """Locations are Google's regions and zones (regions and zones; Cloud locations)."""
        place = str(facts.get(key)).lower()
        region = place.rsplit("-", 1)[0] if zonal and place.count("-") == 2 else place
        known = REGIONS.fullmatch(region) and (region == place or place in zones_of(region))
        return None if known else f"{place!r} is none"


# Invokes ---------------------------------------------------------------------------------------------------------


@gcp.invoke("gcp:organizations/getClientConfig:getClientConfig")
def client_config(cloud: Cloud, _: Properties) -> Properties:
    """Who we are, without a token that would work anywhere."""
    return {
        "project": cloud.account["project"],
        "region": cloud.account["region"],
        "zone": f"{cloud.account['region']}-a",
        "accessToken": "simulated",
        "defaultLabels": {},
        "id": f"projects/{cloud.account['project']}",
    }


@gcp.invoke("gcp:organizations/getProject:getProject")
def project(cloud: Cloud, arguments: Properties) -> Properties:
    """The project, which is the only one there is; without `billing` in the account's facts it can pay."""
    wanted = arguments.get("projectId", cloud.account["project"])
    if wanted != cloud.account["project"]:
        raise RefusedError("PERMISSION_DENIED", f"no access to project {wanted}")
    return {
        "projectId": wanted,
        "number": cloud.account["number"],
        "name": wanted,
        "id": f"projects/{wanted}",
        "billingAccount": cloud.account.get("billing", "012345-6789AB-CDEF01"),
    }


@gcp.invoke("gcp:storage/getProjectServiceAccount:getProjectServiceAccount")
def storage_agent(cloud: Cloud, _: Properties) -> Properties:
    """Cloud Storage's agent, which asking for makes."""
    _must_be_on(cloud, "storage")
    email = f"service-{cloud.account['number']}@gs-project-accounts.iam.gserviceaccount.com"
    return {
        "emailAddress": email,
        "member": f"serviceAccount:{email}",
        "project": cloud.account["project"],
        "id": email,
    }


@gcp.invoke("gcp:logging/getProjectCmekSettings:getProjectCmekSettings")
def logging_agent(cloud: Cloud, _: Properties) -> Properties:
    """The account under which Cloud Logging uses keys."""
    _must_be_on(cloud, "logging")
    name = f"projects/{cloud.account['project']}/cmekSettings"
    account = f"cmek-p{cloud.account['number']}@gcp-sa-logging.iam.gserviceaccount.com"
    return {"serviceAccountId": account, "project": cloud.account["project"], "name": name, "id": name}


def _must_be_on(cloud: Cloud, service: str) -> None:
    if not is_on(cloud.of(SERVICE), service):
        raise RefusedError("SERVICE_DISABLED", f"{service}.googleapis.com is off")
