"""Kubernetes on AKS: workload identity, Entra logins only, a pod overlay, core and spot pools, disks under our key."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes
import yaml
from pulumi_azure_native import authorization, containerservice

from caseplane_infra import contract
from caseplane_infra.azure.keys import AzureKeys
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.nodes import node
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.azure.registry import AzureRegistry
from caseplane_infra.azure.roles import definition, grant, grant_id, identity
from caseplane_infra.contract import ClusterNeeds, CoreNodes, WorkerNodes
from caseplane_infra.kubeconfig import kubeconfig
from caseplane_infra.naming import Labels

ENTRA_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
"""Application id of AKS in Entra, the same for every cluster of every customer."""


class AzureCluster(contract.Cluster):
    """See the contract; `principal` is the control plane's identity, `ingress_principal` the ingress add-on's."""

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: ClusterNeeds,
        *,
        group: AzureGroup,
        network: AzureNetwork,
        keys: AzureKeys,
        registry: AzureRegistry,
        public: bool,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.network, self.keys, self.needs = group, network, keys, needs
        self.control = identity(self, f"{name}-control", group, "aks")
        self.nodes = identity(self, f"{name}-nodes", group, "nodes")
        self.principal = self.control.principal_id
        granted = self._grants(name, registry)
        self.aks = self._control_plane(name, registry, *granted, public=public)
        for index in range(len(network.rings)):
            if index:
                self._pool(f"{name}-core-{index + 1}", self._node("core", index))
            self._pool(f"{name}-workers-{index + 1}", self._node("workers", index))
        self._operator(name)
        if needs.protect:
            self._lock(name)
        self.id, self.name = self.aks.id, self.aks.name
        self.ingress_principal = self.aks.ingress_profile.apply(_ingress_principal)
        self.issuer = self.aks.oidc_issuer_profile.apply(lambda found: found.issuer_url if found else "")
        plain = self._login()
        self.kubeconfig = pulumi.Output.secret(plain)
        self.endpoint = plain.apply(lambda text: str(json.loads(text)["clusters"][0]["cluster"]["server"]))
        self.provider = pulumi_kubernetes.Provider(
            f"{name}-kubernetes", kubeconfig=self.kubeconfig, opts=self.child()
        )
        self.done()

    # Rights -------------------------------------------------------------------------------------------------------

    def _grants(self, name: str, registry: AzureRegistry) -> list[authorization.RoleAssignment]:
        """The control plane puts load balancers and nodes into the subnets; nodes pull images; nothing else is granted."""
        wanted: dict[str, tuple[str, pulumi.Input[str], pulumi.Input[str]]] = {
            "pulls": ("AcrPull", registry.registry.id, self.nodes.principal_id),
            "lends-nodes": ("Managed Identity Operator", self.nodes.id, self.principal),
            "reads-disks": ("Reader", self.keys.disks.id, self.principal),
        }
        for index, ring in enumerate(self.network.rings, start=1):
            wanted[f"joins-{index}"] = ("Network Contributor", ring.subnet.id, self.principal)
        if self.network.control:
            wanted["joins-control"] = ("Network Contributor", self.network.control.id, self.principal)
        return [
            grant(self, f"{name}-{key}", self.group, role=role, scope=scope, to=who)
            for key, (role, scope, who) in wanted.items()
        ]

    def _operator(self, name: str) -> None:
        """The person who first brings the stack up may install the chart; others are granted the role by name."""
        role = "Azure Kubernetes Service RBAC Cluster Admin"
        authorization.RoleAssignment(
            f"{name}-operator",
            role_assignment_name=grant_id(self.group, f"{name}-operator"),
            scope=self.aks.id,
            role_definition_id=definition(self.group, role),
            principal_id=self.group.caller,
            opts=self.child(ignore_changes=["principalId"]),
        )

    def _lock(self, name: str) -> None:
        authorization.ManagementLockByScope(
            f"{name}-lock",
            lock_name=f"lock-{self.group.prefix}-aks",
            scope=self.aks.id,
            level="CanNotDelete",
            notes="To delete it: cluster.protect false, pulumi up, then pulumi destroy.",
            opts=self.child(),
        )

    # The control plane --------------------------------------------------------------------------------------------

    def _control_plane(
        self,
        name: str,
        registry: AzureRegistry,
        *granted: pulumi.Resource,
        public: bool,
    ) -> containerservice.ManagedCluster:
        first = self._node("core", 0)
        return containerservice.ManagedCluster(
            f"{name}-control-plane",
            resource_name_=f"aks-{self.group.prefix}",
            resource_group_name=self.group.name,
            location=self.group.location,
            node_resource_group=f"rg-{self.group.prefix}-nodes",
            dns_prefix=self.group.prefix,
            kubernetes_version=self.needs.version,
            sku=containerservice.ManagedClusterSKUArgs(
                name="Base", tier="Free" if self.labels.environment == "dev" else "Standard"
            ),
            identity=containerservice.ManagedClusterIdentityArgs(
                type=containerservice.ResourceIdentityType.USER_ASSIGNED,
                user_assigned_identities=[self.control.id],
            ),
            identity_profile={"kubeletidentity": self._kubelet()},
            agent_pool_profiles=[
                containerservice.ManagedClusterAgentPoolProfileArgs(**first, type="VirtualMachineScaleSets")
            ],
            network_profile=self._addresses(),
            api_server_access_profile=self._api(),
            bootstrap_profile=self._bootstrap(registry),
            disk_encryption_set_id=self.keys.disks.id,
            enable_rbac=True,
            disable_local_accounts=True,
            aad_profile=containerservice.ManagedClusterAADProfileArgs(
                managed=True, enable_azure_rbac=True, tenant_id=self.group.tenant
            ),
            oidc_issuer_profile=containerservice.ManagedClusterOIDCIssuerProfileArgs(enabled=True),
            security_profile=containerservice.ManagedClusterSecurityProfileArgs(
                workload_identity=containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs(
                    enabled=True
                ),
                image_cleaner=containerservice.ManagedClusterSecurityProfileImageCleanerArgs(
                    enabled=True, interval_hours=168
                ),
            ),
            auto_upgrade_profile=containerservice.ManagedClusterAutoUpgradeProfileArgs(
                upgrade_channel="patch", node_os_upgrade_channel="NodeImage"
            ),
            ingress_profile=_ingress() if public else None,
            addon_profiles=_addons(public=public),
            tags=self.labels.tags(f"aks-{self.group.prefix}"),
            opts=self.child(
                *granted,
                *registry.ready,
                protect=self.needs.protect,
                ignore_changes=["agentPoolProfiles[0].count"],
            ),
        )

    def _kubelet(self) -> containerservice.UserAssignedIdentityArgs:
        return containerservice.UserAssignedIdentityArgs(
            resource_id=self.nodes.id, client_id=self.nodes.client_id, object_id=self.nodes.principal_id
        )

    def _addresses(self) -> containerservice.ContainerServiceNetworkProfileArgs:
        needs = self.network.needs
        return containerservice.ContainerServiceNetworkProfileArgs(
            network_plugin="azure",
            network_plugin_mode="overlay",
            network_dataplane="cilium",
            network_policy="cilium",
            pod_cidr=str(needs.pods_cidr),
            service_cidr=str(needs.services_cidr),
            dns_service_ip=str(needs.services_cidr[10]),
            load_balancer_sku="standard",
            outbound_type="none" if needs.closed else "userAssignedNATGateway",
        )

    def _api(self) -> containerservice.ManagedClusterAPIServerAccessProfileArgs:
        """Private, or open to named addresses, which include the NAT's since nodes call from it."""
        if self.needs.private_control_plane:
            return containerservice.ManagedClusterAPIServerAccessProfileArgs(
                enable_private_cluster=True,
                enable_private_cluster_public_fqdn=False,
                private_dns_zone="system",
                disable_run_command=True,
                **self._inside(),
            )
        named = [str(each) for each in self.needs.authorized_cidrs]
        own = self.network.egress_addresses.apply(lambda found: [f"{each}/32" for each in found])
        return containerservice.ManagedClusterAPIServerAccessProfileArgs(
            enable_private_cluster=False,
            authorized_ip_ranges=own.apply(lambda found: [*named, *found]) if named else None,
            disable_run_command=True,
            **self._inside(),
        )

    def _inside(self) -> dict[str, Any]:
        """Nodes without NAT reach the API at an address in the network."""
        control = self.network.control
        return {"enable_vnet_integration": True, "subnet_id": control.id} if control else {}

    def _bootstrap(
        self, registry: AzureRegistry
    ) -> containerservice.ManagedClusterBootstrapProfileArgs | None:
        if not self.network.needs.closed:
            return None
        return containerservice.ManagedClusterBootstrapProfileArgs(
            artifact_source="Cache", container_registry_id=registry.registry.id
        )

    # Nodes --------------------------------------------------------------------------------------------------------

    def _node(self, role: str, index: int) -> dict[str, Any]:
        pool: CoreNodes | WorkerNodes = self.needs.core if role == "core" else self.needs.workers
        return node(
            role,
            pool,
            self.network.rings[index],
            index=index,
            rings=len(self.network.rings),
            architecture=self.needs.architecture,
            labels=self.labels,
        )

    def _pool(self, name: str, pool: Mapping[str, Any]) -> None:
        containerservice.AgentPool(
            name,
            agent_pool_name=pool["name"],
            resource_name_=self.aks.name,
            resource_group_name=self.group.name,
            type="VirtualMachineScaleSets",
            opts=self.child(ignore_changes=["count"]),
            **{key: value for key, value in pool.items() if key != "name"},
        )

    def _login(self) -> pulumi.Output[str]:
        """A kubeconfig with AKS's address and authority; users sign in with their own Entra account."""
        found = containerservice.list_managed_cluster_user_credentials_output(
            resource_group_name=self.group.name,
            resource_name=self.aks.name,
            opts=pulumi.InvokeOutputOptions(parent=self, depends_on=[self.aks]),
        )
        return found.apply(lambda each: _plain(each.kubeconfigs[0].value))


def _ingress() -> containerservice.ManagedClusterIngressProfileArgs:
    """The ingress add-on without its default controller, which would get a public address that we do not choose."""
    return containerservice.ManagedClusterIngressProfileArgs(
        web_app_routing=containerservice.ManagedClusterIngressProfileWebAppRoutingArgs(
            enabled=True,
            nginx=containerservice.ManagedClusterIngressProfileNginxArgs(
                default_ingress_controller_type="None"
            ),
        )
    )


def _addons(*, public: bool) -> dict[str, containerservice.ManagedClusterAddonProfileArgs]:
    """The ingress reads its certificate from the vault through the second, and notices a renewal within minutes."""
    rotates = {"enableSecretRotation": "true"} if public else None
    return {
        "azurepolicy": containerservice.ManagedClusterAddonProfileArgs(enabled=False),
        "azureKeyvaultSecretsProvider": containerservice.ManagedClusterAddonProfileArgs(
            enabled=public, config=rotates
        ),
    }


def _ingress_principal(found: containerservice.outputs.ManagedClusterIngressProfileResponse | None) -> str:
    routing = found.web_app_routing if found else None
    return (routing.identity.object_id or "") if routing else ""


def _plain(encoded: str) -> str:
    cluster = yaml.safe_load(base64.b64decode(encoded))["clusters"][0]
    login = {
        "command": "kubelogin",
        "args": ["get-token", "--server-id", ENTRA_SERVER, "--login", "azurecli"],
        "provideClusterInfo": False,
    }
    return kubeconfig(cluster["name"], cluster["cluster"], login)
