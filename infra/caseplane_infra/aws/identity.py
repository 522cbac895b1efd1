"""A role per workload, which EKS Pod Identity gives to the workload's pods without any stored key.

The agent on each node exchanges a pod's service-account token for the role's credentials, so service accounts need
no annotations and pods no labels. Policies name single actions and resources. A statement's resource is `*` only
where AWS has nothing narrower, and a comment says so there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import eks, iam

from caseplane_infra import contract
from caseplane_infra.aws.policy import Statement, allow, document
from caseplane_infra.aws.provider import Place
from caseplane_infra.naming import Labels, service_account
from caseplane_infra.services import SERVICES, Service

PODS = "pods.eks.amazonaws.com"
AUTOSCALER = "cluster-autoscaler"


def pod_role(
    part: contract.Part, name: str, *, place: Place, cluster: pulumi.Input[str], label: str
) -> iam.Role:
    """A role that only this cluster's pods can assume.

    Args:
        part: the part it belongs to.
        name: logical name.
        place: account and region.
        cluster: name of the cluster.
        label: suffix of the physical name.
    """
    guard = {
        "StringEquals": {"aws:SourceAccount": place.account},
        "ArnEquals": {
            "aws:SourceArn": pulumi.Output.from_input(cluster).apply(
                lambda name: place.arn("eks", f"cluster/{name}")
            )
        },
    }
    trust = allow(["sts:AssumeRole", "sts:TagSession"], principal={"Service": PODS}, condition=guard)
    physical = f"{part.labels.prefix}-{label}"
    return iam.Role(
        name,
        name=physical,
        assume_role_policy=document(trust),
        tags=part.labels.tags(physical),
        opts=part.child(),
    )


class AwsIdentity(contract.Identity):
    """A role and an association per workload."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        *,
        labels: Labels,
        place: Place,
        namespace: str,
        cluster: contract.Cluster,
        rights: Mapping[str, Sequence[Statement]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self._name, self._place, self._cluster = name, place, cluster
        for workload in contract.WORKLOADS:
            self._bind(workload, service_account(workload, namespace), rights.get(workload, ()))
        self._bind(AUTOSCALER, ("kube-system", AUTOSCALER), _autoscaling(cluster.name))
        self.annotations = {each: pulumi.Output.from_input(dict[str, str]()) for each in contract.WORKLOADS}
        self.pod_labels: dict[str, str] = {}
        self.done()

    def _bind(self, workload: str, account: tuple[str, str], rights: Sequence[Statement]) -> None:
        role = pod_role(
            self,
            f"{self._name}-{workload}-role",
            place=self._place,
            cluster=self._cluster.name,
            label=f"pod-{workload}",
        )
        if rights:  # without rights the role is still useful: the audit trail shows whose call it was
            iam.RolePolicy(
                f"{self._name}-{workload}-policy",
                name="workload",
                role=role.name,
                policy=document(*rights),
                opts=self.child(),
            )
        eks.PodIdentityAssociation(
            f"{self._name}-{workload}-association",
            cluster_name=self._cluster.name,
            namespace=account[0],
            service_account=account[1],
            role_arn=role.arn,
            tags=self.labels.tags(f"{self.labels.prefix}-pod-{workload}"),
            opts=self.child(),
        )


def workload_rights(
    *,
    key: pulumi.Input[str],
    place: Place,
    buckets: Mapping[str, pulumi.Output[str]],
    queue: pulumi.Input[str],
    secrets: Sequence[pulumi.Input[str]],
    models: Sequence[pulumi.Input[str]],
) -> dict[str, list[Statement]]:
    """The rights of each workload.

    Args:
        key: ARN of the key that encrypts what they read and write.
        place: account and region.
        buckets: ARNs of `docs`, `attachments` and `audit`.
        queue: ARN of the jobs queue.
        secrets: ARNs of the secrets that External Secrets copies.
        models: ARNs of models and inference profiles; empty without models.
    """
    # Audit records are written and read; no workload may delete one.
    audit = [
        allow(["s3:PutObject", "s3:GetObject"], [_inside(buckets["audit"])]),
        _listing([buckets["audit"]]),
        _with_key(key, place, ["kms:Decrypt", "kms:GenerateDataKey"], "s3"),
    ]
    ask = [allow(["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"], models)] if models else []
    consume = [
        allow(
            [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueAttributes",
            ],
            [queue],
        ),
        _with_key(key, place, ["kms:Decrypt"], "sqs"),
    ]

    def rights(service: Service) -> list[Statement]:
        read = [buckets[store] for store in service.stores_with("read")]
        written = [buckets[store] for store in service.stores_with("write")]
        return [
            *(_reading(read, key, place) if read else ()),
            *(_files(written, key, place) if written else ()),
            *(audit if service.stores_with("append") else ()),
            *(ask if service.calls_models else ()),
        ]

    files = _files([buckets["docs"], buckets["attachments"]], key, place)
    return {
        **{each.name: rights(each) for each in SERVICES},
        "worker": [*files, *audit, *ask, *consume],
        "external-secrets": [
            allow(["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], secrets),
            _with_key(key, place, ["kms:Decrypt"], "secretsmanager"),
        ],
    }


def _reading(buckets: list[pulumi.Output[str]], key: pulumi.Input[str], place: Place) -> list[Statement]:
    return [
        allow(["s3:GetObject"], [_inside(each) for each in buckets]),
        _listing(buckets),
        _with_key(key, place, ["kms:Decrypt"], "s3"),
    ]


def _files(buckets: list[pulumi.Output[str]], key: pulumi.Input[str], place: Place) -> list[Statement]:
    """Read, write and delete files, but not versions, policies or settings of the buckets."""
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    return [
        allow(actions, [_inside(each) for each in buckets]),
        _listing(buckets),
        _with_key(key, place, ["kms:Decrypt", "kms:GenerateDataKey"], "s3"),
    ]


def _listing(buckets: list[pulumi.Output[str]]) -> Statement:
    return allow(["s3:ListBucket", "s3:GetBucketLocation"], buckets)


def _inside(bucket: pulumi.Output[str]) -> pulumi.Output[str]:
    return bucket.apply(lambda arn: f"{arn}/*")


def _with_key(key: pulumi.Input[str], place: Place, actions: list[str], service: str) -> Statement:
    """Use of the key through one service only, so that stolen credentials cannot decrypt directly."""
    via: dict[str, Any] = {"StringEquals": {"kms:ViaService": place.endpoint(service)}}
    return allow(actions, [key], condition=via)


def _autoscaling(cluster: pulumi.Output[str]) -> list[Statement]:
    """Resize the node groups of this cluster, which are recognised by the tag that EKS sets."""
    reads = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:DescribeTags",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
        "eks:DescribeNodegroup",
    ]
    owned = cluster.apply(
        lambda name: {"StringEquals": {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{name}": "owned"}}
    )
    changes = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    # AWS cannot limit describing to single resources; EKS generates the groups' names, hence the tag.
    return [allow(reads, ["*"]), allow(changes, ["*"], condition=owned)]
