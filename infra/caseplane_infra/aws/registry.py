"""ECR: the images that the cluster runs; a tag means one image for ever."""

import json

import pulumi
from pulumi_aws import ecr

from caseplane_infra import contract
from caseplane_infra.aws.provider import Place
from caseplane_infra.naming import Labels


class AwsRegistry(contract.Registry):
    """A repository per image, below the stack's prefix."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.RegistryNeeds,
        *,
        labels: Labels,
        place: Place,
        key: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        for image in contract.REPOSITORIES:
            physical = f"{labels.prefix}/{image}"
            repository = ecr.Repository(
                f"{name}-{image}",
                name=physical,
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration={"scan_on_push": True},
                encryption_configurations=[{"encryption_type": "KMS", "kms_key": key}],
                force_delete=True,  # images are built again from the sources; no data lies here
                tags=self.labels.tags(physical),
                opts=self.child(),
            )
            ecr.LifecyclePolicy(
                f"{name}-{image}-lifecycle",
                repository=repository.name,
                policy=_newest(needs.keep_images),
                opts=self.child(),
            )
        host = f"{place.account}.dkr.ecr.{place.region}.amazonaws.com"
        self.url = pulumi.Output.from_input(f"{host}/{labels.prefix}")
        self.done()


def _newest(count: int) -> str:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    rule = {
        "rulePriority": 1,
        "description": f"Keep the newest {count}",
        "selection": selection,
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})
