"""What NetworkPolicies allow, computed from them as the API defines it: policies add up, and both ends must agree.

Source: the documentation of `networking.k8s.io/v1` NetworkPolicy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, Literal

Policy = Mapping[str, Any]
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Peer:
    """One end of a connection: a pod, by labels, or an address outside."""

    name: str
    namespace: str = ""
    labels: Labels = field(default_factory=dict)
    address: str = ""


def allows(policies: Sequence[Policy], source: Peer, target: Peer, port: int, protocol: str = "TCP") -> bool:
    """Whether a connection can be made."""
    return _passes(policies, "Egress", source, target, port, protocol) and _passes(
        policies, "Ingress", target, source, port, protocol
    )


def _passes(
    policies: Sequence[Policy],
    way: Literal["Egress", "Ingress"],
    own: Peer,
    other: Peer,
    port: int,
    protocol: str,
) -> bool:
    """Whether the policies that select `own` let it through; where none does, everything passes."""
    mine = [
        policy
        for policy in policies
        if own.labels
        and policy["metadata"].get("namespace", own.namespace) == own.namespace
        and way in policy["spec"]["policyTypes"]
        and _selects(policy["spec"]["podSelector"], own.labels)
    ]
    rules = [rule for policy in mine for rule in policy["spec"].get(way.lower()) or ()]
    peers = "to" if way == "Egress" else "from"
    return not mine or any(
        _has_port(rule.get("ports"), port, protocol) and _has_peer(rule.get(peers), own, other)
        for rule in rules
    )


def _has_port(ports: Sequence[Mapping[str, Any]] | None, port: int, protocol: str) -> bool:
    return not ports or any(
        each.get("port", port) == port and each.get("protocol", "TCP") == protocol for each in ports
    )


def _has_peer(peers: Sequence[Mapping[str, Any]] | None, own: Peer, other: Peer) -> bool:
    return not peers or any(_fits(each, own, other) for each in peers)


def _fits(peer: Mapping[str, Any], own: Peer, other: Peer) -> bool:
    if "ipBlock" in peer:
        if not other.address:  # pods are matched by labels: their addresses are no subject of policies
            return False
        here = ip_address(other.address)
        block = peer["ipBlock"]
        return here in ip_network(block["cidr"]) and not any(
            here in ip_network(each) for each in block.get("except", ())
        )
    if not other.labels:
        return False
    space = peer.get("namespaceSelector")
    if space is None and other.namespace != own.namespace:
        return False
    if space is not None and not _selects(space, {"kubernetes.io/metadata.name": other.namespace}):
        return False
    return _selects(peer.get("podSelector", {}), other.labels)


def _selects(selector: Mapping[str, Any], labels: Labels) -> bool:
    wanted: Labels = selector.get("matchLabels", {})
    assert set(selector) <= {"matchLabels"}, "only what the chart uses is understood here"
    return all(labels.get(key) == value for key, value in wanted.items())
