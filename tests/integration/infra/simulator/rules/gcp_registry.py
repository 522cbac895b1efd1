"""Google Cloud: image repositories."""

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.gcp_book import (
    gcp,
    labelled,
    named,
    needs_service,
    on,
    placed,
)
from tests.integration.infra.simulator.rules.gcp_keys import (
    ACCOUNT,
    KEY,
    encrypted,
    granted,
    grants,
)

REPOSITORY = gcp.kind(
    "gcp:artifactregistry/repository:Repository",
    id="projects/{project}/locations/{location}/repositories/{repositoryId}",
    outputs={"name": "{repositoryId}"},
    refs={"kmsKeyName": to(KEY)},
    immutable=("repositoryId", "location", "format", "kmsKeyName"),
    example={
        "project": on("artifactregistry"),
        "repositoryId": "example",
        "location": "us-central1",
        "format": "DOCKER",
        "kmsKeyName": granted("artifactregistry"),
    },
)
needs_service(REPOSITORY, "artifactregistry", kmsKeyName=Drop())
named(REPOSITORY, r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", key="repositoryId")
labelled(REPOSITORY)
placed(REPOSITORY)
encrypted(REPOSITORY, "kmsKeyName", "artifactregistry", lambda facts: facts.get("location"))


@gcp.rule(REPOSITORY, "INVALID_ARGUMENT", broken={"format": "OCI"})
def repository_format(repository: Facts) -> str | None:
    """Images are of format DOCKER (Artifact Registry: supported formats)."""
    known = ("DOCKER", "MAVEN", "NPM", "PYTHON", "APT", "YUM", "GO", "GENERIC", "KFP")
    return None if repository.get("format") in known else repository.get("format")


@gcp.rule(
    REPOSITORY,
    "INVALID_ARGUMENT",
    broken={
        "cleanupPolicies": [
            {"id": "keep", "action": "DELETE", "mostRecentVersions": {"keepCount": 3}},
        ]
    },
)
def cleanup_policies(repository: Facts) -> str | None:
    """Keeping the newest is a way to keep only, deleting has conditions; ten at most (cleanup policies)."""
    policies = repository.get("cleanupPolicies") or []
    wrong = [each for each in policies if ("mostRecentVersions" in each) and each["action"] != "KEEP"]
    wrong += [each for each in policies if each["action"] == "DELETE" and "condition" not in each]
    return f"{wrong}" if wrong or len(policies) > 10 else None


REPOSITORY_GRANT = gcp.kind(
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
    id="projects/{project}/locations/{location}/repositories/{repository}/{role}/{member}",
    refs={"repository": to(REPOSITORY, by="name")},
    immutable=("repository", "location", "role", "member"),
    example={
        "repository": Ref(REPOSITORY, "name"),
        "location": "us-central1",
        "role": "roles/artifactregistry.reader",
        "member": Ref(ACCOUNT, "member"),
    },
)
grants(REPOSITORY_GRANT, "roles/artifactregistry.reader", "roles/artifactregistry.writer")
