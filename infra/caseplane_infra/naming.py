"""Names and labels: one prefix, one spelling per cloud.

Names are `<prefix>-<what>`; a name that must be globally unique gets six hex digits of a hash of the account. Labels
(R000-116, and component and tenant for cost allocation) are spelled per cloud.
"""

import hashlib
import re
from dataclasses import dataclass, field, replace

PREFIX = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
PROJECT = "SupportTicketAutomation"


def compact(prefix: str, *, kind: str, account: str, limit: int) -> str:
    """A globally unique name of lower-case letters and digits: kind, prefix, hash of the account.

    The prefix is cut to fit, the hash is not. If the prefix is cut, the hash includes all of it, so that prefixes that
    are equal up to the cut get different names.

    Args:
        prefix: the stack's prefix.
        kind: short mark of the resource's type, such as `st`.
        account: subscription, project or account id.
        limit: longest name that the cloud accepts, in characters.
    """
    plain = prefix.replace("-", "")
    room = limit - len(kind) - 6
    seed = account if len(plain) <= room else f"{account}/{plain}"
    return f"{kind}{plain[:room]}{hashlib.sha256(seed.encode()).hexdigest()[:6]}"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Labels of a resource: owner, purpose and cost allocation."""

    prefix: str
    environment: str
    owner: str
    component: str = "platform"
    extra: dict[str, str] = field(default_factory=dict)

    def of(self, component: str) -> "Labels":
        """The labels of one part."""
        return replace(self, component=component)

    def tags(self, name: str = "") -> dict[str, str]:
        """The spelling of AWS and Azure; `name` becomes the `Name` tag."""
        tags = {
            "Project": PROJECT,
            "Environment": self.environment,
            "Owner": self.owner,
            "Prefix": self.prefix,
            "Component": self.component,
            "Tenant": "shared",
            **self.extra,
        }
        return {**tags, "Name": name} if name else tags

    def gcp(self) -> dict[str, str]:
        """Google's spelling: lower-case keys and values of letters, digits, `-` and `_`, 63 at most."""
        return {
            key.lower(): re.sub(r"[^a-z0-9_-]", "-", value.lower())[:63] for key, value in self.tags().items()
        }


RELEASE = "caseplane"
"""Name of the chart's release, and so the prefix of its resources on the cluster."""


def service_account(workload: str, namespace: str) -> tuple[str, str]:
    """Namespace and name of the Kubernetes service account that a workload's cloud identity is bound to.

    Args:
        workload: one of the contract's `WORKLOADS`.
        namespace: the release's namespace.
    """
    if workload == "external-secrets":
        return workload, workload
    return namespace, f"{RELEASE}-{workload}"
