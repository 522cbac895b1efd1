"""Alarms that people must act on: a metric of a part, its limit, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from caseplane_infra.contract import LlmModel, LlmNeeds

DATABASE, BUS = "Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.ServiceBus/namespaces"
CLUSTER, FRONT_DOOR = "Microsoft.ContainerService/managedClusters", "Microsoft.Cdn/profiles"
MODELS = "Microsoft.CognitiveServices/accounts"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A metric of a part, and the limit that it must not exceed for so many minutes."""

    title: str
    part: str
    kind: str
    metric: str
    limit: float
    minutes: int = 15
    aggregation: str = "Average"
    dimension: tuple[str, str] | None = None
    advice: str


ALARMS: Mapping[str, Alarm] = {
    "database-cpu": Alarm(
        title="Database: processor",
        part="database",
        kind=DATABASE,
        metric="cpu_percent",
        limit=90,
        advice="Look for slow statements in Query Store; then raise database.tier.",
    ),
    "database-memory": Alarm(
        title="Database: memory",
        part="database",
        kind=DATABASE,
        metric="memory_percent",
        limit=95,
        advice="Fewer connections per pod, or a higher database.tier.",
    ),
    "database-disk": Alarm(
        title="Database: disk",
        part="database",
        kind=DATABASE,
        metric="storage_percent",
        limit=85,
        advice="The disk doubles by itself; see what grows.",
    ),
    "dead-letters": Alarm(
        title="Queue: dead letters",
        part="queue",
        kind=BUS,
        metric="DeadletteredMessages",
        limit=0,
        minutes=5,
        aggregation="Maximum",
        dimension=("EntityName", "jobs"),
        advice="Read the messages, fix the cause, redrive them.",
    ),
    "old-jobs": Alarm(
        title="Queue: jobs wait",
        part="queue",
        kind=BUS,
        metric="ActiveMessages",
        limit=100,
        aggregation="Minimum",
        dimension=("EntityName", "jobs"),
        advice="See whether workers run, and whether the workers' pool may grow.",
    ),
    "nodes-cpu": Alarm(
        title="Cluster: nodes' processors",
        part="cluster",
        kind=CLUSTER,
        metric="node_cpu_usage_percentage",
        limit=90,
        advice="Raise cluster.core.maximum or cluster.workers.maximum.",
    ),
    "pods-wait": Alarm(
        title="Cluster: pods find no node",
        part="cluster",
        kind=CLUSTER,
        metric="cluster_autoscaler_unschedulable_pods_count",
        limit=0,
        aggregation="Minimum",
        advice="kubectl describe the pod; then raise cluster.core.maximum or cluster.workers.maximum.",
    ),
    "errors": Alarm(
        title="Edge: failed answers",
        part="edge",
        kind=FRONT_DOOR,
        metric="Percentage5XX",
        limit=5,
        minutes=5,
        advice="See the services' logs; kubectl get pods.",
    ),
}


def tokens(llm: LlmNeeds) -> dict[str, Alarm]:
    """Alarms on models that use nearly all reserved tokens: calls will soon wait."""
    return {f"tokens-{role}": _token_alarm(role, model) for role, model in llm.models.items()}


def _token_alarm(role: str, model: LlmModel) -> Alarm:
    return Alarm(
        title=f"Models: tokens of {role}",
        part="llm",
        kind=MODELS,
        metric="TokenTransaction",
        limit=model.capacity
        * 1_000
        * 5
        * 0.9,  # capacity is in thousands a minute; the window is five minutes
        minutes=5,
        aggregation="Total",
        dimension=("ModelDeploymentName", role),
        advice="See the tokens per tenant in /costs; lower a tenant's budget or raise llm capacity.",
    )
