"""Web application firewalls: managed rules against common attacks, a limit on requests, and a log without credentials."""

from typing import Any

import pulumi
from pulumi_aws import cloudwatch, wafv2

from caseplane_infra import contract

RULE_SETS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
TOO_LONG = "SizeRestrictions_BODY"
"""Refuses bodies over 8 KiB, so every uploaded document; only counted, as the API has its own limits."""


def firewall(
    part: contract.Part, name: str, physical: str, *, scope: str, region: str, limit: int
) -> wafv2.WebAcl:
    """A firewall of a load balancer or of CloudFront.

    Args:
        part: the part that it belongs to.
        name: prefix of the logical names.
        physical: its name.
        scope: `REGIONAL` for a load balancer, `CLOUDFRONT`.
        region: where it is created.
        limit: requests of one address in five minutes before it is blocked.
    """
    return wafv2.WebAcl(
        f"{name}-waf",
        name=physical,
        description="Common attacks, and too many requests",
        scope=scope,
        region=region,
        default_action={"allow": {}},
        rules=[_throttle(limit), *(_rule_set(each, place) for place, each in enumerate(RULE_SETS, 1))],
        visibility_config=_metrics(physical),
        tags=part.labels.tags(physical),
        opts=part.child(),
    )


def firewall_log(
    part: contract.Part, name: str, acl: wafv2.WebAcl, physical: str, *, key: pulumi.Input[str], days: int
) -> None:
    """Log the requests that a firewall inspects.

    Args:
        part: the part that it belongs to.
        name: prefix of the logical names.
        acl: the firewall.
        physical: its name.
        key: ARN of the key.
        days: how long the log is kept.
    """
    group = f"aws-waf-logs-{physical}"  # the firewall accepts no other beginning
    logs = cloudwatch.LogGroup(
        f"{name}-waf-log",
        name=group,
        retention_in_days=days,
        kms_key_id=key,
        tags=part.labels.tags(group),
        opts=part.child(),
    )
    wafv2.WebAclLoggingConfiguration(
        f"{name}-waf-logging",
        resource_arn=acl.arn,
        log_destination_configs=[logs.arn],
        redacted_fields=[{"single_header": {"name": each}} for each in ("authorization", "cookie")],
        opts=part.child(),
    )


def _throttle(limit: int) -> Any:
    rate = {"limit": limit, "aggregate_key_type": "IP"}
    return {
        "name": "throttle",
        "priority": 0,
        "action": {"block": {}},
        "statement": {"rate_based_statement": {**rate, "evaluation_window_sec": 300}},
        "visibility_config": _metrics("throttle"),
    }


def _metrics(name: str) -> Any:
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": True}


def _rule_set(rules: str, priority: int) -> Any:
    counted = [{"name": TOO_LONG, "action_to_use": {"count": {}}}] if "Common" in rules else []
    managed = {"vendor_name": "AWS", "name": rules, "rule_action_overrides": counted}
    return {
        "name": rules,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": managed},
        "visibility_config": _metrics(rules),
    }
