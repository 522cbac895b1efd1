"""ECR: the images that the cluster runs, with tags that cannot be moved."""

import json
from collections.abc import Sequence

import pulumi
from pulumi_aws import ecr

from caseplane_infra import contract
from caseplane_infra.aws.provider import Place
from caseplane_infra.images import OURS, Image
from caseplane_infra.naming import Labels


class AwsRegistry(contract.Registry):
    """A repository per image, under the stack's prefix.

    The operator pushes copies of other projects' images: ECR fetches from GitHub's registry only with an account there.
    """

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.RegistryNeeds,
        *,
        labels: Labels,
        place: Place,
        key: pulumi.Input[str],
        copies: Sequence[Image],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self._name, self._key, self._keep = name, key, needs.keep_images
        for image in OURS:
            self._repository(image, f"{labels.prefix}/{image}")
        for copy in copies:
            self._repository(copy.name.rpartition("/")[2], f"{labels.prefix}/{copy.registry}/{copy.name}")
        url = f"{place.account}.dkr.ecr.{place.region}.amazonaws.com/{labels.prefix}"
        self.url = pulumi.Output.from_input(url)
        hosts = {each.registry for each in copies}
        self.mirrors = {each: pulumi.Output.from_input(f"{url}/{each}") for each in sorted(hosts)}
        self.done()

    def _repository(self, role: str, physical: str) -> None:
        repository = ecr.Repository(
            f"{self._name}-{role}",
            name=physical,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": self._key}],
            force_delete=True,  # images can be rebuilt from source; no data is lost
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        ecr.LifecyclePolicy(
            f"{self._name}-{role}-lifecycle",
            repository=repository.name,
            policy=_newest(self._keep),
            opts=self.child(),
        )


def _newest(count: int) -> str:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    rule = {
        "rulePriority": 1,
        "description": f"Keep the newest {count}",
        "selection": selection,
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})
