"""The public edge: DNS, certificates, firewalls, load balancer, and the console's content delivery.

A controller on the cluster creates the load balancer from the annotations of the chart's Ingress. ExternalDNS writes
the record `api.<domain>`, because only the cluster knows the balancer's address.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import acm, eks, iam, route53, wafv2

from caseplane_infra import contract
from caseplane_infra.aws.addons import addon
from caseplane_infra.aws.balancing import balancing
from caseplane_infra.aws.cdn import Delivery, console
from caseplane_infra.aws.firewall import firewall, firewall_log
from caseplane_infra.aws.identity import pod_role
from caseplane_infra.aws.policy import Statement, allow, document
from caseplane_infra.aws.provider import Place
from caseplane_infra.naming import Labels

GLOBAL = "us-east-1"
"""CloudFront's certificates and firewalls must be in this region, whatever the stack's region."""
BALANCER_TLS = "ELBSecurityPolicy-TLS13-1-2-2021-06"
BALANCER = "aws-load-balancer-controller"


@dataclass(frozen=True, kw_only=True)
class Host:
    """The cluster that the edge leads to."""

    cluster: contract.Cluster
    nodes: Sequence[pulumi.Resource]
    network: pulumi.Input[str]
    """Id of the network."""
    nodes_group: pulumi.Input[str]
    """Id of the nodes' security group."""


class AwsEdge(contract.Edge):
    """The public edge; without a domain nothing is created."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.EdgeNeeds,
        *,
        labels: Labels,
        place: Place,
        key: pulumi.Input[str],
        host: Host,
        log_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self._name, self._needs, self._place, self._key = name, needs, place, key
        self._prefix, self._log_days = labels.prefix, log_days
        self.api_host = self.console_url = pulumi.Output.from_input("")
        self.ingress: dict[str, pulumi.Output[str]] = {}
        self.name_servers = pulumi.Output.from_input(list[str]())
        if needs.domain:
            self._open(host)
        self.done()

    def _open(self, host: Host) -> None:
        needs, api = self._needs, f"api.{self._needs.domain}"
        zone = self._zone()
        certificate = self._certificate("api", api, zone, region=None)
        acl = self._api_firewall() if needs.waf else None
        self.ingress = self._annotations(certificate, acl)
        self._names(zone, host)
        self._balancers(host, acl)
        self.api_host = pulumi.Output.from_input(api)
        self.console_url = pulumi.Output.from_input(f"https://{needs.domain if needs.cdn else api}")
        if needs.cdn:
            self._deliver(zone)

    def _zone(self) -> pulumi.Output[str]:
        if self._needs.zone:
            return pulumi.Output.from_input(self._needs.zone)
        zone = route53.Zone(
            f"{self._name}-zone",
            name=self._needs.domain,
            comment=f"Edge of {self._prefix}",
            force_destroy=True,  # deletes the records that ExternalDNS wrote, too
            tags=self.labels.tags(self._needs.domain),
            opts=self.child(),
        )
        self.name_servers = zone.name_servers.apply(list)
        return zone.zone_id

    def _certificate(
        self, role: str, domain: str, zone: pulumi.Output[str], region: str | None
    ) -> pulumi.Output[str]:
        """A certificate that AWS renews as long as its record is in the zone."""
        certificate = acm.Certificate(
            f"{self._name}-{role}-certificate",
            domain_name=domain,
            validation_method="DNS",
            region=region,
            tags=self.labels.tags(domain),
            opts=self.child(),
        )
        proof = certificate.domain_validation_options[0]
        record = route53.Record(
            f"{self._name}-{role}-proof",
            zone_id=zone,
            name=proof.resource_record_name,
            type=proof.resource_record_type,
            records=[proof.resource_record_value],
            ttl=300,
            opts=self.child(),
        )
        valid = acm.CertificateValidation(
            f"{self._name}-{role}-valid",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn],
            region=region,
            opts=self.child(),
        )
        return valid.certificate_arn

    def _api_firewall(self) -> wafv2.WebAcl:
        name, physical = f"{self._name}-api", f"{self._prefix}-api"
        acl = firewall(
            self,
            name,
            physical,
            scope="REGIONAL",
            region=self._place.region,
            limit=self._needs.requests_per_5_minutes,
        )
        firewall_log(self, name, acl, physical, key=self._key, days=self._log_days)
        return acl

    def _console_firewall(self) -> wafv2.WebAcl:
        return firewall(
            self,
            f"{self._name}-console",
            f"{self._prefix}-console",
            scope="CLOUDFRONT",
            region=GLOBAL,
            limit=self._needs.requests_per_5_minutes,
        )

    def _annotations(
        self, certificate: pulumi.Output[str], acl: wafv2.WebAcl | None
    ) -> dict[str, pulumi.Output[str]]:
        """Annotations of the Ingress, for the load balancer controller."""
        attributes = "routing.http.drop_invalid_header_fields.enabled=true,idle_timeout.timeout_seconds=300"
        tags = ",".join(f"{key}={value}" for key, value in self.labels.tags(f"{self._prefix}-alb").items())
        wanted: dict[str, pulumi.Input[str]] = {
            "scheme": "internet-facing",
            "target-type": "ip",
            "listen-ports": '[{"HTTP":80},{"HTTPS":443}]',
            "ssl-redirect": "443",
            "ssl-policy": BALANCER_TLS,
            "certificate-arn": certificate,
            "healthcheck-path": "/health",
            "load-balancer-name": f"{self._prefix}-alb",
            "load-balancer-attributes": attributes,
            "tags": tags,
        }
        if acl is not None:
            wanted["wafv2-acl-arn"] = acl.arn
        spelled = {f"alb.ingress.kubernetes.io/{key}": value for key, value in wanted.items()}
        return {key: pulumi.Output.from_input(value) for key, value in {"class": "alb", **spelled}.items()}

    def _names(self, zone: pulumi.Output[str], host: Host) -> None:
        """ExternalDNS, an add-on of EKS, which may write records of this one zone."""
        cluster = host.cluster.name
        role = pod_role(
            self, f"{self._name}-dns-role", place=self._place, cluster=cluster, label="pod-external-dns"
        )
        iam.RolePolicy(
            f"{self._name}-dns-rights",
            name="zone",
            role=role.name,
            policy=document(*_naming(zone)),
            opts=self.child(),
        )
        addon(
            self,
            f"{self._name}-dns",
            "external-dns",
            cluster=cluster,
            values={"domainFilters": [self._needs.domain], "policy": "sync", "txtOwnerId": self._prefix},
            account={"service_account": "external-dns", "role_arn": role.arn},
            after=host.nodes,
        )

    def _balancers(self, host: Host, acl: wafv2.WebAcl | None) -> None:
        """The identity of the load balancer controller; its chart is installed with the other add-ons."""
        cluster = host.cluster.name
        role = pod_role(
            self, f"{self._name}-balancer-role", place=self._place, cluster=cluster, label="pod-balancer"
        )
        rights = balancing(
            cluster,
            place=self._place,
            network=host.network,
            nodes=host.nodes_group,
            firewall=acl.arn if acl else None,
        )
        iam.RolePolicy(
            f"{self._name}-balancer-rights",
            name="balancers",
            role=role.name,
            policy=document(*rights),
            opts=self.child(),
        )
        eks.PodIdentityAssociation(
            f"{self._name}-balancer-association",
            cluster_name=cluster,
            namespace="kube-system",
            service_account=BALANCER,
            role_arn=role.arn,
            tags=self.labels.tags(f"{self._prefix}-balancer"),
            opts=self.child(),
        )

    def _deliver(self, zone: pulumi.Output[str]) -> None:
        domain = self._needs.domain
        certificate = self._certificate("console", domain, zone, region=GLOBAL)
        acl = self._console_firewall() if self._needs.waf else None
        distribution = console(
            self,
            f"{self._name}-console",
            Delivery(
                bucket=self._place.bucket(self._prefix, "console"),
                domain=domain,
                api=f"api.{domain}",
                certificate=certificate,
                firewall=acl.arn if acl else None,
                key=self._key,
            ),
        )
        for family in ("A", "AAAA"):
            target: route53.RecordAliasArgsDict = {
                "name": distribution.domain_name,
                "zone_id": distribution.hosted_zone_id,
                "evaluate_target_health": False,
            }
            route53.Record(
                f"{self._name}-console-{family.lower()}",
                zone_id=zone,
                name=domain,
                type=family,
                aliases=[target],
                opts=self.child(),
            )


def _naming(zone: pulumi.Output[str]) -> list[Statement]:
    """Rights of ExternalDNS. It lists zones to find ours, and AWS has no narrower right for that."""
    ours = zone.apply(lambda each: f"arn:aws:route53:::hostedzone/{each}")
    changes = [
        "route53:ChangeResourceRecordSets",
        "route53:ListResourceRecordSets",
        "route53:ListTagsForResources",
    ]
    return [allow(changes, [ours]), allow(["route53:ListHostedZones"], ["*"])]
