"""AWS: nodes of Kubernetes clusters, and their launch templates."""

import re

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.aws_book import (
    around,
    aws,
    between,
    named,
    one_of,
    tagged,
    values_of,
)
from tests.integration.infra.simulator.rules.aws_cluster import CLUSTER
from tests.integration.infra.simulator.rules.aws_identity import (
    ATTACHMENT,
    KEY,
    attached,
    disks_may_use,
    takes,
)
from tests.integration.infra.simulator.rules.aws_network import (
    ASSOCIATION,
    ROUTE,
    SECURITY_GROUP,
    SUBNET,
    reaches,
)
from tests.integration.infra.simulator.rules.aws_policy import ROLE

POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly")

# Nodes ------------------------------------------------------------------------------------------------------------

TEMPLATE = aws.kind(
    "aws:ec2/launchTemplate:LaunchTemplate",
    id="lt-{hex}",
    outputs={
        "arn": "arn:aws:ec2:{region}:{account}:launch-template/{id}",
        "latestVersion": lambda facts: (facts.before.outputs["latestVersion"] + 1) if facts.before else 1,
        "defaultVersion": lambda facts: (facts.before.outputs["latestVersion"] + 1) if facts.before else 1,
    },
    refs={
        "blockDeviceMappings[].ebs.kmsKeyId": to(KEY, by="arn", holds=False),
        "vpcSecurityGroupIds[]": to(SECURITY_GROUP),
    },
    immutable=("name",),
    autoname="name",
    unique=(("name",),),
    example={
        "name": "example",
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        },
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {
                    "volumeSize": 50,
                    "volumeType": "gp3",
                    "encrypted": "true",
                    "kmsKeyId": Ref(KEY, "arn"),
                },
            }
        ],
        "tagSpecifications": [{"resourceType": "instance", "tags": {"Name": "example"}}],
    },
    further=(
        {
            "name": "unreadable",
            "blockDeviceMappings": [
                {
                    "deviceName": "/dev/xvda",
                    "ebs": {"volumeSize": 50, "encrypted": "true", "kmsKeyId": Ref(KEY, "arn", 2)},
                }
            ],
        },
    ),
)
tagged(TEMPLATE)
named(TEMPLATE, r"[a-zA-Z0-9().\-/_]{3,128}", broken="a b")
one_of(TEMPLATE, "metadataOptions.httpTokens", ("optional", "required"), broken="always")
one_of(TEMPLATE, "metadataOptions.httpEndpoint", ("enabled", "disabled"), broken="on")
between(TEMPLATE, "metadataOptions.httpPutResponseHopLimit", 1, 64)


@aws.rule(TEMPLATE, "InvalidParameterDependency", broken={"blockDeviceMappings[0].ebs.encrypted": "false"})
def key_for_encrypted(template: Facts) -> str | None:
    """A key is for an encrypted disk (EBS encryption)."""
    disks = [each.get("ebs") or {} for each in template.get("blockDeviceMappings") or []]
    wrong = [each for each in disks if each.get("kmsKeyId") and each.get("encrypted") != "true"]
    return "kmsKeyId on a disk that is not encrypted" if wrong else None


@aws.rule(TEMPLATE, "InvalidParameterValue", broken={"blockDeviceMappings[0].ebs.volumeType": "gp4"})
def disk_type(template: Facts) -> str | None:
    """Disks have types (EBS volume types)."""
    known = values_of("ec2", "VolumeType")
    wrong = [each for each in template.all("blockDeviceMappings[].ebs.volumeType") if each not in known]
    return f"{wrong[0]}" if wrong else None


@aws.rule(TEMPLATE, "InvalidParameterValue", broken={"tagSpecifications[0].resourceType": "disk"})
def tagged_sorts(template: Facts) -> str | None:
    """What a template tags are sorts of resources (RunInstances)."""
    known = values_of("ec2", "ResourceType")
    wrong = [each for each in template.all("tagSpecifications[].resourceType") if each not in known]
    return f"{wrong[0]}" if wrong else None


ARM = re.compile(r"[a-z]+\d+g[a-z]*\.")
"""Instance families with AWS's own processors, such as t4g and m7gd."""


NODES = aws.kind(
    "aws:eks/nodeGroup:NodeGroup",
    id="{clusterName}:{nodeGroupName}",
    outputs={
        "arn": "arn:aws:eks:{region}:{account}:nodegroup/{clusterName}/{nodeGroupName}/{hex}",
        "status": lambda _: "ACTIVE",
        "resources": lambda facts: [{"autoscalingGroups": [{"name": f"eks-{facts.get('nodeGroupName')}"}]}],
    },
    refs={
        "clusterName": to(CLUSTER, by="name"),
        "nodeRoleArn": to(ROLE, by="arn"),
        "subnetIds[]": to(SUBNET),
        "launchTemplate.id": to(TEMPLATE),
    },
    immutable=(
        "clusterName",
        "nodeGroupName",
        "nodeRoleArn",
        "subnetIds",
        "amiType",
        "capacityType",
        "instanceTypes",
    ),
    autoname="nodeGroupName",
    polls=2,
    quota=30,
    example={
        "clusterName": Ref(CLUSTER, "name"),
        "nodeGroupName": "example",
        "nodeRoleArn": Ref(ROLE, "arn", 3),
        "subnetIds": [Ref(SUBNET)],
        "version": "1.35",
        "amiType": "AL2023_ARM_64_STANDARD",
        "capacityType": "ON_DEMAND",
        "instanceTypes": ["t4g.large"],
        "launchTemplate": {"id": Ref(TEMPLATE), "version": "1"},
        "scalingConfig": {"minSize": 1, "desiredSize": 2, "maxSize": 3},
        # Labels are free text; the references here make the role's rights and the subnet's route first.
        "labels": {
            "rights-1": Ref(ATTACHMENT, "role", 2),
            "rights-2": Ref(ATTACHMENT, "role", 3),
            "rights-3": Ref(ATTACHMENT, "role", 4),
            "route": Ref(ROUTE, "destinationCidrBlock"),
            "table": Ref(ASSOCIATION),
        },
    },
)
tagged(NODES)
named(NODES, r"[0-9A-Za-z][\w-]{0,62}", key="nodeGroupName", broken="the nodes")
one_of(NODES, "capacityType", ("ON_DEMAND", "SPOT", "CAPACITY_BLOCK"), broken="CHEAP")


@aws.rule(NODES, "InvalidParameterException", broken={"amiType": "AL2023_ARM"})
def image_known(nodes: Facts) -> str | None:
    """Images of nodes have fixed names (Nodegroup: amiType)."""
    image = nodes.get("amiType")
    return None if image is None or image in values_of("eks", "AMITypes") else f"{image}"


@aws.rule(NODES, "InvalidParameterException", broken={"instanceTypes": ["t4g.huge"]})
def instances_known(nodes: Facts) -> str | None:
    """Instance types have fixed names (EC2 instance types)."""
    known = values_of("ec2", "InstanceType")
    wrong = [each for each in nodes.get("instanceTypes") or [] if each not in known]
    return f"{wrong[0]}" if wrong else None


@aws.rule(NODES, "InvalidParameterException", broken={"instanceTypes": ["t3.large"]})
def image_fits_processor(nodes: Facts) -> str | None:
    """An image runs on the processor that it was built for (EKS: managed node groups)."""
    arm = "ARM" in nodes.get("amiType", "AL2023_x86_64_STANDARD")
    wrong = [each for each in nodes.get("instanceTypes") or [] if bool(ARM.match(each)) != arm]
    return f"{wrong[0]} cannot run {nodes.get('amiType')}" if wrong else None


@aws.rule(NODES, "InvalidParameterException", broken={"scalingConfig.desiredSize": 9})
def sizes_in_order(nodes: Facts) -> str | None:
    """Minimum, desired and maximum are in this order, the maximum at least one (NodegroupScalingConfig)."""
    low, now, high = (nodes.get(f"scalingConfig.{each}Size") for each in ("min", "desired", "max"))
    return None if 0 <= low <= now <= high and high >= 1 else f"{low}, {now}, {high}"


@aws.rule(
    NODES,
    "InvalidParameterException",
    broken={"taints": [{"key": "role", "value": "x", "effect": "NoSchedule"}]},
)
def taints_known(nodes: Facts) -> str | None:
    """EKS spells effects of taints its own way (Taint)."""
    known = values_of("eks", "TaintEffect")
    wrong = [each["effect"] for each in nodes.get("taints") or [] if each["effect"] not in known]
    return f"{wrong[0]}" if wrong else None


@aws.rule(NODES, "InvalidParameterException", broken={"diskSize": 50})
def disk_once(nodes: Facts) -> str | None:
    """With a template, the template sets the disk's size (EKS: customize nodes with launch templates)."""
    both = nodes.get("diskSize") and nodes.get("launchTemplate")
    return "diskSize beside launchTemplate" if both else None


@aws.rule(NODES, "InvalidParameterException", broken={"nodeRoleArn": Ref(ROLE, "arn", 2)})
def node_role(nodes: Facts) -> str | None:
    """EC2 takes the nodes' role (EKS node IAM role)."""
    return takes(around(nodes), nodes.get("nodeRoleArn"), "ec2")


@aws.rule(NODES, "NodeCreationFailure", broken={"labels": {}})
def node_rights(nodes: Facts) -> str | None:
    """Nodes join only with the rights to read the cluster, to set up pod networking and to pull images (EKS node IAM role)."""
    missing = set(POLICIES) - attached(around(nodes), nodes.get("nodeRoleArn"))
    return f"the role lacks {', '.join(sorted(missing))}" if missing else None


@aws.rule(NODES, "NodeCreationFailure", broken={"labels.table": Drop(), "subnetIds": [Ref(SUBNET, "id", 2)]})
def nodes_reach_out(nodes: Facts) -> str | None:
    """Nodes without internet access need endpoints of registry, EC2, STS, pod identities and S3 (EKS: private clusters)."""
    needed = ("ecr.api", "ecr.dkr", "ec2", "sts", "eks-auth", "s3")
    for subnet in nodes.get("subnetIds"):
        missing = [each for each in needed if not reaches(around(nodes), subnet, each)]
        if missing:
            return f"{subnet} does not reach {', '.join(missing)}"
    return None


@aws.rule(NODES, "AsgInstanceLaunchFailures", broken={"launchTemplate.id": Ref(TEMPLATE, "id", 2)})
def disks_readable(nodes: Facts) -> str | None:
    """The key of encrypted disks must allow Auto Scaling's role (key policy for encrypted volumes)."""
    if not nodes.get("launchTemplate"):
        return None
    template = nodes.named("launchTemplate.id")
    for disk in template.inputs.get("blockDeviceMappings") or []:
        key = (disk.get("ebs") or {}).get("kmsKeyId")
        if key and not disks_may_use(around(nodes), key):
            return f"the policy of {key} leaves out Auto Scaling"
    return None


@aws.rule(NODES, "InvalidParameterException", broken={"version": "1.36"})
def nodes_not_newer(nodes: Facts) -> str | None:
    """Nodes are never newer than their control plane (Kubernetes version skew policy)."""
    version = nodes.get("version")
    control = nodes.named("clusterName").get("version")
    return f"{version} on {control}" if version and int(version[2:]) > int(control[2:]) else None


@aws.while_full(CLUSTER)
def cluster_empty(cloud: Cloud, cluster: Record) -> str | None:
    """A cluster's node groups are deleted before it (DeleteCluster)."""
    left = [each for each in cloud.of(NODES) if each.inputs["clusterName"] == cluster.inputs["name"]]
    return f"{len(left)} node groups in it" if left else None
