"""The image registry: no admin login; with private endpoints also private, and under the stack's key."""

import base64

import pulumi
from pulumi_azure_native import containerregistry

from caseplane_infra import contract
from caseplane_infra.azure.keys import AzureKeys
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.contract import RegistryNeeds
from caseplane_infra.images import GITHUB, OURS
from caseplane_infra.naming import Labels

CACHED = {
    "aks-managed-mcr": ("mcr.microsoft.com/*", "aks-managed-repository/*"),
    "external-secrets": (f"{GITHUB}/external-secrets/*", f"{GITHUB}/external-secrets/*"),
    "kedacore": (f"{GITHUB}/kedacore/*", f"{GITHUB}/kedacore/*"),
}
"""Images of Kubernetes and of other projects that the registry fetches at first use, for a cluster without NAT."""


UNTAGGED_DAYS = 7


class AzureRegistry(contract.Registry):
    """See the contract. Azure can lock single tags only, so the release locks them after its push.

    A private registry turns its own tasks away, unless `networkRuleBypassAllowedForTasks` is on, which no version of the
    registry's type in Pulumi's SDK has yet. So it has no cleaning task: it drops what has no tag by itself, and
    docs/deploy-azure.md says how old tags are deleted from inside the network.
    """

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: RegistryNeeds,
        *,
        group: AzureGroup,
        network: AzureNetwork,
        keys: AzureKeys,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.keys = group, keys
        self.registry = self._registry(name)
        self.ready: list[pulumi.Resource] = [self.registry]
        """What nodes need before they can pull from it."""
        endpoint = network.endpoint(self, "acr", self.registry.id, group_id="registry", zones=["registry"])
        if endpoint:
            self.ready.append(endpoint)
        closed = network.needs.closed
        if closed:
            self.ready.extend(self._cache(name, each) for each in CACHED)
        if not group.private:
            self._cleaning(name, needs.keep_images)
        self.url = self.registry.login_server
        self.mirrors = {GITHUB: pulumi.Output.concat(self.url, "/", GITHUB)} if closed else {}
        self.done()

    def _registry(self, name: str) -> containerregistry.Registry:
        physical, private = self.group.unique("acr", 50), self.group.private
        return containerregistry.Registry(
            f"{name}-images",
            registry_name=physical,
            resource_group_name=self.group.name,
            location=self.group.location,
            sku=containerregistry.SkuArgs(name="Premium" if private else "Standard"),
            admin_user_enabled=False,
            anonymous_pull_enabled=False,
            public_network_access="Disabled" if private else "Enabled",
            network_rule_bypass_options="AzureServices",
            zone_redundancy="Enabled" if private and len(self.group.zones) > 1 else "Disabled",
            identity=self._identity(),
            encryption=self._encryption(),
            policies=_untagged() if private else None,
            tags=self.labels.tags(physical),
            opts=self.child(self.keys.granted),
        )

    def _identity(self) -> containerregistry.IdentityPropertiesArgs | None:
        if not self.group.private:
            return None
        return containerregistry.IdentityPropertiesArgs(
            type=containerregistry.ResourceIdentityType.USER_ASSIGNED,
            user_assigned_identities=self.keys.identity.id.apply(
                lambda id_: {id_: containerregistry.UserIdentityPropertiesArgs()}
            ),
        )

    def _encryption(self) -> containerregistry.EncryptionPropertyArgs | None:
        if not self.group.private:
            return None
        return containerregistry.EncryptionPropertyArgs(
            status="enabled",
            key_vault_properties=containerregistry.KeyVaultPropertiesArgs(
                identity=self.keys.identity.client_id, key_identifier=self.keys.id
            ),
        )

    def _cache(self, name: str, rule: str) -> containerregistry.CacheRule:
        source, target = CACHED[rule]
        return containerregistry.CacheRule(
            f"{name}-{rule}",
            cache_rule_name=rule,
            registry_name=self.registry.name,
            resource_group_name=self.group.name,
            source_repository=source,
            target_repository=target,
            opts=self.child(),
        )

    def _cleaning(self, name: str, keep: int) -> None:
        """A weekly task that deletes old images, as the registry cannot keep a number of images."""
        containerregistry.Task(
            f"{name}-cleaning",
            task_name="keep-newest",
            registry_name=self.registry.name,
            resource_group_name=self.group.name,
            location=self.group.location,
            status="Enabled",
            platform=containerregistry.PlatformPropertiesArgs(os="Linux", architecture="amd64"),
            step=containerregistry.EncodedTaskStepArgs(type="EncodedTask", encoded_task_content=_purge(keep)),
            trigger=containerregistry.TriggerPropertiesArgs(
                timer_triggers=[
                    containerregistry.TimerTriggerArgs(name="weekly", schedule="0 3 * * 0", status="Enabled")
                ]
            ),
            timeout=3_600,
            tags=self.labels.tags("keep-newest"),
            opts=self.child(),
        )


def _untagged() -> containerregistry.PoliciesArgs:
    """Deletes manifests a week after their last tag is gone; of the Premium tier."""
    return containerregistry.PoliciesArgs(
        retention_policy=containerregistry.RetentionPolicyArgs(days=UNTAGGED_DAYS, status="enabled")
    )


def _purge(keep: int) -> str:
    """Deletes images that are older than a week and not among the newest."""
    filters = " ".join(f"--filter '{each}:.*'" for each in OURS)
    lines = [
        "version: v1.1.0",
        "steps:",
        f"  - cmd: acr purge {filters} --ago 7d --keep {keep} --untagged",
        "    disableWorkingDirectoryOverride: true",
        "    timeout: 3600",
    ]
    return base64.b64encode("\n".join(lines).encode()).decode()
