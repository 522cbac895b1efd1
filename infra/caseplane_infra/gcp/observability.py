"""The platform's logs under the stack's key, alarms that people must act on, and a dashboard."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_gcp import logging, monitoring

from caseplane_infra import contract
from caseplane_infra.contract import Keys, LlmModel, LlmNeeds, ObservabilityNeeds
from caseplane_infra.gcp.cluster import GcpCluster
from caseplane_infra.gcp.database import GcpDatabase
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.gcp.queue import GcpQueue
from caseplane_infra.naming import Labels

SERVER = 'resource.type="cloudsql_database" AND resource.labels.database_id="{project}:{server}"'
JOBS = 'resource.type="pubsub_subscription" AND resource.labels.subscription_id="{jobs}"'
DEAD = 'resource.type="pubsub_subscription" AND resource.labels.subscription_id="{dead}"'
PODS = 'resource.type="k8s_container" AND resource.labels.cluster_name="{cluster}"'
NODES = 'resource.type="k8s_node" AND resource.labels.cluster_name="{cluster}"'
MODEL = 'resource.type="aiplatform.googleapis.com/PublisherModel" AND resource.labels.model_user_id="{model}"'
OURS = (
    'resource.labels.cluster_name="{cluster}" OR '
    '(resource.type="cloudsql_database" AND resource.labels.database_id="{project}:{server}")'
)
"""The logs of this stack: those of everything in its cluster, and of its database."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A metric, its source, and the limit that it must not exceed for so many minutes."""

    title: str
    metric: str
    where: str
    limit: float
    minutes: int = 10
    aligner: str = "ALIGN_MEAN"
    advice: str

    @property
    def filter(self) -> str:
        return f'metric.type="{self.metric}" AND {self.where}'


ALARMS: Mapping[str, Alarm] = {
    "database-cpu": Alarm(
        title="Database: processor",
        metric="cloudsql.googleapis.com/database/cpu/utilization",
        where=SERVER,
        limit=0.9,
        advice="Look for slow statements in Query Insights; then raise database.tier.",
    ),
    "database-memory": Alarm(
        title="Database: memory",
        metric="cloudsql.googleapis.com/database/memory/utilization",
        where=SERVER,
        limit=0.95,
        advice="Fewer connections per pod, or a higher database.tier.",
    ),
    "database-disk": Alarm(
        title="Database: disk",
        metric="cloudsql.googleapis.com/database/disk/utilization",
        where=SERVER,
        limit=0.85,
        advice="The disk grows by itself up to database.max_storage_gib; raise that.",
    ),
    "dead-letters": Alarm(
        title="Queue: dead letters",
        metric="pubsub.googleapis.com/subscription/num_undelivered_messages",
        where=DEAD,
        limit=0,
        minutes=5,
        aligner="ALIGN_MAX",
        advice="Read the messages, fix the cause, redrive them.",
    ),
    "old-jobs": Alarm(
        title="Queue: jobs wait",
        metric="pubsub.googleapis.com/subscription/oldest_unacked_message_age",
        where=JOBS,
        limit=900,
        aligner="ALIGN_MAX",
        advice="See whether workers run, and whether the workers' pool may grow.",
    ),
    "restarts": Alarm(
        title="Cluster: containers restart",
        metric="kubernetes.io/container/restart_count",
        where=PODS,
        limit=3,
        minutes=5,
        aligner="ALIGN_DELTA",
        advice="kubectl describe the pod: killed for memory, or failing its probe?",
    ),
    "nodes-cpu": Alarm(
        title="Cluster: nodes' processors",
        metric="kubernetes.io/node/cpu/allocatable_utilization",
        where=NODES,
        limit=0.9,
        minutes=15,
        advice="Raise cluster.core.maximum or cluster.workers.maximum.",
    ),
}


class GcpObservability(contract.Observability):
    """See the contract."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: ObservabilityNeeds,
        *,
        project: GcpProject,
        keys: Keys,
        cluster: GcpCluster,
        database: GcpDatabase,
        queue: GcpQueue,
        llm: LlmNeeds,
        protect: bool,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.project, self.needs = project, needs
        self.names = pulumi.Output.all(
            project=project.id,
            cluster=cluster.name,
            server=database.id,
            jobs=queue.subscription.name,
            dead=queue.dead_letters.name,
        )
        self.logs = self._logs(name, keys, protect)
        channels = self._channels(name)
        policies = [
            self._alarm(f"{name}-{key}", each, channels) for key, each in {**ALARMS, **_tokens(llm)}.items()
        ]
        self.alarms = pulumi.Output.all(*(each.id for each in policies)).apply(list)
        if needs.dashboards:
            self._dashboard(name)
        self.done()

    def _named(self, template: str) -> pulumi.Output[str]:
        return self.names.apply(lambda names: template.format(**names))

    def _logs(self, name: str, keys: Keys, protect: bool) -> pulumi.Output[str]:
        """A log bucket with our key and retention; excluded from the project's default bucket, which would cost again."""
        bucket = logging.ProjectBucketConfig(
            f"{name}-logs",
            project=self.project.id,
            location=self.project.region,
            bucket_id=pulumi.Output.format("logs-{0}-{1}", self.project.prefix, self.project.suffix),
            description=f"Logs of {self.project.prefix}",
            retention_days=self.needs.log_days,
            cmek_settings=logging.ProjectBucketConfigCmekSettingsArgs(kms_key_name=keys.id),
            opts=self.child(protect=protect),
        )
        sink = logging.ProjectSink(
            f"{name}-sink",
            name=f"logs-{self.project.prefix}",
            destination=pulumi.Output.format("logging.googleapis.com/{0}", bucket.id),
            filter=self._named(OURS),
            unique_writer_identity=True,
            opts=self.child(),
        )
        logging.ProjectExclusion(
            f"{name}-elsewhere",
            name=f"logs-{self.project.prefix}",
            description="Kept in a bucket of their own",
            filter=self._named(OURS),
            opts=self.child(sink),
        )
        return bucket.id

    def _channels(self, name: str) -> list[pulumi.Output[str]]:
        if not self.needs.alarm_email:
            return []
        channel = monitoring.NotificationChannel(
            f"{name}-email",
            display_name=f"Alarms of {self.project.prefix}",
            type="email",
            labels={"email_address": self.needs.alarm_email},
            user_labels=self.labels.gcp(),
            opts=self.child(),
        )
        return [channel.id]

    def _alarm(self, name: str, alarm: Alarm, channels: list[pulumi.Output[str]]) -> monitoring.AlertPolicy:
        threshold = monitoring.AlertPolicyConditionConditionThresholdArgs(
            filter=self._named(alarm.filter),
            comparison="COMPARISON_GT",
            threshold_value=alarm.limit,
            duration=f"{60 * alarm.minutes}s",
            aggregations=[
                monitoring.AlertPolicyConditionConditionThresholdAggregationArgs(
                    alignment_period="300s", per_series_aligner=alarm.aligner
                )
            ],
        )
        return monitoring.AlertPolicy(
            name,
            display_name=f"{self.project.prefix}: {alarm.title}",
            combiner="OR",
            severity="WARNING",
            conditions=[
                monitoring.AlertPolicyConditionArgs(display_name=alarm.title, condition_threshold=threshold)
            ],
            documentation=monitoring.AlertPolicyDocumentationArgs(
                content=alarm.advice, mime_type="text/markdown"
            ),
            notification_channels=channels,
            user_labels=self.labels.gcp(),
            opts=self.child(),
        )

    def _dashboard(self, name: str) -> None:
        monitoring.Dashboard(
            f"{name}-dashboard",
            dashboard_json=self.names.apply(lambda names: json.dumps(_board(self.project.prefix, names))),
            opts=self.child(),
        )


def _tokens(llm: LlmNeeds) -> dict[str, Alarm]:
    """Alarms on models that use more tokens a minute than planned, which cost money."""
    return {f"tokens-{role}": _token_alarm(role, model) for role, model in llm.models.items()}


def _token_alarm(role: str, model: LlmModel) -> Alarm:
    return Alarm(
        title=f"Models: tokens of {role}",
        metric="aiplatform.googleapis.com/publisher/online_serving/token_count",
        where=MODEL.replace("{model}", model.name),
        limit=model.capacity * 1_000 / 60,  # thousands a minute; a rate is per second
        aligner="ALIGN_RATE",
        advice="See the tokens per tenant in /costs; lower a tenant's budget or raise llm capacity.",
    )


def _board(title: str, names: Mapping[str, str]) -> dict[str, Any]:
    """A chart for each alarm, two in a row."""
    tiles = [_tile(index, each, names) for index, each in enumerate(ALARMS.values())]
    return {"displayName": title, "mosaicLayout": {"columns": 12, "tiles": tiles}}


def _tile(index: int, alarm: Alarm, names: Mapping[str, str]) -> dict[str, Any]:
    aggregation = {"alignmentPeriod": "60s", "perSeriesAligner": alarm.aligner}
    series = {"filter": alarm.filter.format(**names), "aggregation": aggregation}
    chart = {"dataSets": [{"timeSeriesQuery": {"timeSeriesFilter": series}}]}
    place = {"xPos": 6 * (index % 2), "yPos": 4 * (index // 2), "width": 6, "height": 4}
    return {**place, "widget": {"title": alarm.title, "xyChart": chart}}
