"""Container Registry."""

import base64
import re

import yaml
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, to
from tests.integration.infra.simulator.rules.azure_book import (
    IDENTITY,
    USERS,
    azure,
    named,
    placed,
    resource,
    tagged,
)
from tests.integration.infra.simulator.rules.azure_keys import own_key

UNTAGGED_OF_STANDARD = {
    "sku": {"name": "Standard"},
    "publicNetworkAccess": "Enabled",
    "zoneRedundancy": "Disabled",
    "policies": {"retentionPolicy": {"days": 7, "status": "enabled"}},
}

REGISTRY = resource(
    "azure-native:containerregistry:Registry",
    "Microsoft.ContainerRegistry/registries/{registryName}",
    nested=USERS,
    outputs={"loginServer": "{registryName}.azurecr.io"},
    refs={"identity.userAssignedIdentities[]": to(IDENTITY)},
    immutable=("location", "encryption.status"),
    unique=(("registryName",),),
    example={
        "registryName": "acrexample",
        "location": "eastus",
        "sku": {"name": "Premium"},
        "adminUserEnabled": False,
        "publicNetworkAccess": "Enabled",
        "zoneRedundancy": "Enabled",
    },
    further=({"registryName": "acrprivate", "publicNetworkAccess": "Disabled"},),
)
named(
    REGISTRY,
    "registryName",
    r"[A-Za-z0-9]{5,50}",
    "A registry's name has 5 to 50 letters and digits",
    "acr-example",
)
placed(REGISTRY)
tagged(REGISTRY)
TASK = resource(
    "azure-native:containerregistry:Task",
    "Microsoft.ContainerRegistry/registries/{registryName}/tasks/{taskName}",
    refs={"registryName": to(REGISTRY, by="name")},
    immutable=("location",),
    example={
        "registryName": Ref(REGISTRY, "name"),
        "taskName": "keep-newest",
        "location": "eastus",
        "status": "Enabled",
        "platform": {"os": "Linux", "architecture": "amd64"},
        "step": {
            "type": "EncodedTask",
            "encodedTaskContent": base64.b64encode(
                b"version: v1.1.0\nsteps:\n  - cmd: acr purge --filter 'a:.*' --ago 7d"
            ).decode(),
        },
        "trigger": {"timerTriggers": [{"name": "weekly", "schedule": "0 3 * * 0"}]},
        "timeout": 3600,
    },
)
CACHE = resource(
    "azure-native:containerregistry:CacheRule",
    "Microsoft.ContainerRegistry/registries/{registryName}/cacheRules/{cacheRuleName}",
    refs={"registryName": to(REGISTRY, by="name")},
    immutable=("sourceRepository", "targetRepository"),
    example={
        "registryName": Ref(REGISTRY, "name"),
        "cacheRuleName": "aks-managed-mcr",
        "sourceRepository": "mcr.microsoft.com/*",
        "targetRepository": "aks-managed-repository/*",
    },
)
named(CACHE, "cacheRuleName", r"[A-Za-z0-9-]{5,50}", "A cache rule's name has 5 to 50 characters", "mcr")


@azure.rule(REGISTRY, "PremiumOnly", broken={"sku": {"name": "Standard"}})
def registry_premium(registry: Facts) -> str | None:
    """A private registry, several zones and own keys take the Premium tier (Container Registry: service tiers)."""
    wants = [
        what
        for what, asked in (
            ("publicNetworkAccess Disabled", registry.get("publicNetworkAccess") == "Disabled"),
            ("zoneRedundancy", registry.get("zoneRedundancy") == "Enabled"),
            ("encryption", registry.inputs.get("encryption") is not None),
        )
        if asked
    ]
    return f"{', '.join(wants)}" if wants and registry.get("sku.name") != "Premium" else None


own_key(
    REGISTRY,
    identity="encryption.keyVaultProperties.identity",
    key="encryption.keyVaultProperties.keyIdentifier",
    broken={
        "encryption": {
            "status": "enabled",
            "keyVaultProperties": {
                "identity": Ref(IDENTITY, "clientId", 2),
                "keyIdentifier": Ref("azure-native:keyvault:Key", "keyUri"),
            },
        },
    },
)


@azure.rule(TASK, "TaskDeniedByNetworkRule", broken={"registryName": Ref(REGISTRY, "name", 2)})
def task_may_enter(task: Facts) -> str | None:
    """A registry without public access refuses its own tasks, too (Container Registry: network bypass for tasks)."""
    closed = task.named("registryName").inputs.get("publicNetworkAccess") == "Disabled"
    return f"{task.get('registryName')} is private" if closed else None


@azure.rule(REGISTRY, "PremiumOnly", broken=UNTAGGED_OF_STANDARD)
def retention_premium(registry: Facts) -> str | None:
    """Untagged manifests are deleted in the Premium tier only (Container Registry: retention policy)."""
    on = registry.get("policies.retentionPolicy.status") == "enabled"
    return "retentionPolicy" if on and registry.get("sku.name") != "Premium" else None


@azure.rule(TASK, "InvalidTaskContent", broken={"step.encodedTaskContent": "not base64!"})
def task_content(task: Facts) -> str | None:
    """A task's steps are YAML of a known version in base64 (Container Registry: tasks reference)."""
    try:
        content = yaml.safe_load(base64.b64decode(task.get("step.encodedTaskContent"), validate=True))
    except (ValueError, yaml.YAMLError) as exc:
        return str(exc)
    whole = isinstance(content, dict) and content.get("version") == "v1.1.0" and content.get("steps")
    return None if whole else f"{content!r}"


@azure.rule(TASK, "InvalidSchedule", broken={"trigger.timerTriggers[0].schedule": "weekly"})
def task_schedule(task: Facts) -> str | None:
    """A timer is a cron expression of five fields (Container Registry: scheduled tasks)."""
    for each in task.all("trigger.timerTriggers[].schedule"):
        if not re.fullmatch(r"([\d*,/-]+ ){4}[\d*,/-]+", each):
            return f"{each!r}"
    return None
