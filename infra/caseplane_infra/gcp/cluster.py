"""Kubernetes on GKE: private nodes, workload identity, a node account, core and spot pools, the stack's key throughout."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes
from pulumi_gcp import artifactregistry, container, projects, serviceaccount

from caseplane_infra import contract
from caseplane_infra.contract import ClusterNeeds, CoreNodes, Keys, WorkerNodes
from caseplane_infra.gcp.network import GcpNetwork
from caseplane_infra.gcp.provider import GcpProject, account_id
from caseplane_infra.gcp.registry import GcpRegistry
from caseplane_infra.kubeconfig import kubeconfig
from caseplane_infra.naming import Labels

MACHINES: Mapping[str, Mapping[str, str]] = {
    "amd64": {"small": "e2-medium", "medium": "e2-standard-2", "large": "e2-standard-4"},
    "arm64": {"small": "c4a-highcpu-2", "medium": "c4a-standard-2", "large": "c4a-standard-4"},
}
DISKS = {"amd64": "pd-balanced", "arm64": "hyperdisk-balanced"}
"""Axion machines (c4a) support only Hyperdisk, and e2 does not support it."""


def per_zone(pool: CoreNodes | WorkerNodes, zones: int) -> int:
    """Initial nodes in each zone: Google counts per zone, the contract in all zones together (C000-14).

    Rounded up, since one node too few is worse than one too many, but not beyond the pool's maximum.
    """
    return min(-(-pool.desired // zones), max(1, pool.maximum // zones))


class GcpCluster(contract.Cluster):
    """See the contract; `location` is the region, or the zone if there is only one."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: ClusterNeeds,
        *,
        project: GcpProject,
        network: GcpNetwork,
        keys: Keys,
        registry: GcpRegistry,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.project, self.network, self.keys, self.needs = project, network, keys, needs
        self.location = project.zones[0] if len(project.zones) == 1 else project.region
        self.account, granted = self._node_account(name, registry)
        self.control = self._control_plane(name, granted)
        for role, pool in (("core", needs.core), ("workers", needs.workers)):
            self._pool(f"{name}-{role}", role, pool)
        self.name = self.control.name
        self.endpoint = pulumi.Output.format("https://{0}", self.control.endpoint)
        self.issuer = pulumi.Output.format(
            "https://container.googleapis.com/v1/projects/{0}/locations/{1}/clusters/{2}",
            project.id,
            self.location,
            self.control.name,
        )
        self.kubeconfig = pulumi.Output.all(
            self.control.name, self.endpoint, self.control.master_auth.cluster_ca_certificate
        ).apply(lambda each: _kubeconfig(*each))
        self.provider = pulumi_kubernetes.Provider(
            f"{name}-kubernetes", kubeconfig=self.kubeconfig, opts=self.child()
        )
        self.done()

    def _node_account(
        self, name: str, registry: GcpRegistry
    ) -> tuple[serviceaccount.Account, list[pulumi.Resource]]:
        """Nodes may write logs and metrics and pull images, which is less than the default account may."""
        account = serviceaccount.Account(
            f"{name}-nodes",
            account_id=account_id(self.project.prefix, "nodes"),
            display_name=f"Nodes of {self.project.prefix}",
            opts=self.child(),
        )
        reports = projects.IAMMember(
            f"{name}-nodes-report",
            project=self.project.id,
            role="roles/container.defaultNodeServiceAccount",
            member=account.member,
            opts=self.child(),
        )
        pulls = [
            artifactregistry.RepositoryIamMember(
                f"{name}-nodes-{role}",
                repository=each.name,
                location=self.project.region,
                role="roles/artifactregistry.reader",
                member=account.member,
                opts=self.child(),
            )
            for role, each in registry.pulls.items()
        ]
        return account, [reports, *pulls]

    def _control_plane(self, name: str, granted: list[pulumi.Resource]) -> container.Cluster:
        # The first pool is removed at once, and upgrades change the version by themselves.
        changing = ["nodeConfig", "minMasterVersion"]
        return container.Cluster(
            f"{name}-control",
            name=f"gke-{self.project.prefix}",
            location=self.location,
            node_locations=list(self.project.zones) if len(self.project.zones) > 1 else None,
            min_master_version=self.needs.version,
            release_channel=container.ClusterReleaseChannelArgs(channel="REGULAR"),
            deletion_protection=self.needs.protect,
            remove_default_node_pool=True,
            initial_node_count=1,
            node_config=self._first_pool(),
            network=self.network.vpc.id,
            subnetwork=self.network.app.id,
            networking_mode="VPC_NATIVE",
            datapath_provider="ADVANCED_DATAPATH",  # enforces network policies
            ip_allocation_policy=container.ClusterIpAllocationPolicyArgs(
                cluster_secondary_range_name=self.network.pods,
                services_secondary_range_name=self.network.services,
            ),
            private_cluster_config=container.ClusterPrivateClusterConfigArgs(
                enable_private_nodes=True,
                enable_private_endpoint=self.needs.private_control_plane,
                private_endpoint_subnetwork=self.network.data.id,
            ),
            master_authorized_networks_config=self._authorized(),
            workload_identity_config=container.ClusterWorkloadIdentityConfigArgs(
                workload_pool=f"{self.project.id}.svc.id.goog"
            ),
            database_encryption=container.ClusterDatabaseEncryptionArgs(
                state="ENCRYPTED", key_name=self.keys.id
            ),
            enable_shielded_nodes=True,
            enable_legacy_abac=False,
            master_auth=container.ClusterMasterAuthArgs(
                client_certificate_config=container.ClusterMasterAuthClientCertificateConfigArgs(
                    issue_client_certificate=False
                )
            ),
            security_posture_config=container.ClusterSecurityPostureConfigArgs(mode="BASIC"),
            gateway_api_config=container.ClusterGatewayApiConfigArgs(channel="CHANNEL_STANDARD"),
            cost_management_config=container.ClusterCostManagementConfigArgs(enabled=True),
            logging_config=container.ClusterLoggingConfigArgs(
                enable_components=["SYSTEM_COMPONENTS", "WORKLOADS"]
            ),
            monitoring_config=container.ClusterMonitoringConfigArgs(
                enable_components=["SYSTEM_COMPONENTS"],
                managed_prometheus=container.ClusterMonitoringConfigManagedPrometheusArgs(enabled=True),
            ),
            maintenance_policy=container.ClusterMaintenancePolicyArgs(
                recurring_window=container.ClusterMaintenancePolicyRecurringWindowArgs(
                    start_time="2025-01-04T03:00:00Z",
                    end_time="2025-01-04T09:00:00Z",
                    recurrence="FREQ=WEEKLY;BYDAY=SA,SU",
                )
            ),
            resource_labels=self.labels.gcp(),
            opts=self.child(*granted, protect=self.needs.protect, ignore_changes=changing),
        )

    def _first_pool(self) -> container.ClusterNodeConfigArgs:
        """The first pool exists for a minute, but with the project's default account it might not start at all."""
        architecture = self.needs.architecture
        return container.ClusterNodeConfigArgs(
            machine_type=MACHINES[architecture]["medium"],
            disk_type=DISKS[architecture],
            boot_disk_kms_key=self.keys.id,
            service_account=self.account.email,
        )

    def _authorized(self) -> container.ClusterMasterAuthorizedNetworksConfigArgs:
        """Who may reach the Kubernetes API, apart from the network itself."""
        return container.ClusterMasterAuthorizedNetworksConfigArgs(
            gcp_public_cidrs_access_enabled=False,
            cidr_blocks=[
                container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(
                    cidr_block=str(each), display_name=f"authorized-{index}"
                )
                for index, each in enumerate(self.needs.authorized_cidrs, start=1)
            ],
        )

    def _pool(self, name: str, role: str, pool: CoreNodes | WorkerNodes) -> None:
        zones = len(self.project.zones)
        container.NodePool(
            name,
            name=role,
            cluster=self.control.id,
            location=self.location,
            initial_node_count=per_zone(pool, zones),
            autoscaling=container.NodePoolAutoscalingArgs(
                total_min_node_count=pool.minimum,
                total_max_node_count=pool.maximum,
                location_policy="BALANCED" if role == "core" else "ANY",
            ),
            management=container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
            upgrade_settings=container.NodePoolUpgradeSettingsArgs(max_surge=1, max_unavailable=0),
            network_config=container.NodePoolNetworkConfigArgs(enable_private_nodes=True),
            node_config=self._node(role, pool),
            opts=self.child(ignore_changes=["initialNodeCount"]),
        )

    def _node(self, role: str, pool: CoreNodes | WorkerNodes) -> container.NodePoolNodeConfigArgs:
        architecture = self.needs.architecture
        workers = role == "workers"
        taint = container.NodePoolNodeConfigTaintArgs(key="role", value=role, effect="NO_SCHEDULE")
        return container.NodePoolNodeConfigArgs(
            machine_type=MACHINES[architecture][pool.tier],
            spot=isinstance(pool, WorkerNodes) and pool.spot,
            image_type="COS_CONTAINERD",
            disk_type=DISKS[architecture],
            disk_size_gb=pool.disk_gib,
            boot_disk_kms_key=self.keys.id,
            service_account=self.account.email,
            oauth_scopes=[
                "https://www.googleapis.com/auth/cloud-platform"
            ],  # the account's roles set the limits
            workload_metadata_config=container.NodePoolNodeConfigWorkloadMetadataConfigArgs(
                mode="GKE_METADATA"
            ),
            shielded_instance_config=container.NodePoolNodeConfigShieldedInstanceConfigArgs(
                enable_secure_boot=True, enable_integrity_monitoring=True
            ),
            metadata={"disable-legacy-endpoints": "true"},
            labels={"role": role, "env": self.labels.environment},
            taints=[taint] if workers else None,
            resource_labels=self.labels.gcp(),
        )


def _kubeconfig(name: str, endpoint: str, authority: str) -> str:
    cluster = {"server": endpoint, "certificate-authority-data": authority}
    return kubeconfig(name, cluster, {"command": "gke-gcloud-auth-plugin", "provideClusterInfo": True})
