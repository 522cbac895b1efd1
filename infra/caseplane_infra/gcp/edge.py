"""The public edge: DNS, certificates, Cloud Armor.

GKE creates the API's load balancer from a Gateway on the cluster; its address, certificates, and TLS and Armor policies
are created here. The console's load balancer is in `cdn.py`, since GKE cannot serve a bucket.
"""

import pulumi
from pulumi_gcp import certificatemanager, compute, dns

from caseplane_infra import contract
from caseplane_infra.contract import EdgeNeeds
from caseplane_infra.gcp import cdn
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.naming import Labels

GATEWAY_CLASS = "gke-l7-global-external-managed"
THREATS = ("sqli", "xss", "lfi", "rfi", "rce", "scannerdetection", "protocolattack", "sessionfixation")
"""Google's rule sets, at level 1, which has the fewest false alarms: support questions quote strange text."""
LAST = 2_147_483_647
"""Priority of the rule that every policy must end with."""


class GcpEdge(contract.Edge):
    """See the contract; `ingress` configures the Gateway on the cluster, by Google's names."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: EdgeNeeds,
        *,
        project: GcpProject,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.project, self.needs = project, needs
        self.ingress: dict[str, pulumi.Output[str]] = {}
        self.api_host = self.console_url = pulumi.Output.from_input("")
        self.name_servers: pulumi.Output[list[str]] = pulumi.Output.from_input([])
        if needs.domain:
            self._public(name)
        self.done()

    def _public(self, name: str) -> None:
        domain, api = self.needs.domain, f"api.{self.needs.domain}"
        zone = self._zone(name)
        certificates = self._certificates(name, zone)
        tls = compute.SSLPolicy(
            f"{name}-tls",
            name=f"tls-{self.project.prefix}",
            profile="MODERN",
            min_tls_version="TLS_1_2",
            opts=self.child(),
        )
        address = self._address(f"{name}-api", "api")
        self._record(f"{name}-api-record", zone, f"{api}.", "A", address.address)
        self.ingress = {
            "class": pulumi.Output.from_input(GATEWAY_CLASS),
            "networking.gke.io/certmap": certificates.name,
            "networking.gke.io/address": address.name,
            "networking.gke.io/ssl-policy": tls.name,
        }
        if self.needs.waf:
            self.ingress["networking.gke.io/security-policy"] = self._armor(name).name
        self.api_host = pulumi.Output.from_input(api)
        self.console_url = pulumi.Output.from_input(f"https://{api}/")
        if self.needs.cdn:
            console = self._address(f"{name}-console", "console")
            cdn.deliver(self, name, project=self.project, address=console, certificates=certificates, tls=tls)
            self._record(f"{name}-console-record", zone, f"{domain}.", "A", console.address)
            self.console_url = pulumi.Output.from_input(f"https://{domain}/")

    def _zone(self, name: str) -> pulumi.Output[str]:
        """Name of the DNS zone."""
        if self.needs.zone:
            return pulumi.Output.from_input(self.needs.zone)
        zone = dns.ManagedZone(
            f"{name}-zone",
            name=f"dns-{self.project.prefix}",
            dns_name=f"{self.needs.domain}.",
            description=f"Public names of {self.project.prefix}",
            dnssec_config=dns.ManagedZoneDnssecConfigArgs(state="on"),
            labels=self.labels.gcp(),
            opts=self.child(),
        )
        self.name_servers = zone.name_servers.apply(list)
        return zone.name

    def _record(
        self,
        name: str,
        zone: pulumi.Input[str],
        host: pulumi.Input[str],
        kind: pulumi.Input[str],
        data: pulumi.Input[str],
    ) -> None:
        dns.RecordSet(
            name, managed_zone=zone, name=host, type=kind, ttl=300, rrdatas=[data], opts=self.child()
        )

    def _certificates(self, name: str, zone: pulumi.Input[str]) -> certificatemanager.CertificateMap:
        """One certificate, proven by DNS: it is issued before the balancer exists, and renewed automatically."""
        hosts = {"api": f"api.{self.needs.domain}"}
        if self.needs.cdn:
            hosts["console"] = self.needs.domain
        proofs = {role: self._proof(f"{name}-{role}-proof", role, host, zone) for role, host in hosts.items()}
        certificate = certificatemanager.Certificate(
            f"{name}-certificate",
            name=f"cert-{self.project.prefix}",
            scope="DEFAULT",
            managed=certificatemanager.CertificateManagedArgs(
                domains=list(hosts.values()), dns_authorizations=[each.id for each in proofs.values()]
            ),
            labels=self.labels.gcp(),
            opts=self.child(),
        )
        certificates = certificatemanager.CertificateMap(
            f"{name}-certificates",
            name=f"certs-{self.project.prefix}",
            labels=self.labels.gcp(),
            opts=self.child(),
        )
        for role, host in hosts.items():
            certificatemanager.CertificateMapEntry(
                f"{name}-{role}-certificate",
                name=f"cert-{self.project.prefix}-{role}",
                map=certificates.name,
                hostname=host,
                certificates=[certificate.id],
                labels=self.labels.gcp(),
                opts=self.child(),
            )
        return certificates

    def _proof(
        self, name: str, role: str, host: str, zone: pulumi.Input[str]
    ) -> certificatemanager.DnsAuthorization:
        proof = certificatemanager.DnsAuthorization(
            name,
            name=f"proof-{self.project.prefix}-{role}",
            domain=host,
            labels=self.labels.gcp(),
            opts=self.child(),
        )
        record = proof.dns_resource_records[0]
        self._record(f"{name}-record", zone, record.name, record.type, record.data)
        return proof

    def _address(self, name: str, role: str) -> compute.GlobalAddress:
        return compute.GlobalAddress(
            f"{name}-address",
            name=f"ip-{self.project.prefix}-{role}",
            address_type="EXTERNAL",
            labels=self.labels.gcp(),
            opts=self.child(),
        )

    def _armor(self, name: str) -> compute.SecurityPolicy:
        rules = [
            self._throttle(),
            *(_threat(1_000 + 10 * index, each) for index, each in enumerate(THREATS)),
        ]
        return compute.SecurityPolicy(
            f"{name}-armor",
            name=f"armor-{self.project.prefix}",
            type="CLOUD_ARMOR",
            description="Common attacks and floods are turned away before they reach the cluster",
            labels=self.labels.gcp(),
            rules=[*rules, _rule(LAST, "allow", "All other requests")],
            opts=self.child(),
        )

    def _throttle(self) -> compute.SecurityPolicyRuleArgs:
        limit = compute.SecurityPolicyRuleRateLimitOptionsRateLimitThresholdArgs(
            count=self.needs.requests_per_5_minutes, interval_sec=300
        )
        options = compute.SecurityPolicyRuleRateLimitOptionsArgs(
            conform_action="allow",
            exceed_action="deny(429)",
            enforce_on_key="IP",
            rate_limit_threshold=limit,
        )
        # Last but one: attacks are checked first, because a rule that allows a request ends the evaluation.
        return _rule(2_000, "throttle", "Too many requests of one address", limits=options)


def _rule(
    priority: int,
    action: str,
    description: str,
    *,
    expression: str = "",
    limits: compute.SecurityPolicyRuleRateLimitOptionsArgs | None = None,
) -> compute.SecurityPolicyRuleArgs:
    any_source = compute.SecurityPolicyRuleMatchArgs(
        versioned_expr="SRC_IPS_V1", config=compute.SecurityPolicyRuleMatchConfigArgs(src_ip_ranges=["*"])
    )
    some = compute.SecurityPolicyRuleMatchArgs(
        expr=compute.SecurityPolicyRuleMatchExprArgs(expression=expression)
    )
    return compute.SecurityPolicyRuleArgs(
        priority=priority,
        action=action,
        description=description,
        match=some if expression else any_source,
        rate_limit_options=limits,
    )


def _threat(priority: int, kind: str) -> compute.SecurityPolicyRuleArgs:
    expression = f"evaluatePreconfiguredWaf('{kind}-v33-stable', {{'sensitivity': 1}})"
    return _rule(priority, "deny(403)", f"Attack: {kind}", expression=expression)
