"""CloudWatch: the platform's logs, alarms that people must act on, one dashboard, and optional flow logs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pulumi
from pulumi_aws import cloudwatch, ec2, iam, sns

from caseplane_infra import contract
from caseplane_infra.aws.addons import VENDOR, addon
from caseplane_infra.aws.cluster import AwsCluster
from caseplane_infra.aws.identity import pod_role
from caseplane_infra.aws.policy import allow, document, tls_only
from caseplane_infra.aws.provider import Place
from caseplane_infra.aws.queue import AwsQueue
from caseplane_infra.naming import Labels

GIB = 2**30
AGENT_POLICY = f"{VENDOR}CloudWatchAgentServerPolicy"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A threshold on a metric, and what to do about it."""

    role: str
    metric: str
    namespace: str
    dimensions: Mapping[str, pulumi.Input[str]]
    above: float | None = None
    below: float | None = None
    statistic: str = "Average"
    periods: int = 3
    advice: str


class AwsObservability(contract.Observability):
    """Logs of all pods go to one group, alarms to one topic."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.ObservabilityNeeds,
        *,
        labels: Labels,
        place: Place,
        network: contract.Network,
        flow_logs: bool,
        key: pulumi.Input[str],
        database: contract.Database,
        queue: AwsQueue,
        cluster: AwsCluster,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self._name, self._needs, self._place, self._key = name, needs, place, key
        self._prefix = labels.prefix
        group = self._log("application", f"/aws/containerinsights/{labels.prefix}-eks/application")
        self.logs = group.name
        self._agent(cluster, group)
        topic = self._topic()
        watched = [*_database_alarms(database), *_queue_alarms(queue), *_cluster_alarms(cluster)]
        self.alarms = pulumi.Output.all(*(self._alarm(each, topic).arn for each in watched))
        if needs.dashboards:
            self._dashboard(watched)
        if flow_logs:
            self._flows(network)
        self.done()

    def _log(self, role: str, physical: str) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{self._name}-log-{role}",
            name=physical,
            retention_in_days=self._needs.log_days,
            kms_key_id=self._key,
            tags=self.labels.tags(physical),
            opts=self.child(),
        )

    def _agent(self, cluster: AwsCluster, group: cloudwatch.LogGroup) -> None:
        """Fluent Bit and the CloudWatch agent, which write pods' output into the existing group."""
        role = pod_role(
            self, f"{self._name}-agent-role", place=self._place, cluster=cluster.name, label="pod-cloudwatch"
        )
        right = iam.RolePolicyAttachment(
            f"{self._name}-agent-rights", role=role.name, policy_arn=AGENT_POLICY, opts=self.child()
        )
        addon(
            self,
            f"{self._name}-agent",
            "amazon-cloudwatch-observability",
            cluster=cluster.name,
            values={"containerLogs": {"enabled": True}},
            account={"service_account": "cloudwatch-agent", "role_arn": role.arn},
            after=[*cluster.nodes, right, group],
        )

    def _topic(self) -> sns.Topic:
        physical = f"{self._prefix}-alarms"
        topic = sns.Topic(
            f"{self._name}-topic",
            name=physical,
            kms_master_key_id=self._key,
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        alarms = {
            "StringEquals": {"aws:SourceAccount": self._place.account},
            "ArnLike": {"aws:SourceArn": self._place.arn("cloudwatch", "alarm:*")},
        }
        publish = allow(
            ["sns:Publish"],
            [topic.arn],
            principal={"Service": "cloudwatch.amazonaws.com"},
            condition=alarms,
        )
        sns.TopicPolicy(
            f"{self._name}-topic-policy",
            arn=topic.arn,
            policy=document(publish, tls_only("sns:Publish", [topic.arn])),
            opts=self.child(),
        )
        if self._needs.alarm_email:
            sns.TopicSubscription(
                f"{self._name}-topic-email",
                topic=topic.arn,
                protocol="email",
                endpoint=self._needs.alarm_email,
                opts=self.child(),
            )
        return topic

    def _alarm(self, alarm: Alarm, topic: sns.Topic) -> cloudwatch.MetricAlarm:
        physical = f"{self._prefix}-{alarm.role}"
        over = alarm.above is not None
        return cloudwatch.MetricAlarm(
            f"{self._name}-alarm-{alarm.role}",
            name=physical,
            alarm_description=alarm.advice,
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            dimensions=alarm.dimensions,
            statistic=alarm.statistic,
            period=300,
            evaluation_periods=alarm.periods,
            comparison_operator="GreaterThanThreshold" if over else "LessThanThreshold",
            threshold=alarm.above if over else alarm.below,
            treat_missing_data="notBreaching",
            alarm_actions=[topic.arn],
            ok_actions=[topic.arn],
            tags=self.labels.tags(physical),
            opts=self.child(),
        )

    def _dashboard(self, watched: list[Alarm]) -> None:
        """One graph per alarm."""
        widgets = [
            {
                "type": "metric",
                "x": number % 2 * 12,
                "y": number // 2 * 6,
                "width": 12,
                "height": 6,
                "properties": {
                    "title": f"{each.role}: {each.metric}",
                    "region": self._place.region,
                    "stat": each.statistic,
                    "period": 300,
                    "metrics": [
                        [
                            each.namespace,
                            each.metric,
                            *(word for pair in each.dimensions.items() for word in pair),
                        ]
                    ],
                },
            }
            for number, each in enumerate(watched)
        ]
        cloudwatch.Dashboard(
            f"{self._name}-dashboard",
            dashboard_name=self._prefix,
            dashboard_body=pulumi.Output.json_dumps({"widgets": widgets}),
            opts=self.child(),
        )

    def _flows(self, network: contract.Network) -> None:
        group = self._log("flows", f"/aws/vpc/{self._prefix}-flows")
        physical = f"{self._prefix}-flow-logs"
        guard = {"StringEquals": {"aws:SourceAccount": self._place.account}}
        trust = allow(
            ["sts:AssumeRole"], principal={"Service": "vpc-flow-logs.amazonaws.com"}, condition=guard
        )
        role = iam.Role(
            f"{self._name}-flows-role",
            name=physical,
            assume_role_policy=document(trust),
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        write = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
        right = iam.RolePolicy(
            f"{self._name}-flows-rights",
            name="write",
            role=role.name,
            policy=document(allow(write, [group.arn, group.arn.apply(lambda arn: f"{arn}:log-stream:*")])),
            opts=self.child(),
        )
        ec2.FlowLog(
            f"{self._name}-flows",
            vpc_id=network.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags=self.labels.tags(physical),
            opts=self.child(right),
        )


def _database_alarms(database: contract.Database) -> list[Alarm]:
    on = partial(Alarm, namespace="AWS/RDS", dimensions={"DBInstanceIdentifier": database.id})
    return [
        on(
            role="database-cpu",
            metric="CPUUtilization",
            above=85,
            advice="The database is busy for 15 minutes: look at its slow statements, then raise database.tier.",
        ),
        on(
            role="database-storage",
            metric="FreeStorageSpace",
            below=5 * GIB,
            advice="Less than 5 GiB of disk: raise database.max_storage_gib before writes stop.",
        ),
        on(
            role="database-memory",
            metric="FreeableMemory",
            below=GIB / 4,
            advice="Less than 256 MiB of memory: raise database.tier.",
        ),
    ]


def _queue_alarms(queue: AwsQueue) -> list[Alarm]:
    return [
        Alarm(
            role="queue-age",
            namespace="AWS/SQS",
            metric="ApproximateAgeOfOldestMessage",
            dimensions={"QueueName": queue.names["jobs"]},
            statistic="Maximum",
            above=900,
            advice="A job has waited for 15 minutes: see whether workers start.",
        ),
        Alarm(
            role="queue-dead",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": queue.names["dead"]},
            statistic="Maximum",
            above=0,
            periods=1,
            advice="A message could not be processed: read it, fix the cause, redrive the queue.",
        ),
    ]


def _cluster_alarms(cluster: contract.Cluster) -> list[Alarm]:
    return [
        Alarm(
            role="cluster-nodes",
            metric="cluster_failed_node_count",
            statistic="Maximum",
            above=0,
            advice="A node is not ready for 15 minutes: see `kubectl describe node`.",
            namespace="ContainerInsights",
            dimensions={"ClusterName": cluster.name},
        ),
    ]
