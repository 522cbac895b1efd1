"""Artifact Registry: immutable tags, scanned, under the stack's key; without NAT also a mirror of GitHub's registry."""

from typing import Any

import pulumi
from pulumi_gcp import artifactregistry

from caseplane_infra import contract
from caseplane_infra.contract import Keys, RegistryNeeds
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.images import GITHUB
from caseplane_infra.naming import Labels


class GcpRegistry(contract.Registry):
    """See the contract. Our images are packages in one repository, created by the first push."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: RegistryNeeds,
        *,
        closed: bool,
        project: GcpProject,
        keys: Keys,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self._project, self._key, self._keep = project, keys.id, needs.keep_images
        images = self._repository(
            f"{name}-images",
            project.prefix,
            mode="STANDARD_REPOSITORY",
            docker_config=artifactregistry.RepositoryDockerConfigArgs(immutable_tags=True),
        )
        self.url, self.mirrors = self._address(images), {}
        self.pulls = {"pull": images}
        """Repositories that nodes pull from, by the name of the grant."""
        if closed:
            mirror = self.pulls["pull-mirror"] = self._mirror(name, GITHUB)
            self.mirrors = {GITHUB: self._address(mirror)}
        self.done()

    def _mirror(self, name: str, host: str) -> artifactregistry.Repository:
        """Fetches another registry's images at first use and keeps them, for nodes without NAT."""
        upstream = artifactregistry.RepositoryRemoteRepositoryConfigCommonRepositoryArgs(
            uri=f"https://{host}"
        )
        return self._repository(
            f"{name}-mirror",
            f"{self._project.prefix}-mirror",
            mode="REMOTE_REPOSITORY",
            remote_repository_config=artifactregistry.RepositoryRemoteRepositoryConfigArgs(
                description=f"Images from {host}", common_repository=upstream
            ),
        )

    def _repository(self, name: str, physical: str, **kind: Any) -> artifactregistry.Repository:
        return artifactregistry.Repository(
            name,
            repository_id=physical,
            location=self._project.region,
            format="DOCKER",
            kms_key_name=self._key,
            vulnerability_scanning_config=artifactregistry.RepositoryVulnerabilityScanningConfigArgs(
                enablement_config="INHERITED"
            ),
            cleanup_policies=_cleanup(self._keep),
            cleanup_policy_dry_run=False,
            labels=self.labels.gcp(),
            opts=self.child(),
            **kind,
        )

    def _address(self, repository: artifactregistry.Repository) -> pulumi.Output[str]:
        return pulumi.Output.format(
            "{0}-docker.pkg.dev/{1}/{2}", self._project.region, self._project.id, repository.repository_id
        )


def _cleanup(keep: int) -> list[artifactregistry.RepositoryCleanupPolicyArgs]:
    """Deletes images older than a week that are not among the newest: `KEEP` overrides `DELETE`."""
    newest = artifactregistry.RepositoryCleanupPolicyMostRecentVersionsArgs(keep_count=keep)
    old = artifactregistry.RepositoryCleanupPolicyConditionArgs(tag_state="ANY", older_than="604800s")
    return [
        artifactregistry.RepositoryCleanupPolicyArgs(
            id="keep-newest", action="KEEP", most_recent_versions=newest
        ),
        artifactregistry.RepositoryCleanupPolicyArgs(id="delete-old", action="DELETE", condition=old),
    ]
