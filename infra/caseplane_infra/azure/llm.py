"""Models of Azure AI Services: one account without keys, a deployment per role, and rights to call them."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import cognitiveservices

from caseplane_infra import contract, facts
from caseplane_infra.azure.identity import AzureIdentity
from caseplane_infra.azure.keys import AzureKeys, ModelsKey
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.azure.roles import grant
from caseplane_infra.azure.vaults import uri
from caseplane_infra.contract import MODEL_CALLERS, LlmModel, LlmNeeds, ModelEndpoint
from caseplane_infra.naming import Labels


class AzureLlmEndpoint(contract.LlmEndpoint):
    """See the contract; `account` is empty if models are disabled."""

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: LlmNeeds,
        *,
        group: AzureGroup,
        network: AzureNetwork,
        keys: AzureKeys,
        identity: AzureIdentity,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.network, self.keys = group, network, keys
        self.models: dict[str, ModelEndpoint] = {}
        self.account: cognitiveservices.Account | None = None
        if needs.enabled and keys.models:
            self.account = self._account(name, needs.region or group.location, keys.models)
            endpoint = network.endpoint(
                self, "ai", self.account.id, group_id="account", zones=["openai", "cognitive", "models"]
            )
            self._deploy(name, self.account, needs.models, *([endpoint] if endpoint else []))
            for workload in MODEL_CALLERS:
                grant(
                    self,
                    f"{name}-{workload}",
                    group,
                    role="Cognitive Services OpenAI User",
                    scope=self.account.id,
                    to=identity.principals[workload],
                )
        self.done()

    def _account(self, name: str, region: str, own: ModelsKey) -> cognitiveservices.Account:
        physical = self.group.unique_with_suffix("ai", 24)
        return cognitiveservices.Account(
            f"{name}-account",
            account_name=physical,
            resource_group_name=self.group.name,
            location=region,
            kind="AIServices",
            sku=cognitiveservices.SkuArgs(name="S0"),
            identity=cognitiveservices.IdentityArgs(
                type=cognitiveservices.ResourceIdentityType.USER_ASSIGNED,
                user_assigned_identities=[self.keys.identity.id],
            ),
            properties=cognitiveservices.AccountPropertiesArgs(
                custom_sub_domain_name=physical,
                disable_local_auth=True,
                public_network_access="Disabled" if self.group.private else "Enabled",
                network_acls=self._network_rules(),
                encryption=self._encryption(own),
            ),
            tags=self.labels.tags(f"ai-{self.group.prefix}"),
            opts=self.child(
                own.ready,
                ignore_changes=["properties.encryption.keyVaultProperties.keyVersion"],
            ),
        )

    def _network_rules(self) -> cognitiveservices.NetworkRuleSetArgs:
        rings = [] if self.group.private else self.network.rings
        return cognitiveservices.NetworkRuleSetArgs(
            default_action="Deny",
            virtual_network_rules=[
                cognitiveservices.VirtualNetworkRuleArgs(id=each.subnet.id) for each in rings
            ],
        )

    def _encryption(self, own: ModelsKey) -> cognitiveservices.EncryptionArgs:
        """Unlike other services, this one needs the key's version."""
        return cognitiveservices.EncryptionArgs(
            key_source="Microsoft.KeyVault",
            key_vault_properties=cognitiveservices.KeyVaultPropertiesArgs(
                key_name=own.key.name,
                key_vault_uri=uri(own.vault),
                key_version=own.key.key_uri_with_version.apply(lambda found: found.rsplit("/", 1)[-1]),
                identity_client_id=self.keys.identity.client_id,
            ),
        )

    def _deploy(
        self,
        name: str,
        account: cognitiveservices.Account,
        models: Mapping[str, LlmModel],
        *after: pulumi.Resource,
    ) -> None:
        """One after the other: an account accepts one change at a time."""
        previous: tuple[pulumi.Resource, ...] = after
        for role, model in models.items():
            known = facts.listed("azure", model.name)
            deployment = cognitiveservices.Deployment(
                f"{name}-{role}",
                deployment_name=role,
                account_name=account.name,
                resource_group_name=self.group.name,
                sku=cognitiveservices.SkuArgs(name="GlobalStandard", capacity=model.capacity),
                properties=cognitiveservices.DeploymentPropertiesArgs(
                    model=cognitiveservices.DeploymentModelArgs(
                        format="OpenAI",
                        name=model.name,
                        version=model.version or (known.version if known else ""),
                    ),
                    # A new version may answer differently, so it is adopted after evaluation, not by date.
                    version_upgrade_option="OnceCurrentVersionExpired",
                ),
                tags=self.labels.tags(role),
                opts=self.child(*previous),
            )
            previous = (deployment,)
            self.models[role] = ModelEndpoint(
                provider="azure",
                model=deployment.name,
                base_url=pulumi.Output.format("https://{0}.openai.azure.com/", account.name),
            )
