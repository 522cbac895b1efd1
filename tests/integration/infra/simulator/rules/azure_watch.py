"""Log Analytics, diagnostic settings, alerts, dashboards, and the models of AI Services."""

import re
from typing import Any

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.azure_book import (
    IDENTITY,
    USERS,
    azure,
    named,
    placed,
    resource,
    tagged,
)
from tests.integration.infra.simulator.rules.azure_data import SERVER
from tests.integration.infra.simulator.rules.azure_keys import (
    KEY,
    VAULT,
    own_key,
    vault_of,
    without_endpoint,
)
from tests.integration.infra.simulator.rules.azure_network import SUBNET

WORKSPACE = resource(
    "azure-native:operationalinsights:Workspace",
    "Microsoft.OperationalInsights/workspaces/{workspaceName}",
    outputs={"customerId": "{hex}"},
    immutable=("location",),
    polls=1,
    example={
        "workspaceName": "law-example",
        "location": "eastus",
        "sku": {"name": "PerGB2018"},
        "retentionInDays": 30,
    },
)
named(
    WORKSPACE,
    "workspaceName",
    r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]",
    "A workspace's name has 4 to 63 letters, digits and hyphens",
    "law",
)
placed(WORKSPACE)
tagged(WORKSPACE)


@azure.rule(WORKSPACE, "InvalidParameter", broken={"retentionInDays": 7})
def workspace_days(workspace: Facts) -> str | None:
    """A workspace of this tier keeps logs 30 to 730 days (Azure Monitor: data retention)."""
    days = workspace.get("retentionInDays", 30)
    return None if 30 <= days <= 730 else f"{days}"


SETTING = azure.kind(
    "azure-native:monitor:DiagnosticSetting",
    id="{resourceUri}/providers/microsoft.insights/diagnosticSettings/{name}",
    refs={"workspaceId": to(WORKSPACE)},
    immutable=("resourceUri",),
    unique=(("resourceUri", "workspaceId"),),
    example={
        "resourceUri": Ref(VAULT),
        "name": "logs",
        "workspaceId": Ref(WORKSPACE),
        "logs": [{"categoryGroup": "allLogs", "enabled": True}],
    },
)


@azure.rule(SETTING, "ResourceNotFound", broken={"resourceUri": "/subscriptions/x/none"})
def setting_has_resource(setting: Facts) -> str | None:
    """A diagnostic setting is of a resource that exists (Azure Monitor: diagnostic settings)."""
    uri = setting.get("resourceUri")
    return None if any(each.id == uri for each in setting.cloud.of()) else f"{uri}"


@azure.rule(SETTING, "ResourceTypeNotSupported", broken={"resourceUri": Ref(IDENTITY)})
def setting_supported(setting: Facts) -> str | None:
    """Some types have no logs (Azure Monitor: supported resource log categories)."""
    without = ("Microsoft.ManagedIdentity", "Microsoft.Compute/diskEncryptionSets", "Microsoft.EventGrid")
    kind = setting.get("resourceUri").partition("/providers/")[2]
    return f"{kind}" if kind.startswith(without) else None


@azure.rule(SETTING, "BadRequest", broken={"logs": [{"categoryGroup": "everything", "enabled": True}]})
def log_groups(setting: Facts) -> str | None:
    """Logs are chosen by category or by the groups allLogs and audit (Azure Monitor: diagnostic settings)."""
    wrong = set(setting.all("logs[].categoryGroup")) - {"allLogs", "audit"}
    return f"{', '.join(wrong)}" if wrong else None


@azure.rule(SETTING, "BadRequest", broken={"workspaceId": Drop()})
def setting_has_goal(setting: Facts) -> str | None:
    """Logs go somewhere (Azure Monitor: diagnostic settings)."""
    goals = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
    return None if any(setting.inputs.get(each) is not None for each in goals) else "nowhere"


RECEIVERS = resource(
    "azure-native:monitor:ActionGroup",
    "microsoft.insights/actionGroups/{actionGroupName}",
    example={
        "actionGroupName": "ag-example",
        "groupShortName": "caseplane",
        "location": "global",
        "enabled": True,
        "emailReceivers": [{"name": "alarms", "emailAddress": "alarms@example.com"}],
    },
)
tagged(RECEIVERS)


@azure.rule(RECEIVERS, "BadRequest", broken={"groupShortName": "a-name-that-is-long"})
def short_name(receivers: Facts) -> str | None:
    """A group's short name has 1 to 12 characters (Azure Monitor: action groups)."""
    name = receivers.get("groupShortName")
    return None if 1 <= len(name) <= 12 else f"{name!r}"


@azure.rule(RECEIVERS, "BadRequest", broken={"emailReceivers[0].emailAddress": "receiver"})
def email_grammar(receivers: Facts) -> str | None:
    """A receiver has an address (Azure Monitor: action groups)."""
    wrong = [each for each in receivers.all("emailReceivers[].emailAddress") if "@" not in each]
    return f"{', '.join(wrong)}" if wrong else None


ALERT = resource(
    "azure-native:monitor:MetricAlert",
    "Microsoft.Insights/metricAlerts/{ruleName}",
    refs={"actions[].actionGroupId": to(RECEIVERS)},
    immutable=("scopes",),
    quota=5_000,
    example={
        "ruleName": "database-cpu",
        "location": "global",
        "severity": 2,
        "enabled": True,
        "scopes": [Ref(SERVER)],
        "evaluationFrequency": "PT5M",
        "windowSize": "PT15M",
        "criteria": {
            "odataType": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
            "allOf": [
                {
                    "criterionType": "StaticThresholdCriterion",
                    "name": "too-much",
                    "metricNamespace": "Microsoft.DBforPostgreSQL/flexibleServers",
                    "metricName": "cpu_percent",
                    "operator": "GreaterThan",
                    "threshold": 90,
                    "timeAggregation": "Average",
                }
            ],
        },
    },
)
tagged(ALERT)
METRICS = {
    "Microsoft.DBforPostgreSQL/flexibleServers": {"cpu_percent", "memory_percent", "storage_percent"},
    "Microsoft.ServiceBus/namespaces": {"DeadletteredMessages", "ActiveMessages"},
    "Microsoft.ContainerService/managedClusters": {
        "node_cpu_usage_percentage",
        "cluster_autoscaler_unschedulable_pods_count",
    },
    "Microsoft.Cdn/profiles": {"Percentage5XX"},
    "Microsoft.CognitiveServices/accounts": {"TokenTransaction"},
}
"""Of "supported metrics with Azure Monitor": those that alarms here use."""
WINDOWS = {"PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"}


@azure.rule(ALERT, "ScopeNotFound", broken={"scopes": ["/subscriptions/x/none"]})
def alert_scope(alert: Facts) -> str | None:
    """An alert watches a resource that exists (Azure Monitor: metric alerts)."""
    known = {each.id for each in alert.cloud.of()}
    missing = [each for each in alert.get("scopes") if each not in known]
    return f"{', '.join(missing)}" if missing else None


@azure.rule(ALERT, "MetricNotFound", broken={"criteria.allOf[0].metricName": "cpu"})
def alert_metric(alert: Facts) -> str | None:
    """A metric is one that the watched type has (supported metrics with Azure Monitor)."""
    for each in alert.get("criteria.allOf"):
        kinds = {"/".join(scope.partition("/providers/")[2].split("/")[:2]) for scope in alert.get("scopes")}
        if kinds != {each["metricNamespace"]} or each["metricName"] not in METRICS.get(
            each["metricNamespace"], ()
        ):
            return f"{each['metricNamespace']} {each['metricName']} of {', '.join(kinds)}"
    return None


@azure.rule(ALERT, "BadRequest", broken={"windowSize": "PT10M"})
def alert_window(alert: Facts) -> str | None:
    """A window is one of Azure's, and not shorter than how often it is looked at (Azure Monitor: metric alerts)."""
    window, every = alert.get("windowSize"), alert.get("evaluationFrequency")
    order = ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"]
    if window not in WINDOWS or every not in order[:5]:
        return f"{window}, {every}"
    return f"{window} < {every}" if order.index(window) < order.index(every) else None


@azure.rule(ALERT, "BadRequest", broken={"severity": 5})
def alert_severity(alert: Facts) -> str | None:
    """A severity is 0 to 4 (Azure Monitor: metric alerts)."""
    return None if 0 <= alert.get("severity") <= 4 else f"{alert.get('severity')}"


BOARD = resource(
    "azure-native:portal:Dashboard",
    "Microsoft.Portal/dashboards/{dashboardName}",
    immutable=("location",),
    example={
        "dashboardName": "dash-example",
        "location": "eastus",
        "properties": {
            "lenses": [
                {
                    "order": 0,
                    "parts": [
                        {
                            "position": {"x": 0, "y": 0, "colSpan": 6, "rowSpan": 4},
                            "metadata": {"type": "Extension/HubsExtension/PartType/MonitorChartPart"},
                        }
                    ],
                }
            ]
        },
    },
)
named(BOARD, "dashboardName", r"[A-Za-z0-9-]{3,160}", "A dashboard's name has 3 to 160 characters", "d")
placed(BOARD)
tagged(BOARD)


@azure.rule(BOARD, "BadRequest", broken={"properties.lenses[0].parts[0].position.colSpan": 0})
def parts_have_room(board: Facts) -> str | None:
    """Each part has a place and a size (Azure portal: dashboard structure)."""
    for each in board.all("properties.lenses[].parts[].position"):
        if each["colSpan"] < 1 or each["rowSpan"] < 1:
            return f"{each}"
    return None


# Models ----------------------------------------------------------------------------------------------------------

ACCOUNT = resource(
    "azure-native:cognitiveservices:Account",
    "Microsoft.CognitiveServices/accounts/{accountName}",
    nested=USERS,
    refs={
        "identity.userAssignedIdentities[]": to(IDENTITY),
        "properties.networkAcls.virtualNetworkRules[].id": to(SUBNET),
    },
    immutable=("location", "kind", "properties.customSubDomainName"),
    quota=100,
    polls=1,
    example={
        "accountName": "aiexample",
        "location": "eastus",
        "kind": "AIServices",
        "sku": {"name": "S0"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [Ref(IDENTITY)]},
        "properties": {
            "customSubDomainName": "aiexample",
            "disableLocalAuth": True,
            "publicNetworkAccess": "Disabled",
            "networkAcls": {"defaultAction": "Deny"},
        },
    },
)
named(
    ACCOUNT,
    "accountName",
    r"[A-Za-z0-9][A-Za-z0-9-]{1,63}",
    "An account's name has 2 to 64 letters, digits and hyphens",
    "-ai",
)
placed(ACCOUNT)
tagged(ACCOUNT)
MODEL = resource(
    "azure-native:cognitiveservices:Deployment",
    "Microsoft.CognitiveServices/accounts/{accountName}/deployments/{deploymentName}",
    refs={"accountName": to(ACCOUNT, by="name")},
    immutable=("properties.model.name", "properties.model.format"),
    example={
        "accountName": Ref(ACCOUNT, "name"),
        "deploymentName": "answer",
        "sku": {"name": "GlobalStandard", "capacity": 50},
        "properties": {"model": {"format": "OpenAI", "name": "gpt-4.1-mini", "version": "2025-04-14"}},
    },
)
named(
    MODEL,
    "deploymentName",
    r"[A-Za-z0-9][\w.-]{1,63}",
    "A deployment's name has 2 to 64 letters, digits and `_.-`",
    "a deployment",
)
GLOBAL_STANDARD = {
    "eastus",
    "eastus2",
    "westus",
    "westus3",
    "southcentralus",
    "westeurope",
    "germanywestcentral",
} | {*("francecentral", "uksouth", "swedencentral", "switzerlandnorth")}
"""Of "Global Standard model availability"; Northern Europe, among others, is not in it."""
VERSIONS = {
    "gpt-4.1": {"2025-04-14"},
    "gpt-4.1-mini": {"2025-04-14"},
    "gpt-4.1-nano": {"2025-04-14"},
    "gpt-5.4": {"2026-03-05"},
    "gpt-5.4-mini": {"2026-03-17"},
    "gpt-5.4-nano": {"2026-03-17"},
    "gpt-4o": {"2024-05-13", "2024-08-06", "2024-11-20"},
    "gpt-4o-mini": {"2024-07-18"},
    "text-embedding-3-small": {"1"},
    "text-embedding-3-large": {"1"},
}
TAKEN = "aitaken"


@azure.rule(ACCOUNT, "CustomDomainInUse", broken={"properties.customSubDomainName": TAKEN})
def subdomain_free(account: Facts) -> str | None:
    """A subdomain is unique among all customers (AI services: custom subdomain names)."""
    name = account.get("properties.customSubDomainName")
    others = [each.inputs["properties"].get("customSubDomainName") for each in account.others()]
    return f"{name}" if name in (TAKEN, *others) else None


@azure.rule(ACCOUNT, "CustomDomainMissing", broken={"properties.customSubDomainName": Drop()})
def subdomain_needed(account: Facts) -> str | None:
    """Logins by Entra, and firewalls, need a subdomain (AI services: authentication; virtual networks)."""
    return None if account.get("properties.customSubDomainName") else "no customSubDomainName"


@azure.rule(
    ACCOUNT,
    "SubnetsHaveNoServiceEndpointsConfigured",
    broken={"properties.networkAcls.virtualNetworkRules": [{"id": Ref(SUBNET)}]},
)
def account_knows_subnet(account: Facts) -> str | None:
    """A subnet that is let in has the service's endpoint (AI services: virtual networks)."""
    path = "properties.networkAcls.virtualNetworkRules[].id"
    return without_endpoint(account, path, "Microsoft.CognitiveServices")


def _own_key() -> dict[str, Any]:
    """An account's encryption with the example key."""
    return {
        "keySource": "Microsoft.KeyVault",
        "keyVaultProperties": {
            "keyName": Ref(KEY, "name"),
            "keyVaultUri": "https://kvexample.vault.azure.net/",
            "keyVersion": "1",
            "identityClientId": Ref(IDENTITY, "clientId"),
        },
    }


@azure.rule(
    ACCOUNT,
    "KeyVaultRegionMismatch",
    broken={"location": "westus3", "properties.encryption": _own_key()},
)
def account_key_region(account: Facts) -> str | None:
    """The key's vault is in the account's region (Foundry Tools: encryption of data at rest, 2026-11)."""
    vault = vault_of(account.cloud, account.get("properties.encryption.keyVaultProperties.keyVaultUri", ""))
    if vault is None or vault.inputs["location"] == account.get("location"):
        return None
    return f"{vault.id} is in {vault.inputs['location']}, the account in {account.get('location')}"


@azure.rule(ACCOUNT, "InvalidKeyVaultKey", broken={"properties.encryption": _own_key()})
def account_key_size(account: Facts) -> str | None:
    """Only RSA keys of 2048 bits are taken (Foundry Tools: encryption of data at rest, 2026-11)."""
    wanted = "properties.encryption.keyVaultProperties"
    vault = vault_of(account.cloud, account.get(f"{wanted}.keyVaultUri", ""))
    name = account.get(f"{wanted}.keyName")
    for key in account.cloud.of(KEY) if vault else ():
        if (key.inputs["vaultName"], key.inputs["keyName"]) == (vault.inputs["vaultName"], name):
            size = key.inputs["properties"].get("keySize", 2_048)
            return None if size == 2_048 else f"{name} has {size} bits"
    return None


own_key(
    ACCOUNT,
    identity="properties.encryption.keyVaultProperties.identityClientId",
    key="properties.encryption.keyVaultProperties.keyVaultUri",
    broken={
        "properties.encryption": {
            "keySource": "Microsoft.KeyVault",
            "keyVaultProperties": {
                "keyName": "key-example",
                "keyVaultUri": "https://kvexample.vault.azure.net/",
                "keyVersion": "1",
                "identityClientId": Ref(IDENTITY, "clientId", 2),
            },
        }
    },
)


@azure.rule(MODEL, "DeploymentModelNotSupported", broken={"properties.model.name": "gpt-9"})
def model_known(model: Facts) -> str | None:
    """A model and its version exist (Azure OpenAI models)."""
    name, version = model.get("properties.model.name"), model.get("properties.model.version")
    return None if version in VERSIONS.get(name, set()) else f"{name} {version}"


@azure.rule(
    MODEL, "DeploymentModelNotSupported", broken={"sku": {"name": "ProvisionedThroughput", "capacity": 50}}
)
def model_sku(model: Facts) -> str | None:
    """A deployment's type is one that the model has (Azure OpenAI: deployment types)."""
    kinds = {"Standard", "GlobalStandard", "DataZoneStandard", "GlobalBatch", "ProvisionedManaged"}
    return None if model.get("sku.name") in kinds else f"{model.get('sku.name')}"


@azure.rule(MODEL, "InsufficientQuota", broken={"sku.capacity": 5_000_000})
def model_quota(model: Facts) -> str | None:
    """Deployments of a model share the subscription's quota in a region (Azure OpenAI: quotas and limits)."""
    capacity = model.get("sku.capacity", 1)
    name = model.get("properties.model.name")
    others = sum(
        each.inputs["sku"].get("capacity", 1)
        for each in model.others()
        if each.inputs["properties"]["model"]["name"] == name
    )
    return f"{capacity + others} thousand tokens a minute" if capacity + others > 5_000 else None


@azure.rule(
    MODEL,
    "ModelNotAvailableInRegion",
    broken={"accountName": "aielsewhere"},
    beside=[
        (
            ACCOUNT,
            {
                "accountName": "aielsewhere",
                "location": "northeurope",
                "properties.customSubDomainName": "aielsewhere",
            },
        )
    ],
)
def model_region(model: Facts) -> str | None:
    """A model is deployed where it is offered (Azure OpenAI: Global Standard model availability)."""
    region = model.named("accountName").inputs["location"]
    return None if re.fullmatch("|".join(GLOBAL_STANDARD), region) else f"{region}"
