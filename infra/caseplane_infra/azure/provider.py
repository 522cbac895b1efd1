"""The provider for one subscription, the resource group, and the workspace for logs.

Azure reserves some names after deletion: that of a vault with purge protection for up to 90 days, that of an AI
Services account for two. Such names end in a random `suffix`, so a destroyed stack can be created again under the same
prefix.
"""

import pulumi
import pulumi_azure_native
from pulumi_azure_native import authorization, operationalinsights, resources
from pulumi_random import RandomId

from caseplane_infra.naming import compact
from caseplane_infra.settings import Settings


def provider(settings: Settings) -> pulumi_azure_native.Provider:
    """The provider for the stack file's subscription, whichever one the Azure command line has selected."""
    return pulumi_azure_native.Provider(
        "azure",
        subscription_id=settings.account,
        location=settings.region,
        disable_pulumi_partner_id=True,
    )


def zones(settings: Settings) -> list[str]:
    """Logical zones; every region in `REGIONS` has 1, 2 and 3."""
    return [str(each) for each in range(1, settings.network.zones + 1)]


class AzureGroup(pulumi.ComponentResource):
    """The resource group, and what every part needs to know about it."""

    def __init__(self, name: str, settings: Settings, *, opts: pulumi.ResourceOptions) -> None:
        super().__init__("caseplane:azure:Group", name, None, opts)
        self.labels = settings.tags.of(name)
        self.subscription, self.location = settings.account, settings.region
        self.prefix, self.zones = settings.prefix, zones(settings)
        self.private = settings.network.endpoints
        """Whether managed services have private endpoints only, which needs their more expensive tiers."""
        own = pulumi.ResourceOptions(parent=self)
        caller = authorization.get_client_config_output(opts=pulumi.InvokeOutputOptions(parent=self))
        self.tenant, self.caller = caller.tenant_id, caller.object_id
        self.suffix = RandomId(f"{name}-era", byte_length=2, opts=own).hex
        self.group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=f"rg-{self.prefix}",
            location=self.location,
            tags=self.labels.tags(f"rg-{self.prefix}"),
            opts=own,
        )
        self.name, self.id = self.group.name, self.group.id
        self.workspace = self._workspace(name, settings.observability.log_days, own)
        self.register_outputs({"name": self.name, "era": self.suffix, "workspace": self.workspace.id})

    def _workspace(self, name: str, days: int, opts: pulumi.ResourceOptions) -> operationalinsights.Workspace:
        """The workspace of all logs, encrypted by Azure: a customer's key would need a dedicated cluster (100 GB a day)."""
        return operationalinsights.Workspace(
            f"{name}-logs",
            workspace_name=f"law-{self.prefix}",
            resource_group_name=self.name,
            location=self.location,
            sku=operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
            retention_in_days=max(days, 30),  # Azure's minimum for this tier, included in the price
            features=operationalinsights.WorkspaceFeaturesArgs(
                disable_local_auth=True, enable_log_access_using_only_resource_permissions=True
            ),
            tags=self.labels.tags(f"law-{self.prefix}"),
            opts=opts,
        )

    def unique(self, kind: str, limit: int) -> str:
        """A name that is unique in Azure; see `compact`."""
        return compact(self.prefix, kind=kind, account=self.subscription, limit=limit)

    def unique_with_suffix(self, kind: str, limit: int) -> pulumi.Output[str]:
        """A unique name for a resource whose name Azure reserves after deletion."""
        return pulumi.Output.concat(self.unique(kind, limit - 4), self.suffix)
