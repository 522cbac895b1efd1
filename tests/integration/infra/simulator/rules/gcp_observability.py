"""Google Cloud: log buckets and sinks, alarms, dashboards."""

import json
import re

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import to
from tests.integration.infra.simulator.rules.gcp_book import (
    PROJECT,
    gcp,
    labelled,
    named,
    needs_service,
    on,
    placed,
)
from tests.integration.infra.simulator.rules.gcp_keys import KEY, encrypted, granted

LOGS = gcp.kind(
    "gcp:logging/projectBucketConfig:ProjectBucketConfig",
    id="projects/{project}/locations/{location}/buckets/{bucketId}",
    outputs={"name": "{id}"},
    refs={"cmekSettings.kmsKeyName": to(KEY)},
    immutable=("project", "location", "bucketId"),
    example={
        "project": on("logging"),
        "location": "us-central1",
        "bucketId": "example",
        "retentionDays": 30,
        "cmekSettings": {"kmsKeyName": granted("logging")},
    },
)
needs_service(LOGS, "logging")
named(LOGS, r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}", key="bucketId", broken="a bucket")
placed(LOGS)
encrypted(LOGS, "cmekSettings.kmsKeyName", "logging", lambda facts: facts.get("location"))


@gcp.while_full(LOGS)
def log_bucket_lingers(cloud: Cloud, bucket: Record) -> None:
    """A deleted log bucket can be restored for a week, and so keeps its name (Cloud Logging: deleting a bucket)."""
    cloud.taken.add((LOGS, bucket.id))


@gcp.rule(LOGS, "INVALID_ARGUMENT", broken={"retentionDays": 4_000})
def retention(bucket: Facts) -> str | None:
    """Logs are kept for 1 to 3650 days (Cloud Logging: custom retention)."""
    days = bucket.get("retentionDays", 30)
    return None if 1 <= days <= 3_650 else f"{days} days"


SINK = gcp.kind(
    "gcp:logging/projectSink:ProjectSink",
    id="projects/{project}/sinks/{name}",
    outputs={"writerIdentity": "serviceAccount:service-{number}@gcp-sa-logging.iam.gserviceaccount.com"},
    immutable=("name",),
    example={
        "project": on("logging"),
        "name": "example",
        "destination": f"logging.googleapis.com/projects/{PROJECT}/locations/us-central1/buckets/_Default",
        "filter": 'resource.type="k8s_container"',
    },
)
needs_service(SINK, "logging")
named(SINK, r"[a-zA-Z][a-zA-Z0-9_.-]{0,99}", broken="a sink")


@gcp.rule(
    SINK, "INVALID_ARGUMENT", broken={"destination": f"projects/{PROJECT}/locations/us-central1/buckets/logs"}
)
def sink_service(sink: Facts) -> str | None:
    """A destination begins with its service (Cloud Logging: sink destinations)."""
    services = "logging|storage|bigquery|pubsub"
    target = sink.get("destination")
    return None if re.match(rf"({services})\.googleapis\.com/", target) else f"{target}"


@gcp.rule(
    SINK,
    "NOT_FOUND",
    broken={
        "destination": f"logging.googleapis.com/projects/{PROJECT}/locations/us-central1/buckets/nowhere"
    },
)
def sink_target(sink: Facts) -> str | None:
    """A log bucket as a destination exists (Cloud Logging: routing logs)."""
    target = sink.get("destination").removeprefix("logging.googleapis.com/")
    if target == sink.get("destination") or target.endswith(("/_Default", "/_Required")):
        return None
    return None if any(each.id == target for each in sink.others(LOGS)) else f"no {target}"


EXCLUSION = gcp.kind(
    "gcp:logging/projectExclusion:ProjectExclusion",
    id="projects/{project}/exclusions/{name}",
    immutable=("name",),
    quota=50,
    example={"project": on("logging"), "name": "example", "filter": 'resource.type="k8s_container"'},
)
named(EXCLUSION, r"[a-zA-Z][a-zA-Z0-9_.-]{0,99}", broken="an exclusion")


def _filter_fault(text: str) -> str | None:
    """What is wrong with a filter: unpaired quotes or brackets, or no comparison."""
    unquoted = re.sub(r'"[^"]*"', "", text)
    if '"' in unquoted or unquoted.count("(") != unquoted.count(")"):
        return f"{text!r} is not closed"
    return None if re.search(r"[=<>:]", unquoted) else f"{text!r} compares nothing"


for kind_ in (SINK, EXCLUSION):

    @gcp.rule(kind_, "INVALID_ARGUMENT", broken={"filter": 'resource.type="k8s_container'})
    def log_filter(facts: Facts) -> str | None:
        """A filter is a whole expression of the query language (Cloud Logging: query language)."""
        return _filter_fault(facts.get("filter")) if facts.get("filter") else None


# Monitoring ------------------------------------------------------------------------------------------------------

CHANNEL = gcp.kind(
    "gcp:monitoring/notificationChannel:NotificationChannel",
    id="projects/{project}/notificationChannels/{hex}",
    outputs={"name": "{id}"},
    immutable=("type",),
    example={
        "project": on("monitoring"),
        "type": "email",
        "displayName": "Example",
        "labels": {"email_address": "alarms@example.com"},
    },
)
needs_service(CHANNEL, "monitoring")
labelled(CHANNEL, "userLabels")


@gcp.rule(CHANNEL, "INVALID_ARGUMENT", broken={"labels": {"address": "alarms@example.com"}})
def channel_labels(channel: Facts) -> str | None:
    """A channel's labels are its type's: for email the address (Cloud Monitoring: notification channels)."""
    address = (channel.get("labels") or {}).get("email_address", "")
    return (
        None
        if channel.get("type") != "email" or re.fullmatch(r"[^@\s]+@[^@\s]+", address)
        else f"{address!r}"
    )


DOMAINS = (
    "cloudsql.googleapis.com",
    "pubsub.googleapis.com",
    "kubernetes.io",
    "aiplatform.googleapis.com",
    "loadbalancing.googleapis.com",
)
CONDITION = {
    "displayName": "Example",
    "conditionThreshold": {
        "filter": 'metric.type="pubsub.googleapis.com/subscription/num_undelivered_messages" AND '
        'resource.type="pubsub_subscription"',
        "comparison": "COMPARISON_GT",
        "thresholdValue": 0,
        "duration": "300s",
        "aggregations": [{"alignmentPeriod": "300s", "perSeriesAligner": "ALIGN_MAX"}],
    },
}
ALARM = gcp.kind(
    "gcp:monitoring/alertPolicy:AlertPolicy",
    id="projects/{project}/alertPolicies/{hex}",
    outputs={"name": "{id}"},
    refs={"notificationChannels[]": to(CHANNEL)},
    quota=500,
    example={
        "project": on("monitoring"),
        "displayName": "Example",
        "combiner": "OR",
        "severity": "WARNING",
        "conditions": [CONDITION],
    },
)
needs_service(ALARM, "monitoring")
labelled(ALARM, "userLabels")
THRESHOLD = "conditions[0].conditionThreshold"


@gcp.rule(
    ALARM, "INVALID_ARGUMENT", broken={f"{THRESHOLD}.filter": 'metric.type="cpu" AND resource.type="x"'}
)
def metric_known(alarm: Facts) -> str | None:
    """A condition is about one metric of a known service and one kind of resource (Cloud Monitoring: filters)."""
    for text in alarm.all("conditions[].conditionThreshold.filter"):
        metric = re.search(r'metric\.type="([^"]+)"', text)
        if _filter_fault(text) or not metric or metric[1].split("/")[0] not in DOMAINS:
            return f"{text}"
        if 'resource.type="' not in text:
            return f"no resource.type in {text}"
    return None


@gcp.rule(ALARM, "INVALID_ARGUMENT", broken={f"{THRESHOLD}.duration": "90s"})
def whole_minutes(alarm: Facts) -> str | None:
    """A condition holds for whole minutes, a day at most (Cloud Monitoring: alerting policies)."""
    seconds = [int(each[:-1]) for each in alarm.all("conditions[].conditionThreshold.duration")]
    wrong = [each for each in seconds if each % 60 or each > 84_600]
    return f"{wrong}" if wrong else None


@gcp.rule(ALARM, "INVALID_ARGUMENT", broken={f"{THRESHOLD}.comparison": "COMPARISON_GE"})
def comparison(alarm: Facts) -> str | None:
    """Alarms compare by less or greater only (Cloud Monitoring: alerting policies)."""
    given = set(alarm.all("conditions[].conditionThreshold.comparison"))
    wrong = given - {"COMPARISON_GT", "COMPARISON_LT"}
    return f"{wrong}" if wrong else None


@gcp.rule(
    ALARM,
    "INVALID_ARGUMENT",
    broken={f"{THRESHOLD}.aggregations": [{"alignmentPeriod": "300s", "perSeriesAligner": "ALIGN_AVERAGE"}]},
)
def aligner(alarm: Facts) -> str | None:
    """Points are aligned in certain ways (Cloud Monitoring: aggregation)."""
    known = {f"ALIGN_{each}" for each in ("MEAN", "MAX", "MIN", "SUM", "RATE", "DELTA", "COUNT")}
    known |= {f"ALIGN_PERCENTILE_{each}" for each in ("99", "95", "50")}
    given = alarm.all("conditions[].conditionThreshold.aggregations[].perSeriesAligner")
    wrong = set(given) - known
    return f"{wrong}" if wrong else None


@gcp.rule(ALARM, "INVALID_ARGUMENT", broken={"combiner": "ANY"})
def combiner(alarm: Facts) -> str | None:
    """Conditions are combined in three ways, and there are 1 to 6 (Cloud Monitoring: alerting policies)."""
    known = alarm.get("combiner") in ("OR", "AND", "AND_WITH_MATCHING_RESOURCE")
    return None if known and 1 <= len(alarm.get("conditions")) <= 6 else f"{alarm.get('combiner')}"


@gcp.rule(ALARM, "INVALID_ARGUMENT", broken={"severity": "HIGH"})
def severity(alarm: Facts) -> str | None:
    """Severities are CRITICAL, ERROR and WARNING (Cloud Monitoring: alerting policies)."""
    value = alarm.get("severity")
    return None if value in (None, "CRITICAL", "ERROR", "WARNING") else f"{value}"


def _without_etag(facts: Facts) -> str:
    return facts.text("projects/{number}/dashboards/{hex}")


DASHBOARD = gcp.kind(
    "gcp:monitoring/dashboard:Dashboard",
    id=_without_etag,
    example={
        "project": on("monitoring"),
        "dashboardJson": json.dumps({"displayName": "Example", "mosaicLayout": {"columns": 12, "tiles": []}}),
    },
)
needs_service(DASHBOARD, "monitoring")


@gcp.rule(DASHBOARD, "INVALID_ARGUMENT", broken={"dashboardJson": "{}"})
def board(dashboard: Facts) -> str | None:
    """A dashboard has a name and one layout; tiles stay inside its columns (Cloud Monitoring: dashboards)."""
    content = json.loads(dashboard.get("dashboardJson"))
    layouts = {"gridLayout", "mosaicLayout", "rowLayout", "columnLayout"} & set(content)
    if not content.get("displayName") or len(layouts) != 1:
        return "no name, or not one layout"
    mosaic = content.get("mosaicLayout", {})
    tiles = mosaic.get("tiles", [])
    wide = [each for each in tiles if each.get("xPos", 0) + each["width"] > mosaic.get("columns", 12)]
    return f"{len(wide)} tiles beside it" if wide else None
