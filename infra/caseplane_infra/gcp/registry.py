"""The image registry: one Artifact Registry repository, tags final, scanned, under the own key."""

import pulumi
from pulumi_gcp import artifactregistry

from caseplane_infra import contract
from caseplane_infra.contract import Keys, RegistryNeeds
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.naming import Labels


class GcpRegistry(contract.Registry):
    """See the contract. Images are packages inside the one repository, made by the first push."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: RegistryNeeds,
        *,
        project: GcpProject,
        keys: Keys,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.repository = artifactregistry.Repository(
            f"{name}-images",
            repository_id=project.prefix,
            location=project.region,
            format="DOCKER",
            mode="STANDARD_REPOSITORY",
            kms_key_name=keys.id,
            docker_config=artifactregistry.RepositoryDockerConfigArgs(immutable_tags=True),
            vulnerability_scanning_config=artifactregistry.RepositoryVulnerabilityScanningConfigArgs(
                enablement_config="INHERITED"
            ),
            cleanup_policies=_cleanup(needs.keep_images),
            cleanup_policy_dry_run=False,
            labels=self.labels.gcp(),
            opts=self.child(),
        )
        self.url = pulumi.Output.format(
            "{0}-docker.pkg.dev/{1}/{2}", project.region, project.id, self.repository.repository_id
        )
        self.done()


def _cleanup(keep: int) -> list[artifactregistry.RepositoryCleanupPolicyArgs]:
    """Keeping wins over deleting, so what goes is older than a week and not among the newest."""
    newest = artifactregistry.RepositoryCleanupPolicyMostRecentVersionsArgs(keep_count=keep)
    old = artifactregistry.RepositoryCleanupPolicyConditionArgs(tag_state="ANY", older_than="604800s")
    return [
        artifactregistry.RepositoryCleanupPolicyArgs(
            id="keep-newest", action="KEEP", most_recent_versions=newest
        ),
        artifactregistry.RepositoryCleanupPolicyArgs(id="delete-old", action="DELETE", condition=old),
    ]
