"""Least privilege: no wildcard actions, broad roles, public grants or long-lived keys (R000-93)."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.model import UNKNOWN, Context, Resource, ResourcePolicy, equals, given

READ_ONLY = re.compile(r"^(?!(s3|secretsmanager|ssm|sqs|kms|logs|ecr):)[\w-]+:(Describe|Get|List)\w*$")
"""Actions that only list or describe. In services with data or keys, `Get` reads the data."""
WITHOUT_RESOURCE = frozenset({"elasticloadbalancing:SetWebAcl"})
"""Changes that AWS can limit neither by resource nor by condition (service authorization reference)."""
OPEN_VENDOR_POLICY = re.compile(r"/(AdministratorAccess|PowerUserAccess|IAM\w*|\w*FullAccess)$")
BROAD_AZURE_ROLES = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
"""Reads settings and no data, so it may be had on the platform's resource group: lists are asked of a group."""
ON_ONE_GROUP = re.compile(r"^/subscriptions/[^/]+/resource[gG]roups/[^/]+$")
ON_ONE_RESOURCE = re.compile(r"^/subscriptions/[^/]+/resource[gG]roups/[^/]+/providers/.+/.+/.+")
BROAD_GOOGLE_ROLE = re.compile(r"^roles/(owner|editor|viewer|\w*\.?admin|[\w.]+\.\w*[aA]dmin)$")
PROJECT_WIDE = frozenset({"roles/container.defaultNodeServiceAccount", "roles/aiplatform.user"})
"""Roles that Google grants only on a whole project."""
DOCUMENTS = {
    Aws.ROLE_POLICY: "policy",
    Aws.ROLE: "assumeRolePolicy",
    Aws.KEY: "policy",
    Aws.BUCKET_POLICY: "policy",
    Aws.QUEUE_POLICY: "policy",
    Aws.TOPIC_POLICY: "policy",
}


def _broad(resource: Resource, context: Context) -> Iterator[str]:
    if resource.type in DOCUMENTS:
        document = resource.get(DOCUMENTS[resource.type])
        if isinstance(document, str):
            for statement in json.loads(document)["Statement"]:
                yield from _statement(resource.type, statement)
    elif resource.type == Aws.ROLE_ATTACHMENT and OPEN_VENDOR_POLICY.search(str(resource.get("policyArn"))):
        yield f"{resource.get('policyArn')} allows far more than one workload needs"
    elif resource.type == Azure.GRANT:
        yield from _azure(resource)
    elif resource.type.startswith("gcp:") and "IAM" in resource.type.upper():
        yield from _google(resource)
    elif resource.type in LONG_LIVED:
        yield "creates long-lived credentials; use the workload's own identity"


LONG_LIVED = (Gcp.SERVICE_ACCOUNT_KEY, Aws.ACCESS_KEY)


def _statement(kind: str, statement: Mapping[str, Any]) -> Iterator[str]:
    if statement["Effect"] != "Allow":
        return
    actions, conditions = _list(statement.get("Action")), statement.get("Condition")
    for each in actions:
        if each == "*" or each.endswith(":*"):
            yield f"allows {each}"
    if "NotAction" in statement or "NotResource" in statement:
        yield "allows by exception (NotAction, NotResource), which includes every future action or resource"
    public = statement.get("Principal") in ("*", {"AWS": "*"})
    if public and not conditions:
        yield f"allows every principal {', '.join(actions)}"
    # In the policy of a key, `*` is the key.
    if kind == Aws.ROLE_POLICY and "*" in _list(statement.get("Resource")) and not conditions:
        for each in actions:
            if not READ_ONLY.match(each) and each not in WITHOUT_RESOURCE:
                yield f"allows {each} on every resource of the account"
    if statement.get("Principal") == {"Service": "pods.eks.amazonaws.com"} and not conditions:
        yield "pods of any cluster in the account may assume the role"


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _azure(grant: Resource) -> Iterator[str]:
    role, scope = str(grant.get("roleDefinitionId")).rsplit("/", 1)[-1], grant.get("scope")
    if role in BROAD_AZURE_ROLES:
        yield f"grants {BROAD_AZURE_ROLES[role]}"
    on_group = role == READER and ON_ONE_GROUP.match(str(scope))
    if scope is not UNKNOWN and not on_group and not ON_ONE_RESOURCE.match(str(scope)):
        yield f"is granted on {scope}, which is more than one resource"


def _google(grant: Resource) -> Iterator[str]:
    role, member = str(grant.get("role")), grant.get("member")
    if BROAD_GOOGLE_ROLE.match(role):
        yield f"grants {role}"
    if grant.type == Gcp.PROJECT_GRANT and role not in PROJECT_WIDE:
        yield f"grants {role} on the whole project"
    if (
        grant.type == Gcp.ACCOUNT_GRANT
        and isinstance(member, str)
        and not re.search(r"\[[^*]+/[^*]+\]$", member)
    ):
        yield f"{member} may use the account, which is more than one Kubernetes service account"


LEAST_RIGHTS = ResourcePolicy(
    name="no-wildcard-grants",
    sentence="Every identity has named actions on named resources; there are no owner roles and no public grants.",
    remedy="Name single actions and resources, or add a condition to what cannot be narrowed",
    judge=_broad,
)

ISSUED = "system:serviceaccount:"


def _pods(resource: Resource, context: Context) -> Iterator[str]:
    if resource.type == Azure.FEDERATION:
        subject = resource.get("subject")
        if isinstance(subject, str) and not re.fullmatch(rf"{ISSUED}[^*:]+:[^*:]+", subject):
            yield f"subject {subject!r} is not one Kubernetes service account"


WORKLOAD_IDENTITY = ResourcePolicy(
    name="pods-have-identities",
    sentence="Each service account gets its own identity, and roles decide who has access to a cluster.",
    remedy="Keep the cluster's issuer and workload identity enabled, and name namespace and service account",
    wants={
        Aws.CLUSTER: [equals("accessConfig.authenticationMode", "API")],
        Aws.POD_IDENTITY: [given("namespace"), given("serviceAccount"), given("roleArn")],
        Azure.CLUSTER: [
            equals("oidcIssuerProfile.enabled", True),
            equals("securityProfile.workloadIdentity.enabled", True),
            equals("aadProfile.enableAzureRBAC", True),
            equals("enableRBAC", True),
        ],
        Azure.FEDERATION: [
            equals("audiences[]", "api://AzureADTokenExchange"),
            given("issuer"),
        ],
        Azure.VAULT: [equals("properties.enableRbacAuthorization", True)],
        Gcp.CLUSTER: [given("workloadIdentityConfig.workloadPool")],
        Gcp.POOL: [given("nodeConfig.serviceAccount")],
    },
    judge=_pods,
)

POLICIES = (LEAST_RIGHTS, WORKLOAD_IDENTITY)
