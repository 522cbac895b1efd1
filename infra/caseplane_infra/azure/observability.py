"""All parts' logs in one workspace, alarms that people must act on, and a dashboard."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import monitor, network, portal

from caseplane_infra import contract
from caseplane_infra.azure.alarms import ALARMS, Alarm, tokens
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.objects import AzureObjectStore
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.azure.roles import grant, identity
from caseplane_infra.contract import LlmNeeds, ObservabilityNeeds
from caseplane_infra.naming import Labels

WATCHER, WATCHER_GROUP = "NetworkWatcher_{0}", "NetworkWatcherRG"
"""Azure creates one per region, in its own resource group, with the region's first network."""


AGGREGATIONS = {"Total": 1, "Minimum": 2, "Maximum": 3, "Average": 4}
"""Their numbers in charts of the portal."""


class AzureObservability(contract.Observability):
    """See the contract. `watched` maps a part to the id of the resource with its metrics and logs."""

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: ObservabilityNeeds,
        *,
        group: AzureGroup,
        network: AzureNetwork,
        objects: AzureObjectStore,
        watched: Mapping[str, pulumi.Input[str]],
        llm: LlmNeeds,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.needs, self.watched = group, needs, watched
        self.logs = group.workspace.id
        for part, resource in watched.items():
            self._collect(f"{name}-{part}-logs", resource)
        if network.needs.flow_logs:
            self._flow_logs(name, network, objects)
        receivers = self._receivers(name)
        alarms = {key: each for key, each in {**ALARMS, **tokens(llm)}.items() if each.part in watched}
        made = [self._alarm(f"{name}-{key}", key, each, receivers) for key, each in alarms.items()]
        self.alarms = pulumi.Output.all(*(each.id for each in made)).apply(list)
        if needs.dashboards:
            self._dashboard(name, list(alarms.values()))
        self.done()

    def _collect(self, name: str, resource: pulumi.Input[str]) -> None:
        monitor.DiagnosticSetting(
            name,
            name=f"logs-{self.group.prefix}",
            resource_uri=resource,
            workspace_id=self.logs,
            logs=[monitor.LogSettingsArgs(category_group="allLogs", enabled=True)],
            opts=self.child(),
        )

    def _flow_logs(self, name: str, vnet: AzureNetwork, objects: AzureObjectStore) -> None:
        """Flow logs, written to the platform's storage account with an identity."""
        writer = identity(self, f"{name}-flow-logs-writer", self.group, "flows")
        allowed = grant(
            self,
            f"{name}-writes-flow-logs",
            self.group,
            role="Storage Blob Data Contributor",
            scope=objects.account.id,
            to=writer.principal_id,
        )
        network.FlowLog(
            f"{name}-flow-logs",
            flow_log_name=f"flows-{self.group.prefix}",
            network_watcher_name=WATCHER.format(self.group.location),
            resource_group_name=WATCHER_GROUP,
            location=self.group.location,
            target_resource_id=vnet.id,
            storage_id=objects.account.id,
            enabled=True,
            retention_policy=network.RetentionPolicyParametersArgs(enabled=True, days=self.needs.log_days),
            identity=network.ManagedServiceIdentityArgs(
                type=network.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[writer.id]
            ),
            tags=self.labels.tags(f"flows-{self.group.prefix}"),
            opts=self.child(allowed),
        )

    def _receivers(self, name: str) -> list[monitor.MetricAlertActionArgs]:
        if not self.needs.alarm_email:
            return []
        group = monitor.ActionGroup(
            f"{name}-email",
            action_group_name=f"ag-{self.group.prefix}",
            group_short_name="caseplane",
            resource_group_name=self.group.name,
            location="global",
            enabled=True,
            email_receivers=[
                monitor.EmailReceiverArgs(
                    name="alarms", email_address=self.needs.alarm_email, use_common_alert_schema=True
                )
            ],
            tags=self.labels.tags(f"ag-{self.group.prefix}"),
            opts=self.child(),
        )
        return [monitor.MetricAlertActionArgs(action_group_id=group.id)]

    def _alarm(
        self, name: str, key: str, alarm: Alarm, actions: list[monitor.MetricAlertActionArgs]
    ) -> monitor.MetricAlert:
        dimensions = [
            monitor.MetricDimensionArgs(name=each, operator="Include", values=[value])
            for each, value in ([alarm.dimension] if alarm.dimension else [])
        ]
        criterion = monitor.MetricCriteriaArgs(
            name="too-much",
            criterion_type="StaticThresholdCriterion",
            metric_namespace=alarm.kind,
            metric_name=alarm.metric,
            operator="GreaterThan",
            threshold=alarm.limit,
            time_aggregation=alarm.aggregation,
            dimensions=dimensions or None,
        )
        return monitor.MetricAlert(
            name,
            rule_name=f"{self.group.prefix}-{key}",
            resource_group_name=self.group.name,
            location="global",
            description=f"{alarm.title}. {alarm.advice}",
            severity=2,
            enabled=True,
            auto_mitigate=True,
            scopes=[self.watched[alarm.part]],
            evaluation_frequency="PT5M",
            window_size=f"PT{alarm.minutes}M",
            criteria=monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
                odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", all_of=[criterion]
            ),
            actions=actions,
            tags=self.labels.tags(f"{self.group.prefix}-{key}"),
            opts=self.child(),
        )

    def _dashboard(self, name: str, alarms: list[Alarm]) -> None:
        """A chart for each alarm, two in a row."""
        tiles = [self._tile(index, each) for index, each in enumerate(alarms)]
        portal.Dashboard(
            f"{name}-dashboard",
            dashboard_name=f"dash-{self.group.prefix}",
            resource_group_name=self.group.name,
            location=self.group.location,
            properties=portal.DashboardPropertiesWithProvisioningStateArgs(
                lenses=[portal.DashboardLensArgs(order=0, parts=tiles)]
            ),
            tags={**self.labels.tags(f"dash-{self.group.prefix}"), "hidden-title": self.group.prefix},
            opts=self.child(),
        )

    def _tile(self, index: int, alarm: Alarm) -> portal.DashboardPartsArgs:
        metric = {
            "resourceMetadata": {"id": self.watched[alarm.part]},
            "name": alarm.metric,
            "namespace": alarm.kind,
            "aggregationType": AGGREGATIONS[alarm.aggregation],
            "metricVisualization": {"displayName": alarm.title},
        }
        chart = {"metrics": [metric], "title": alarm.title, "visualization": {"chartType": 2}}
        return portal.DashboardPartsArgs(
            position=portal.DashboardPartsPositionArgs(
                x=6 * (index % 2), y=4 * (index // 2), col_span=6, row_span=4
            ),
            metadata=portal.DashboardPartMetadataArgs(
                type="Extension/HubsExtension/PartType/MonitorChartPart",
                inputs=[{"name": "options", "value": {"chart": chart}}],
                settings={},
            ),
        )
