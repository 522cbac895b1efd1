"""Metrics for Prometheus; the chart's alerts and dashboards use these names."""

from prometheus_client import Counter, Gauge, Histogram

RECONCILIATIONS = Counter("caseplane_operator_reconciliations", "Passes over a resource", ["kind", "outcome"])
"""Outcome: settled, waiting, fault, error."""
DURATION = Histogram(
    "caseplane_operator_reconcile_seconds",
    "Time of one pass",
    ["kind"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)
TIME_TO_READY = Histogram(
    "caseplane_operator_time_to_ready_seconds",
    "From the creation of a resource until it was first Ready",
    ["kind"],
    buckets=(1, 3, 10, 30, 100, 300, 1000, 3600),
)
RESOURCES = Gauge("caseplane_operator_resources", "Resources by the phase they are in", ["kind", "phase"])
ACTIONS = Counter("caseplane_operator_actions", "Changes made to the platform and to Secrets", ["action"])
QUEUE = Gauge("caseplane_operator_queue", "Resources whose pass is due and waits for a free slot")
LEADER = Gauge("caseplane_operator_leader", "1 while this process holds the lease")
PLATFORM_REQUESTS = Counter(
    "caseplane_operator_platform_requests", "Requests to the platform", ["method", "status"]
)
KUBERNETES_REQUESTS = Counter(
    "caseplane_operator_kubernetes_requests",
    "Requests to the API server, without the watches",
    ["method", "status"],
)
