"""How the world comes in: DNS, certificates, firewall, load balancer, and the console's content delivery.

The load balancer itself is made by its controller on the cluster, from the annotations of the chart's Ingress; the
name `api.<domain>` is written by ExternalDNS, because the balancer's address is known to the cluster alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import acm, cloudwatch, eks, iam, route53, wafv2

from caseplane_infra import contract
from caseplane_infra.aws.addons import addon
from caseplane_infra.aws.balancing import balancing
from caseplane_infra.aws.cdn import Delivery, console
from caseplane_infra.aws.identity import pod_role
from caseplane_infra.aws.policy import Statement, allow, document
from caseplane_infra.aws.provider import Place
from caseplane_infra.naming import Labels

GLOBAL = "us-east-1"
"""Where CloudFront looks for certificates and firewalls, wherever the stack is."""
BALANCER_TLS = "ELBSecurityPolicy-TLS13-1-2-2021-06"
RULE_SETS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
TOO_LONG = "SizeRestrictions_BODY"
"""Refuses bodies over 8 KiB, as every uploaded document is; counted only, the API has limits of its own."""
BALANCER = "aws-load-balancer-controller"


@dataclass(frozen=True, kw_only=True)
class Host:
    """The cluster that the ways in lead to."""

    cluster: contract.Cluster
    nodes: Sequence[pulumi.Resource]


class AwsEdge(contract.Edge):
    """The public edge; without a domain there is none, and nothing is made."""

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
        firewall = self._firewall("REGIONAL", "api") if needs.waf else None
        self.ingress = self._annotations(certificate, firewall)
        self._names(zone, host)
        self._balancers(host)
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
            force_destroy=True,  # names that ExternalDNS wrote go with it
            tags=self.labels.tags(self._needs.domain),
            opts=self.child(),
        )
        self.name_servers = zone.name_servers.apply(list)
        return zone.zone_id

    def _certificate(
        self, role: str, domain: str, zone: pulumi.Output[str], region: str | None
    ) -> pulumi.Output[str]:
        """A certificate that renews itself as long as its record stays in the zone."""
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

    def _firewall(self, scope: str, role: str) -> wafv2.WebAcl:
        region = GLOBAL if scope == "CLOUDFRONT" else self._place.region
        physical = f"{self._prefix}-{role}"
        acl = wafv2.WebAcl(
            f"{self._name}-{role}-waf",
            name=physical,
            description="Common attacks, and too many requests",
            scope=scope,
            region=region,
            default_action={"allow": {}},
            rules=[self._throttle(), *(_rule_set(each, place) for place, each in enumerate(RULE_SETS, 1))],
            visibility_config=_seen(physical),
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        if scope == "REGIONAL":
            self._firewall_log(role, acl)
        return acl

    def _firewall_log(self, role: str, acl: wafv2.WebAcl) -> None:
        physical = f"aws-waf-logs-{self._prefix}-{role}"  # the firewall takes no other beginning
        logs = cloudwatch.LogGroup(
            f"{self._name}-{role}-waf-log",
            name=physical,
            retention_in_days=self._log_days,
            kms_key_id=self._key,
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        wafv2.WebAclLoggingConfiguration(
            f"{self._name}-{role}-waf-logging",
            resource_arn=acl.arn,
            log_destination_configs=[logs.arn],
            redacted_fields=[{"single_header": {"name": each}} for each in ("authorization", "cookie")],
            opts=self.child(),
        )

    def _throttle(self) -> Any:
        rate = {"limit": self._needs.requests_per_5_minutes, "aggregate_key_type": "IP"}
        return {
            "name": "throttle",
            "priority": 0,
            "action": {"block": {}},
            "statement": {"rate_based_statement": {**rate, "evaluation_window_sec": 300}},
            "visibility_config": _seen("throttle"),
        }

    def _annotations(
        self, certificate: pulumi.Output[str], firewall: wafv2.WebAcl | None
    ) -> dict[str, pulumi.Output[str]]:
        """What the load balancer controller makes of the Ingress."""
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
        if firewall is not None:
            wanted["wafv2-acl-arn"] = firewall.arn
        spelled = {f"alb.ingress.kubernetes.io/{key}": value for key, value in wanted.items()}
        return {key: pulumi.Output.from_input(value) for key, value in {"class": "alb", **spelled}.items()}

    def _names(self, zone: pulumi.Output[str], host: Host) -> None:
        """ExternalDNS, an add-on of EKS, which may write names of this one zone."""
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

    def _balancers(self, host: Host) -> None:
        """The identity of the load balancer controller, whose chart is installed with the other add-ons."""
        cluster = host.cluster.name
        role = pod_role(
            self, f"{self._name}-balancer-role", place=self._place, cluster=cluster, label="pod-balancer"
        )
        iam.RolePolicy(
            f"{self._name}-balancer-rights",
            name="balancers",
            role=role.name,
            policy=document(*balancing(cluster)),
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
        firewall = self._firewall("CLOUDFRONT", "console") if self._needs.waf else None
        distribution = console(
            self,
            f"{self._name}-console",
            Delivery(
                bucket=self._place.bucket(self._prefix, "console"),
                domain=domain,
                api=f"api.{domain}",
                certificate=certificate,
                firewall=firewall.arn if firewall else None,
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
    """Rights of ExternalDNS; that it lists zones is how it finds ours, and AWS knows no narrower right."""
    ours = zone.apply(lambda each: f"arn:aws:route53:::hostedzone/{each}")
    changes = [
        "route53:ChangeResourceRecordSets",
        "route53:ListResourceRecordSets",
        "route53:ListTagsForResources",
    ]
    return [allow(changes, [ours]), allow(["route53:ListHostedZones"], ["*"])]


def _seen(metric: str) -> Any:
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": True}


def _rule_set(rules: str, priority: int) -> Any:
    counted = [{"name": TOO_LONG, "action_to_use": {"count": {}}}] if "Common" in rules else []
    managed = {"vendor_name": "AWS", "name": rules, "rule_action_overrides": counted}
    return {
        "name": rules,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": managed},
        "visibility_config": _seen(rules),
    }
