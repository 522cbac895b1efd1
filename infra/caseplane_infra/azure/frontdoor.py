"""Front Door: endpoints with managed certificates, their origins, and the firewall."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import cdn, frontdoor

from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.contract import Part

PREMIUM, STANDARD = "Premium_AzureFrontDoor", "Standard_AzureFrontDoor"


@dataclass(frozen=True, kw_only=True)
class Host:
    """A host that Front Door serves."""

    endpoint: cdn.AFDEndpoint
    domain: cdn.AFDCustomDomain


class FrontDoor:
    """A Front Door profile and its resources, as children of the edge."""

    def __init__(self, part: Part, name: str, group: AzureGroup, *, guarded: bool) -> None:
        """Create the profile; only the Premium tier has managed rules against attacks."""
        self.part, self.name, self.group = part, name, group
        self.tier = PREMIUM if guarded else STANDARD
        physical = f"afd-{group.prefix}"
        self.profile = cdn.Profile(
            f"{name}-profile",
            profile_name=physical,
            resource_group_name=group.name,
            location="global",
            sku=cdn.SkuArgs(name=self.tier),
            origin_response_timeout_seconds=120,  # answers are streamed
            tags=part.labels.tags(physical),
            opts=part.child(),
        )

    def host(self, role: str, name: str) -> Host:
        """An endpoint, and the host that it serves once DNS has the proof of ownership."""
        endpoint = cdn.AFDEndpoint(
            f"{self.name}-{role}-endpoint",
            endpoint_name=f"{self.group.prefix}-{role}",
            profile_name=self.profile.name,
            resource_group_name=self.group.name,
            location="global",
            enabled_state="Enabled",
            tags=self.part.labels.tags(f"{self.group.prefix}-{role}"),
            opts=self.part.child(),
        )
        domain = cdn.AFDCustomDomain(
            f"{self.name}-{role}-domain",
            custom_domain_name=name.replace(".", "-"),
            host_name=name,
            profile_name=self.profile.name,
            resource_group_name=self.group.name,
            tls_settings=cdn.AFDDomainHttpsParametersArgs(
                certificate_type="ManagedCertificate", minimum_tls_version=cdn.AfdMinimumTlsVersion.TLS12
            ),
            opts=self.part.child(),
        )
        return Host(endpoint=endpoint, domain=domain)

    def origins(
        self, role: str, host: pulumi.Input[str], header: pulumi.Input[str], probe: str
    ) -> tuple[cdn.AFDOriginGroup, cdn.AFDOrigin]:
        group = cdn.AFDOriginGroup(
            f"{self.name}-{role}-origins",
            origin_group_name=role,
            health_probe_settings=cdn.HealthProbeParametersArgs(
                probe_path=probe,
                probe_protocol=cdn.ProbeProtocol.HTTPS,
                probe_request_type=cdn.HealthProbeRequestType.GET,
                probe_interval_in_seconds=60,
            ),
            load_balancing_settings=cdn.LoadBalancingSettingsParametersArgs(
                sample_size=4, successful_samples_required=3, additional_latency_in_milliseconds=50
            ),
            session_affinity_state="Disabled",
            profile_name=self.profile.name,
            resource_group_name=self.group.name,
            opts=self.part.child(),
        )
        origin = cdn.AFDOrigin(
            f"{self.name}-{role}-origin",
            origin_name=role,
            origin_group_name=group.name,
            host_name=host,
            origin_host_header=header,
            https_port=443,
            http_port=80,
            enforce_certificate_name_check=True,
            enabled_state="Enabled",
            priority=1,
            weight=1_000,
            profile_name=self.profile.name,
            resource_group_name=self.group.name,
            opts=self.part.child(),
        )
        return group, origin

    def route(
        self,
        role: str,
        host: Host,
        origins: tuple[cdn.AFDOriginGroup, cdn.AFDOrigin],
    ) -> None:
        group, origin = origins
        cache = cdn.AfdRouteCacheConfigurationArgs(
            query_string_caching_behavior="IgnoreQueryString",
            compression_settings=cdn.CompressionSettingsArgs(
                is_compression_enabled=True,
                content_types_to_compress=["text/html", "text/css", "text/javascript", "image/svg+xml"],
            ),
        )
        cdn.Route(
            f"{self.name}-{role}-route",
            route_name=role,
            endpoint_name=host.endpoint.name,
            profile_name=self.profile.name,
            resource_group_name=self.group.name,
            custom_domains=[cdn.ActivatedResourceReferenceArgs(id=host.domain.id)],
            origin_group=cdn.ResourceReferenceArgs(id=group.id),
            patterns_to_match=["/*"],
            supported_protocols=["Http", "Https"],
            https_redirect="Enabled",
            forwarding_protocol="HttpsOnly",
            link_to_default_domain="Disabled",
            cache_configuration=cache if role == "console" else None,
            enabled_state="Enabled",
            opts=self.part.child(origin),  # a route to a group without an origin is refused
        )

    def firewall(self, hosts: Sequence[Host], limit: int) -> None:
        policy = frontdoor.Policy(
            f"{self.name}-firewall",
            policy_name=f"waf{self.group.prefix.replace('-', '')}",
            resource_group_name=self.group.name,
            location="Global",
            sku=frontdoor.SkuArgs(name=self.tier),
            policy_settings=frontdoor.PolicySettingsArgs(
                enabled_state="Enabled", mode="Prevention", request_body_check="Enabled"
            ),
            managed_rules=frontdoor.ManagedRuleSetListArgs(
                managed_rule_sets=[
                    frontdoor.ManagedRuleSetArgs(
                        rule_set_type="Microsoft_DefaultRuleSet",
                        rule_set_version="2.1",
                        rule_set_action="Block",
                    ),
                    frontdoor.ManagedRuleSetArgs(
                        rule_set_type="Microsoft_BotManagerRuleSet", rule_set_version="1.1"
                    ),
                ]
            ),
            custom_rules=frontdoor.CustomRuleListArgs(rules=[_throttle(limit)]),
            tags=self.part.labels.tags(f"waf-{self.group.prefix}"),
            opts=self.part.child(),
        )
        cdn.SecurityPolicy(
            f"{self.name}-firewall-hosts",
            security_policy_name="firewall",
            profile_name=self.profile.name,
            resource_group_name=self.group.name,
            parameters=cdn.SecurityPolicyWebApplicationFirewallParametersArgs(
                type="WebApplicationFirewall",
                waf_policy=cdn.ResourceReferenceArgs(id=policy.id),
                associations=[
                    cdn.SecurityPolicyWebApplicationFirewallAssociationArgs(
                        domains=[cdn.ActivatedResourceReferenceArgs(id=each.domain.id) for each in hosts],
                        patterns_to_match=["/*"],
                    )
                ],
            ),
            opts=self.part.child(),
        )


def _throttle(limit: int) -> frontdoor.CustomRuleArgs:
    """Counts every request of an address: the condition always holds."""
    anything = frontdoor.MatchConditionArgs(
        match_variable="RemoteAddr", operator="IPMatch", match_value=["0.0.0.0/0", "::/0"]
    )
    return frontdoor.CustomRuleArgs(
        name="Throttle",
        priority=100,
        rule_type="RateLimitRule",
        action="Block",
        enabled_state="Enabled",
        rate_limit_duration_in_minutes=5,
        rate_limit_threshold=limit,
        match_conditions=[anything],
    )
