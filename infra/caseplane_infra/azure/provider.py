"""Where everything goes: a provider bound to one subscription, the resource group, the workspace for logs.

`era` ends the names that Azure keeps occupied after deletion: a vault with purge protection for up to 90 days, an
account of AI Services for two. So a stack that was destroyed can be made again under the same prefix.
"""

import pulumi
import pulumi_azure_native
from pulumi_azure_native import authorization, operationalinsights, resources
from pulumi_random import RandomId

from caseplane_infra.naming import compact
from caseplane_infra.settings import Settings


def provider(settings: Settings) -> pulumi_azure_native.Provider:
    """A provider that works in the stack file's subscription, whatever `az account show` says."""
    return pulumi_azure_native.Provider(
        "azure",
        subscription_id=settings.account,
        location=settings.region,
        disable_pulumi_partner_id=True,
    )


def zones(settings: Settings) -> list[str]:
    """Every region that the platform is offered in has the logical zones 1, 2 and 3."""
    return [str(each) for each in range(1, settings.network.zones + 1)]


class AzureGroup(pulumi.ComponentResource):
    """The resource group, and what every part is told about the place."""

    def __init__(self, name: str, settings: Settings, *, opts: pulumi.ResourceOptions) -> None:
        super().__init__("caseplane:azure:Group", name, None, opts)
        self.labels = settings.tags.of(name)
        self.subscription, self.location = settings.account, settings.region
        self.prefix, self.zones = settings.prefix, zones(settings)
        self.private = settings.network.endpoints
        """Whether managed services answer at private endpoints only, which takes their dearer tiers."""
        own = pulumi.ResourceOptions(parent=self)
        caller = authorization.get_client_config_output(opts=pulumi.InvokeOutputOptions(parent=self))
        self.tenant, self.caller = caller.tenant_id, caller.object_id
        self.era = RandomId(f"{name}-era", byte_length=2, opts=own).hex
        self.group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=f"rg-{self.prefix}",
            location=self.location,
            tags=self.labels.tags(f"rg-{self.prefix}"),
            opts=own,
        )
        self.name, self.id = self.group.name, self.group.id
        self.workspace = self._workspace(name, settings.observability.log_days, own)
        self.register_outputs({"name": self.name, "era": self.era, "workspace": self.workspace.id})

    def _workspace(self, name: str, days: int, opts: pulumi.ResourceOptions) -> operationalinsights.Workspace:
        """Logs go here from the first resource on. Encrypted by Azure: an own key takes a cluster of 100 GB a day."""
        return operationalinsights.Workspace(
            f"{name}-logs",
            workspace_name=f"law-{self.prefix}",
            resource_group_name=self.name,
            location=self.location,
            sku=operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
            retention_in_days=max(days, 30),  # Azure's least for this tier, and included in the price
            features=operationalinsights.WorkspaceFeaturesArgs(
                disable_local_auth=True, enable_log_access_using_only_resource_permissions=True
            ),
            tags=self.labels.tags(f"law-{self.prefix}"),
            opts=opts,
        )

    def unique(self, kind: str, limit: int) -> str:
        """A name that no other customer of Azure has; see `compact`."""
        return compact(self.prefix, kind=kind, account=self.subscription, limit=limit)

    def unique_in_era(self, kind: str, limit: int) -> pulumi.Output[str]:
        """The same for what Azure keeps the name of after deletion."""
        return pulumi.Output.concat(self.unique(kind, limit - 4), self.era)
