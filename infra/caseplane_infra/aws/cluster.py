"""EKS: the control plane, on-demand nodes for the services, spot nodes for background work, and plug-ins."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes
from pulumi_aws import cloudwatch, ec2, eks, iam

from caseplane_infra import contract
from caseplane_infra.aws.addons import VENDOR, addon, disk_driver
from caseplane_infra.aws.network import AwsNetwork, allow_from
from caseplane_infra.aws.policy import allow, document
from caseplane_infra.aws.provider import Place
from caseplane_infra.contract import CoreNodes, Subnets, WorkerNodes
from caseplane_infra.naming import Labels

INSTANCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "amd64": {
        "small": ("t3.medium", "t3a.medium", "c6i.large", "c5.large"),
        "medium": ("t3.large", "t3a.large", "m6i.large", "m5.large"),
        "large": ("t3.xlarge", "t3a.xlarge", "m6i.xlarge", "m5.xlarge"),
    },
    "arm64": {
        "small": ("t4g.medium", "c6g.large", "c7g.large"),
        "medium": ("t4g.large", "m6g.large", "m7g.large"),
        "large": ("t4g.xlarge", "m6g.xlarge", "m7g.xlarge"),
    },
}
"""Services use the first; spot workers use any of them, because more types mean fewer interruptions."""
IMAGES = {"amd64": "AL2023_x86_64_STANDARD", "arm64": "AL2023_ARM_64_STANDARD"}
CONTROL_PLANE_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
CLUSTER_POLICIES = ("AmazonEKSClusterPolicy",)
NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly")
ADMINISTRATION = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
BEFORE_NODES: Mapping[str, Any] = {
    # Network policies are enforced only if enabled here; prefix delegation lets small nodes run more pods.
    "vpc-cni": {"enableNetworkPolicy": "true", "env": {"ENABLE_PREFIX_DELEGATION": "true"}},
    "kube-proxy": {},
    "eks-pod-identity-agent": {},
}
AFTER_NODES = ("coredns", "metrics-server")


class AwsCluster(contract.Cluster):
    """The cluster. People and pipelines get in through one role, not through the role that created the cluster."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.ClusterNeeds,
        *,
        labels: Labels,
        place: Place,
        network: AwsNetwork,
        services_cidr: str,
        key: pulumi.Input[str],
        log_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self._name, self._needs, self._place, self._key = name, needs, place, key
        self._prefix = labels.prefix
        self._cluster = cluster = self._control_plane(network, services_cidr, log_days)
        administrators = self._administrators()
        before = [self._addon(each, values) for each, values in BEFORE_NODES.items()]
        nodes = self._nodes(network, before)
        for each in AFTER_NODES:
            self._addon(each, {}, after=nodes)
        disk_driver(self, name, cluster=cluster.name, key=key, place=place, nodes=nodes)
        self.name, self.endpoint = cluster.name, cluster.endpoint
        self.issuer = cluster.identities[0].oidcs[0].issuer
        self.nodes = nodes
        self.nodes_group = cluster.vpc_config.cluster_security_group_id
        self.kubeconfig = _kubeconfig(cluster, administrators, place.region)
        self.provider = pulumi_kubernetes.Provider(
            f"{name}-provider", kubeconfig=self.kubeconfig, opts=self.child(*nodes, *self._access)
        )
        self.done()

    def _control_plane(self, network: AwsNetwork, services_cidr: str, log_days: int) -> eks.Cluster:
        needs, physical = self._needs, f"{self._prefix}-eks"
        role, rights = self._role("cluster", "eks.amazonaws.com", CLUSTER_POLICIES)
        logs = cloudwatch.LogGroup(
            f"{self._name}-log",
            name=f"/aws/eks/{physical}/cluster",
            retention_in_days=log_days,
            kms_key_id=self._key,
            tags=self.labels.tags(f"{physical}-log"),
            opts=self.child(),
        )
        public = not needs.private_control_plane
        reach: eks.ClusterVpcConfigArgsDict = {
            "subnet_ids": network.subnets[Subnets.app],
            "security_group_ids": [self._group(network).id],
            "endpoint_private_access": True,
            "endpoint_public_access": public,
        }
        if public:
            reach["public_access_cidrs"] = [str(each) for each in needs.authorized_cidrs]
        return eks.Cluster(
            f"{self._name}-control-plane",
            name=physical,
            version=needs.version,
            role_arn=role.arn,
            vpc_config=reach,
            kubernetes_network_config={"ip_family": "ipv4", "service_ipv4_cidr": services_cidr},
            access_config={
                "authentication_mode": "API",
                "bootstrap_cluster_creator_admin_permissions": False,
            },
            encryption_config={"provider": {"key_arn": self._key}, "resources": ["secrets"]},
            enabled_cluster_log_types=list(CONTROL_PLANE_LOGS),
            bootstrap_self_managed_addons=False,
            upgrade_policy={"support_type": "STANDARD"},
            deletion_protection=needs.protect,
            tags=self.labels.tags(physical),
            opts=self.child(logs, *rights, protect=needs.protect),
        )

    def _group(self, network: AwsNetwork) -> ec2.SecurityGroup:
        """Who reaches the Kubernetes API at its private address: the network, and the networks that are named."""
        physical = f"{self._prefix}-eks-cluster-sg"
        group = ec2.SecurityGroup(
            f"{self._name}-sg",
            name=physical,
            description="Kubernetes API from the network",
            vpc_id=network.id,
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        named = [str(each) for each in self._needs.authorized_cidrs if self._needs.private_control_plane]
        allow_from(self, group, self._name, [network.cidr, *named], port=443)
        return group

    def _role(
        self, role: str, service: str, policies: tuple[str, ...]
    ) -> tuple[iam.Role, list[pulumi.Resource]]:
        physical = f"{self._prefix}-eks-{role}-role"
        actions = ["sts:AssumeRole", "sts:TagSession"] if role == "cluster" else ["sts:AssumeRole"]
        made = iam.Role(
            f"{self._name}-{role}-role",
            name=physical,
            assume_role_policy=document(allow(actions, principal={"Service": service})),
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        rights: list[pulumi.Resource] = [
            iam.RolePolicyAttachment(
                f"{self._name}-{role}-{each.rsplit('/', 1)[-1]}",
                role=made.name,
                policy_arn=f"{VENDOR}{each}",
                opts=self.child(),
            )
            for each in policies
        ]
        return made, rights

    def _administrators(self) -> iam.Role:
        """The role that deploys; the account's policies decide who may assume it."""
        physical = f"{self._prefix}-eks-admin"
        root = {"AWS": self._place.arn("iam", "root", region="")}
        role = iam.Role(
            f"{self._name}-admin-role",
            name=physical,
            assume_role_policy=document(allow(["sts:AssumeRole"], principal=root)),
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        entry = eks.AccessEntry(
            f"{self._name}-admin-access",
            cluster_name=self._cluster.name,
            principal_arn=role.arn,
            type="STANDARD",
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        policy = eks.AccessPolicyAssociation(
            f"{self._name}-admin-policy",
            cluster_name=self._cluster.name,
            principal_arn=role.arn,
            policy_arn=ADMINISTRATION,
            access_scope={"type": "cluster"},
            opts=self.child(entry),
        )
        self._access = [policy]
        return role

    def _addon(
        self, each: str, values: Mapping[str, Any], after: Sequence[pulumi.Resource] = ()
    ) -> pulumi.Resource:
        name = f"{self._name}-addon-{each}"
        return addon(self, name, each, cluster=self._cluster.name, values=values, after=after)

    def _nodes(self, network: AwsNetwork, plugins: list[pulumi.Resource]) -> list[pulumi.Resource]:
        role, rights = self._role("node", "ec2.amazonaws.com", NODE_POLICIES)
        # Nodes start only if they reach the registry and the API, so routes and endpoints come first.
        opts = self.child(network, *plugins, *rights, ignore_changes=["scalingConfig.desiredSize"])
        return [
            self._pool("core", self._needs.core, False, role, network, opts),
            self._pool("workers", self._needs.workers, self._needs.workers.spot, role, network, opts),
        ]

    def _pool(
        self,
        pool: str,
        nodes: CoreNodes | WorkerNodes,
        spot: bool,
        role: iam.Role,
        network: AwsNetwork,
        opts: pulumi.ResourceOptions,
    ) -> eks.NodeGroup:
        architecture, physical = self._needs.architecture, f"{self._prefix}-{pool}"
        kinds = INSTANCES[architecture][nodes.tier]
        template = self._template(pool, physical, nodes.disk_gib)
        taint: eks.NodeGroupTaintArgsDict = {"key": "role", "value": pool, "effect": "NO_SCHEDULE"}
        return eks.NodeGroup(
            f"{self._name}-{pool}",
            cluster_name=self._cluster.name,
            node_group_name=physical,
            node_role_arn=role.arn,
            subnet_ids=network.node_subnets,
            version=self._needs.version,
            ami_type=IMAGES[architecture],
            capacity_type="SPOT" if spot else "ON_DEMAND",
            instance_types=list(kinds) if spot else [kinds[0]],
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            scaling_config={
                "min_size": nodes.minimum,
                "desired_size": nodes.desired,
                "max_size": nodes.maximum,
            },
            update_config={"max_unavailable": 1},
            labels={"role": pool, "env": self.labels.environment},
            taints=[taint] if pool == "workers" else [],
            tags=self.labels.tags(physical),
            opts=opts,
        )

    def _template(self, pool: str, physical: str, disk_gib: int) -> ec2.LaunchTemplate:
        """Encrypted disks; pods cannot get the node's credentials, which takes a token and one network hop."""
        disk: ec2.LaunchTemplateBlockDeviceMappingEbsArgsDict = {
            "volume_size": disk_gib,
            "volume_type": "gp3",
            "encrypted": "true",
            "kms_key_id": self._key,
            "delete_on_termination": "true",
        }
        return ec2.LaunchTemplate(
            f"{self._name}-{pool}-template",
            name=physical,
            update_default_version=True,
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,
            },
            block_device_mappings=[{"device_name": "/dev/xvda", "ebs": disk}],
            tag_specifications=[
                {"resource_type": each, "tags": self.labels.tags(physical)} for each in ("instance", "volume")
            ],
            tags=self.labels.tags(physical),
            opts=self.child(),
        )


def _kubeconfig(cluster: eks.Cluster, role: iam.Role, region: str) -> pulumi.Output[str]:
    """A kubeconfig without credentials: the `aws` command issues a token for 15 minutes."""
    token = ["eks", "get-token", "--cluster-name", cluster.name, "--region", region, "--role-arn", role.arn]
    execution = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": token,
        "interactiveMode": "Never",
    }
    server = {
        "server": cluster.endpoint,
        "certificate-authority-data": cluster.certificate_authority.data,
    }
    return pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "eks", "cluster": server}],
            "users": [{"name": "aws", "user": {"exec": execution}}],
            "contexts": [{"name": "eks", "context": {"cluster": "eks", "user": "aws"}}],
            "current-context": "eks",
        }
    )
