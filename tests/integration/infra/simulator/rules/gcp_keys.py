"""Google Cloud: accounts and grants, keys and their users, secrets."""

import re
from collections.abc import Callable

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.gcp_book import (
    BORN_WITH,
    IDENTITIES,
    IDENTITY,
    NUMBER,
    PROJECT,
    gcp,
    labelled,
    named,
    needs_service,
    on,
    placed,
)

# Accounts and members --------------------------------------------------------------------------------------------


def _email(facts: Facts) -> str:
    return f"{facts.get('accountId')}@{facts.cloud.account['project']}.iam.gserviceaccount.com"


ACCOUNT = gcp.kind(
    "gcp:serviceaccount/account:Account",
    id=lambda facts: f"projects/{facts.cloud.account['project']}/serviceAccounts/{_email(facts)}",
    outputs={
        "email": _email,
        "name": "{id}",
        "member": lambda facts: f"serviceAccount:{_email(facts)}",
        "uniqueId": lambda facts: str(int(facts.digits(16), 16)),
    },
    immutable=("accountId", "project"),
    quota=100,
    example={"project": on("iam"), "accountId": "example-account"},
    further=({"accountId": "second-account"}, {"accountId": "third-account"}),
)
needs_service(ACCOUNT, "iam")
named(
    ACCOUNT,
    r"[a-z]([-a-z0-9]{4,28}[a-z0-9])",
    key="accountId",
    broken="a-name-with-more-than-thirty-characters",
)

WORKLOAD = re.compile(r"serviceAccount:([a-z0-9-]+)\.svc\.id\.goog\[([a-z0-9-]+)/([a-z0-9.-]+)\]")
CLUSTER = "gcp:container/cluster:Cluster"


def member_fault(facts: Facts, member: str) -> str | None:
    """Why a member names no principal, or `None`."""
    if member in ("allUsers", "allAuthenticatedUsers"):
        return None
    if re.fullmatch(r"(user|group|domain):.+", member) or WORKLOAD.fullmatch(member):
        return None
    email = re.fullmatch(r"serviceAccount:([a-z0-9-]+)@([a-z0-9-]+)\.iam\.gserviceaccount\.com", member)
    return _account_fault(facts, email[1], email[2]) if email else f"{member!r} is no member"


def _account_fault(facts: Facts, name: str, domain: str) -> str | None:
    number = facts.cloud.account["number"]
    if domain == facts.cloud.account["project"]:
        known = any(each.inputs["accountId"] == name for each in facts.others(ACCOUNT))
    elif domain in IDENTITIES.values():
        address = f"{name}@{domain}.iam.gserviceaccount.com"
        known = any(each.outputs["email"] == address for each in facts.others(IDENTITY))
    else:
        known = domain in BORN_WITH and name in (f"service-{number}", f"cmek-p{number}")
    return None if known else f"service account {name}@{domain} does not exist"


def grants(kind: str, *roles: str) -> None:
    """Declare the two rules of all grants, and the roles that make sense on what a type grants."""

    @gcp.rule(
        kind,
        "INVALID_MEMBER",
        broken={"member": "serviceAccount:unknown@caseplane-test.iam.gserviceaccount.com"},
    )
    def member_exists(facts: Facts) -> str | None:
        """A grant is to an existing principal (IAM: principal identifiers)."""
        member = facts.get("member")
        return member_fault(facts, member) if ":" in member else None

    @gcp.rule(kind, "INVALID_MEMBER", broken={"member": "example-account"})
    def member_kind(facts: Facts) -> str | None:
        """Members begin with their kind: user:, group:, serviceAccount: … (IAM: principal identifiers)."""
        member = facts.get("member")
        return None if ":" in member or member.startswith("all") else f"{member!r}"

    @gcp.rule(kind, "INVALID_ROLE", broken={"role": "roles/everything"})
    def role_known(facts: Facts) -> str | None:
        """Roles are Google's, and fit what they are granted on (IAM: roles and permissions reference)."""
        role = facts.get("role")
        return None if role in roles else f"{role} is not one of {', '.join(roles)}"


PROJECT_GRANT = gcp.kind(
    "gcp:projects/iAMMember:IAMMember",
    id="{project}/{role}/{member}",
    immutable=("project", "role", "member"),
    example={
        "project": PROJECT,
        "role": "roles/aiplatform.user",
        "member": Ref(ACCOUNT, "member"),
    },
    further=({"role": "roles/container.defaultNodeServiceAccount"},),
)
grants(
    PROJECT_GRANT,
    "roles/aiplatform.user",
    "roles/container.defaultNodeServiceAccount",
    "roles/logging.logWriter",
    "roles/monitoring.metricWriter",
    "roles/owner",
    "roles/editor",
)

LENT = gcp.kind(
    "gcp:serviceaccount/iAMMember:IAMMember",
    id="{serviceAccountId}/{role}/{member}",
    refs={"serviceAccountId": to(ACCOUNT, by="name")},
    immutable=("serviceAccountId", "role", "member"),
    example={
        "serviceAccountId": Ref(ACCOUNT, "name"),
        "role": "roles/iam.serviceAccountTokenCreator",
        "member": Ref(ACCOUNT, "member", 2),
    },
)
grants(
    LENT,
    "roles/iam.workloadIdentityUser",
    "roles/iam.serviceAccountUser",
    "roles/iam.serviceAccountTokenCreator",
)


@gcp.rule(
    LENT,
    "INVALID_MEMBER",
    broken={
        "role": "roles/iam.workloadIdentityUser",
        "member": "serviceAccount:caseplane-test.svc.id.goog[caseplane/caseplane-gateway]",
    },
)
def pool_first(grant: Facts) -> str | None:
    """The project's pool of workload identities comes with its first cluster (GKE: workload identity federation)."""
    lent = WORKLOAD.fullmatch(grant.get("member"))
    clusters = [each for each in grant.others(CLUSTER) if each.polls <= 0]
    pools = [(each.inputs.get("workloadIdentityConfig") or {}).get("workloadPool") for each in clusters]
    return None if not lent or f"{lent[1]}.svc.id.goog" in pools else f"no pool for {lent[0]}"


# Keys ------------------------------------------------------------------------------------------------------------

RING = gcp.kind(
    "gcp:kms/keyRing:KeyRing",
    id="projects/{project}/locations/{location}/keyRings/{name}",
    immutable=("name", "location"),
    example={"project": on("cloudkms"), "name": "example", "location": "us-central1"},
    further=({"location": "europe-west4"},),
)
needs_service(RING, "cloudkms")
named(RING, r"[a-zA-Z0-9_-]{1,63}", broken="a ring")
placed(RING)

KEY = gcp.kind(
    "gcp:kms/cryptoKey:CryptoKey",
    id="{keyRing}/cryptoKeys/{name}",
    refs={"keyRing": to(RING)},
    immutable=("name", "keyRing", "purpose", "destroyScheduledDuration"),
    example={
        "name": "example",
        "keyRing": Ref(RING),
        "purpose": "ENCRYPT_DECRYPT",
        "rotationPeriod": "7776000s",
        "destroyScheduledDuration": "604800s",
        "versionTemplate": {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE"},
    },
    further=({"name": "without-grants"}, {"name": "elsewhere", "keyRing": Ref(RING, "id", 2)}),
)
named(KEY, r"[a-zA-Z0-9_-]{1,63}", broken="a key")
labelled(KEY)


@gcp.while_full(RING)
def ring_stays(cloud: Cloud, ring: Record) -> None:
    """A ring cannot be deleted, only left; its name is taken for ever (Cloud KMS: deleting resources)."""
    cloud.taken.add((RING, ring.id))


@gcp.while_full(KEY)
def key_stays(cloud: Cloud, key: Record) -> None:
    """Deleting a key destroys its versions; its name is taken for ever (Cloud KMS: deleting resources)."""
    cloud.taken.add((KEY, key.id))


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)s", text)
    return int(found[1]) if found else -1


@gcp.rule(KEY, "INVALID_ARGUMENT", broken={"rotationPeriod": "3600s"})
def key_rotation(key: Facts) -> str | None:
    """A key rotates at most once a day, and its period is in seconds (Cloud KMS: key rotation)."""
    period = key.get("rotationPeriod")
    return None if period is None or _seconds(period) >= 86_400 else f"{period}"


@gcp.rule(KEY, "INVALID_ARGUMENT", broken={"destroyScheduledDuration": "15552000s"})
def key_window(key: Facts) -> str | None:
    """A destroyed version can be restored for 24 hours to 120 days (Cloud KMS: key destruction)."""
    window = key.get("destroyScheduledDuration", "2592000s")
    return None if 86_400 <= _seconds(window) <= 120 * 86_400 else f"{window}"


@gcp.rule(KEY, "INVALID_ARGUMENT", broken={"versionTemplate.algorithm": "RSA_SIGN_PSS_2048_SHA256"})
def key_algorithm(key: Facts) -> str | None:
    """The algorithm fits the purpose (Cloud KMS: purposes and algorithms)."""
    algorithm = key.get("versionTemplate.algorithm", "GOOGLE_SYMMETRIC_ENCRYPTION")
    fits = (key.get("purpose") == "ENCRYPT_DECRYPT") == (algorithm == "GOOGLE_SYMMETRIC_ENCRYPTION")
    return None if fits else f"{algorithm} for {key.get('purpose')}"


AGENTS = {
    "storage": f"serviceAccount:service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com",
    "compute": f"serviceAccount:service-{NUMBER}@compute-system.iam.gserviceaccount.com",
    "container": f"serviceAccount:service-{NUMBER}@container-engine-robot.iam.gserviceaccount.com",
    "logging": f"serviceAccount:cmek-p{NUMBER}@gcp-sa-logging.iam.gserviceaccount.com",
    **{each: Ref(IDENTITY, "member", index) for index, each in enumerate(IDENTITIES, start=1)},
}
USE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
KEY_GRANT = gcp.kind(
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
    id="{cryptoKeyId}/{role}/{member}",
    refs={"cryptoKeyId": to(KEY)},
    immutable=("cryptoKeyId", "role", "member"),
    example={"cryptoKeyId": Ref(KEY), "role": USE, "member": AGENTS["storage"]},
    further=tuple({"member": member} for member in list(AGENTS.values())[1:]),
)
grants(KEY_GRANT, USE, "roles/cloudkms.cryptoKeyEncrypter", "roles/cloudkms.cryptoKeyDecrypter")


def granted(agent: str) -> Ref:
    """In an example: the key, which this agent may use."""
    return Ref(KEY_GRANT, "cryptoKeyId", list(AGENTS).index(agent) + 1)


def encrypted(kind: str, path: str, agent: str, location: Callable[[Facts], str]) -> None:
    """Declare that a type's key is in its place, and may be used by the service's agent."""

    first = path.replace("[]", "[0]")

    @gcp.rule(kind, "KEY_ELSEWHERE", broken={first: Ref(KEY, "id", 3)})
    def key_in_place(facts: Facts) -> str | None:
        """A key and what it encrypts are in the same location (Cloud KMS: compatible services, CMEK locations)."""
        key, place = facts.get(path), location(facts)
        return None if not key or f"/locations/{place}/" in key else f"{key} is not in {place}"

    @gcp.rule(kind, "KEY_DENIED", broken={first: Ref(KEY, "id", 2)})
    def key_usable(facts: Facts) -> str | None:
        """The service's agent needs the right to use the key beforehand (Cloud KMS: CMEK; service agents)."""
        key = facts.get(path)
        return None if not key or may_use(facts, key, agent) else f"{agent}'s agent may not use {key}"


def may_use(facts: Facts, key: str, agent: str) -> bool:
    """Whether a service's agent has the grant."""
    domain = {**IDENTITIES, **{service: domain for domain, service in BORN_WITH.items()}}[agent]
    return any(
        f"@{domain}." in each.inputs["member"] and each.inputs["role"] == USE
        for each in facts.others(KEY_GRANT, cryptoKeyId=key)
    )


# Secrets ---------------------------------------------------------------------------------------------------------

REPLICA = "replication.userManaged.replicas[]"
REPLICA_KEY = f"{REPLICA}.customerManagedEncryption.kmsKeyName"
SECRET = gcp.kind(
    "gcp:secretmanager/secret:Secret",
    id="projects/{project}/secrets/{secretId}",
    outputs={"name": "projects/{number}/secrets/{secretId}"},
    refs={REPLICA_KEY: to(KEY)},
    immutable=("secretId", "replication"),
    protected_by="deletionProtection",
    example={
        "project": on("secretmanager"),
        "secretId": "example",
        "replication": {
            "userManaged": {
                "replicas": [
                    {
                        "location": "us-central1",
                        "customerManagedEncryption": {"kmsKeyName": granted("secretmanager")},
                    }
                ]
            }
        },
    },
)
named(SECRET, r"[a-zA-Z0-9_-]{1,255}", key="secretId", broken="a/secret")
labelled(SECRET)
encrypted(SECRET, REPLICA_KEY, "secretmanager", lambda secret: secret.get(f"{REPLICA}.location"))


@gcp.rule(SECRET, "INVALID_ARGUMENT", broken={"replication": {}})
def replication_chosen(secret: Facts) -> str | None:
    """A secret is replicated automatically or to named regions: one of the two (Secret Manager: replication)."""
    ways = {"auto", "userManaged"} & set(secret.get("replication"))
    return None if len(ways) == 1 else f"{len(ways)} ways"


@gcp.rule(SECRET, "INVALID_ARGUMENT", broken={"versionDestroyTtl": "60s"})
def destroy_delay(secret: Facts) -> str | None:
    """Destruction of a version is delayed by 24 hours at least (Secret Manager: delay destruction)."""
    delay = secret.get("versionDestroyTtl")
    return None if delay is None or _seconds(delay) >= 86_400 else f"{delay}"


SECRET_VERSION = gcp.kind(
    "gcp:secretmanager/secretVersion:SecretVersion",
    id=lambda facts: f"{facts.get('secret')}/versions/{facts.birth}",
    outputs={"name": "{id}", "version": lambda facts: str(facts.birth)},
    refs={"secret": to(SECRET)},
    immutable=("secret", "secretData"),
    example={"secret": Ref(SECRET), "secretData": "value"},
)


@gcp.rule(SECRET_VERSION, "INVALID_ARGUMENT", broken={"secretData": Drop()})
def secret_payload(version: Facts) -> str | None:
    """A version holds 1 to 65,536 bytes (Secret Manager: quotas)."""
    size = len((version.get("secretData") or "").encode())
    return None if 0 < size <= 65_536 else f"{size} bytes"


SECRET_GRANT = gcp.kind(
    "gcp:secretmanager/secretIamMember:SecretIamMember",
    id="projects/{project}/secrets/{secretId}/{role}/{member}",
    refs={"secretId": to(SECRET, by="secretId")},
    immutable=("secretId", "role", "member"),
    example={
        "secretId": Ref(SECRET, "secretId"),
        "role": "roles/secretmanager.secretAccessor",
        "member": Ref(ACCOUNT, "member"),
    },
)
grants(SECRET_GRANT, "roles/secretmanager.secretAccessor", "roles/secretmanager.viewer")
