"""The public edge: DNS, Front Door with its certificates and firewall, and the console's files.

Front Door reaches the cluster's ingress at one fixed address that refuses all other callers; the decision record
"Azure's edge" says why it is not Application Gateway. The origin's certificate is `origin` in the secrets' vault. Azure
does not issue it, so the domain's owner puts it there (docs/deploy-azure.md).
"""

from typing import Any

import pulumi
from pulumi_azure_native import cdn, dns, network, storage

from caseplane_infra import contract
from caseplane_infra.azure.cluster import AzureCluster
from caseplane_infra.azure.frontdoor import FrontDoor, Host
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.azure.roles import grant
from caseplane_infra.azure.secrets import AzureSecrets
from caseplane_infra.contract import EdgeNeeds
from caseplane_infra.naming import Labels

INGRESS_CLASS = "caseplane"
"""Class of the ingress controller that the cluster's add-on runs for the platform only."""
ON_SERVICE = "service.beta.kubernetes.io"
TTL = 3_600


class AzureEdge(contract.Edge):
    """See the contract. All of `ingress` but the class is for the controller, not for the Ingress."""

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: EdgeNeeds,
        *,
        group: AzureGroup,
        network: AzureNetwork,
        secrets: AzureSecrets,
        cluster: AzureCluster,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.network, self.needs = group, network, needs
        self.ingress: dict[str, pulumi.Output[str]] = {}
        self.api_host = self.console_url = pulumi.Output.from_input("")
        self.name_servers: pulumi.Output[list[str]] = pulumi.Output.from_input([])
        self.profile: cdn.Profile | None = None
        if needs.domain:
            self._public(name, secrets, cluster)
        self.done()

    def _public(self, name: str, secrets: AzureSecrets, cluster: AzureCluster) -> None:
        domain, api = self.needs.domain, f"api.{self.needs.domain}"
        self.zone_group, self.zone_name = self._zone(name)
        address = self._ingress_address(name, cluster)
        self.ingress = self._ingress(name, address, secrets, cluster)
        door = FrontDoor(self, name, self.group, guarded=self.needs.waf)
        self.profile = door.profile
        hosts = {"api": door.host("api", api)}
        origins = {"api": door.origins("api", f"origin.{domain}", api, "/health")}
        if self.needs.cdn:
            hosts["console"] = door.host("console", domain)
            web = self._website(name)
            origins["console"] = door.origins("console", web, web, "/index.html")
        for role, host in hosts.items():
            self._host_records(name, role, host)
            door.route(role, host, origins[role])
        if self.needs.waf:
            door.firewall(list(hosts.values()), self.needs.requests_per_5_minutes)
        self.api_host = pulumi.Output.from_input(api)
        self.console_url = pulumi.Output.from_input(f"https://{domain if self.needs.cdn else api}/")

    # Names --------------------------------------------------------------------------------------------------------

    def _zone(self, name: str) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """Resource group and name of the DNS zone; an existing zone is given by its id."""
        if self.needs.zone:
            parts = self.needs.zone.split("/")
            existing_group = parts[4] if len(parts) > 8 else ""
            return pulumi.Output.from_input(existing_group or self.group.name), pulumi.Output.from_input(
                parts[-1]
            )
        zone = dns.Zone(
            f"{name}-zone",
            zone_name=self.needs.domain,
            resource_group_name=self.group.name,
            location="global",
            zone_type=dns.ZoneType.PUBLIC,
            tags=self.labels.tags(self.needs.domain),
            opts=self.child(),
        )
        self.name_servers = zone.name_servers.apply(list)
        return self.group.name, zone.name

    def _relative(self, label: str) -> pulumi.Output[str]:
        """A name relative to the zone, which may be that of a parent domain."""
        full = f"{label}.{self.needs.domain}" if label else self.needs.domain

        def cut(zone: str) -> str:
            return full.removesuffix(zone).rstrip(".") or "@"

        return self.zone_name.apply(cut)

    def _record(self, name: str, label: str, kind: str, **data: Any) -> None:
        dns.RecordSet(
            name,
            relative_record_set_name=self._relative(label),
            record_type=kind,
            zone_name=self.zone_name,
            resource_group_name=self.zone_group,
            ttl=TTL,
            opts=self.child(),
            **data,
        )

    # Front Door to the cluster ------------------------------------------------------------------------------------

    def _ingress_address(self, name: str, cluster: AzureCluster) -> network.PublicIPAddress:
        """The address of the cluster's load balancer, which only Front Door can reach."""
        physical = f"pip-{self.group.prefix}-ingress"
        address = network.PublicIPAddress(
            f"{name}-address",
            public_ip_address_name=physical,
            resource_group_name=self.group.name,
            location=self.group.location,
            sku=network.PublicIPAddressSkuArgs(name="Standard", tier="Regional"),
            public_ip_allocation_method="Static",
            zones=self.group.zones,
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        grant(
            self,
            f"{name}-takes-address",
            self.group,
            role="Network Contributor",
            scope=address.id,
            to=cluster.principal,
        )
        # The controller looks for the address in the list of the group's addresses.
        grant(
            self,
            f"{name}-lists-addresses",
            self.group,
            role="Reader",
            scope=self.group.id,
            to=cluster.principal,
        )
        network.SecurityRule(
            f"{name}-front-door",
            security_rule_name="front-door",
            network_security_group_name=self.network.app_rules.name,
            resource_group_name=self.group.name,
            direction="Inbound",
            access="Allow",
            priority=100,
            protocol="Tcp",
            source_address_prefix="AzureFrontDoor.Backend",
            source_port_range="*",
            destination_address_prefix="*",
            destination_port_range="443",
            opts=self.child(),
        )
        found = address.ip_address.apply(lambda ip: [dns.ARecordArgs(ipv4_address=ip or "")])
        self._record(f"{name}-origin-record", "origin", "A", a_records=found)
        return address

    def _ingress(
        self,
        name: str,
        address: network.PublicIPAddress,
        secrets: AzureSecrets,
        cluster: AzureCluster,
    ) -> dict[str, pulumi.Output[str]]:
        grant(
            self,
            f"{name}-reads-certificate",
            self.group,
            role="Key Vault Secrets User",
            scope=pulumi.Output.concat(secrets.vault.id, "/secrets/origin"),
            to=cluster.ingress_principal,
        )
        return {
            "class": pulumi.Output.from_input(INGRESS_CLASS),
            "certificate": pulumi.Output.concat(secrets.store, "certificates/origin"),
            f"{ON_SERVICE}/azure-pip-name": address.name,
            f"{ON_SERVICE}/azure-load-balancer-resource-group": self.group.name,
        }

    def _host_records(self, name: str, role: str, host: Host) -> None:
        """The host's DNS record, and the proof of ownership that Front Door needs to issue its certificate."""
        label = "api" if role == "api" else ""
        proof = host.domain.validation_properties.apply(
            lambda found: [dns.TxtRecordArgs(value=[found.validation_token])]
        )
        self._record(f"{name}-{role}-proof", f"_dnsauth.{label}".rstrip("."), "TXT", txt_records=proof)
        if label:
            target = host.endpoint.host_name.apply(lambda found: dns.CnameRecordArgs(cname=found))
            self._record(f"{name}-{role}-record", label, "CNAME", cname_record=target)
        else:  # a zone's own name cannot be a CNAME
            alias = dns.SubResourceArgs(id=host.endpoint.id)
            self._record(f"{name}-{role}-record", label, "A", target_resource=alias)

    # The console --------------------------------------------------------------------------------------------------

    def _website(self, name: str) -> pulumi.Output[str]:
        """The only public store: its files hold no data and are the same for every user.

        Account keys stay enabled here because enabling the website needs one; nothing else is in the account.
        """
        physical = self.group.unique("web", 24)
        account = storage.StorageAccount(
            f"{name}-console",
            account_name=physical,
            resource_group_name=self.group.name,
            location=self.group.location,
            kind="StorageV2",
            sku=storage.SkuArgs(name="Standard_ZRS" if len(self.group.zones) > 1 else "Standard_LRS"),
            minimum_tls_version="TLS1_2",
            enable_https_traffic_only=True,
            allow_blob_public_access=False,  # the website does not need it
            allow_cross_tenant_replication=False,
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        storage.StorageAccountStaticWebsite(
            f"{name}-console-website",
            account_name=account.name,
            resource_group_name=self.group.name,
            index_document="index.html",
            error404_document="index.html",
            opts=self.child(),
        )
        return account.primary_endpoints.apply(lambda found: found.web.split("/")[2])
