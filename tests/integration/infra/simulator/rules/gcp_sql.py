"""Google Cloud: databases on Cloud SQL."""

import re

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.gcp_book import (
    gcp,
    labelled,
    named,
    needs_service,
    on,
    placed,
    zones_of,
)
from tests.integration.infra.simulator.rules.gcp_keys import (
    KEY,
    encrypted,
    granted,
)
from tests.integration.infra.simulator.rules.gcp_network import (
    CONNECTION,
    GLOBAL_ADDRESS,
    NETWORK,
    SQL,
)

NETWORK_PATH = "settings.ipConfiguration.privateNetwork"
RANGE_PATH = "settings.ipConfiguration.allocatedIpRange"
INSTANCE = gcp.kind(
    SQL,
    id="{name}",
    outputs={
        "connectionName": "{project}:{region}:{name}",
        "privateIpAddress": lambda facts: f"10.9.{int(facts.digits(2), 16)}.3",
        "publicIpAddress": "",
    },
    refs={
        "encryptionKeyName": to(KEY),
        NETWORK_PATH: to(NETWORK, holds=False),
        RANGE_PATH: to(GLOBAL_ADDRESS, by="name", holds=False),
    },
    immutable=("name", "region", "encryptionKeyName"),
    protected_by="deletionProtection",
    polls=8,
    example={
        "project": on("sqladmin"),
        "name": "example",
        "region": "us-central1",
        "databaseVersion": "POSTGRES_17",
        "encryptionKeyName": granted("sqladmin"),
        "deletionProtection": False,
        "settings": {
            "tier": "db-custom-2-7680",
            "edition": "ENTERPRISE",
            "availabilityType": "REGIONAL",
            "diskSize": 20,
            "diskType": "PD_SSD",
            "diskAutoresizeLimit": 100,
            "locationPreference": {"zone": "us-central1-a"},
            "ipConfiguration": {
                "ipv4Enabled": False,
                "privateNetwork": Ref(CONNECTION, "network"),
                "allocatedIpRange": Ref(GLOBAL_ADDRESS, "name", 2),
                "sslMode": "ENCRYPTED_ONLY",
            },
            "backupConfiguration": {
                "enabled": True,
                "startTime": "03:00",
                "pointInTimeRecoveryEnabled": True,
                "transactionLogRetentionDays": 7,
                "backupRetentionSettings": {"retainedBackups": 7, "retentionUnit": "COUNT"},
            },
            "databaseFlags": [{"name": "log_lock_waits", "value": "on"}],
        },
    },
)
needs_service(INSTANCE, "sqladmin", encryptionKeyName=Drop())
named(INSTANCE, r"[a-z]([-a-z0-9]{0,83}[a-z0-9])?")
labelled(INSTANCE, "settings.userLabels")
placed(INSTANCE, key="region")
encrypted(INSTANCE, "encryptionKeyName", "sqladmin", lambda facts: facts.get("region"))


@gcp.while_full(INSTANCE)
def instance_name_stays(cloud: Cloud, instance: Record) -> str | None:
    """Cloud SQL's own protection holds; and a deleted name cannot be used again for a week (deleting instances)."""
    if instance.inputs["settings"].get("deletionProtectionEnabled"):
        return "settings.deletionProtectionEnabled is on"
    cloud.taken.add((INSTANCE, instance.id))
    return None


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"databaseVersion": "POSTGRES_21"})
def postgres_version(instance: Facts) -> str | None:
    """Cloud SQL has certain major versions (Cloud SQL: database versions)."""
    known = {f"POSTGRES_{each}" for each in range(12, 19)}
    version = instance.get("databaseVersion")
    return None if version in known else f"{version}"


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"databaseVersion": "POSTGRES_16"}, change=True)
def no_downgrade(instance: Facts) -> str | None:
    """A major version is raised, never lowered (Cloud SQL: upgrade in place)."""
    before, after = instance.was("databaseVersion", ""), instance.get("databaseVersion")
    return f"{before} to {after}" if instance.before and after < before else None


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"settings.tier": "db-custom-2-16384"})
def custom_tier(instance: Facts) -> str | None:
    """1 or an even number of CPUs; 0.9 to 6.5 GiB each, in steps of 256 MiB, 3.75 GiB at least (instance settings)."""
    tier = instance.get("settings.tier")
    found = re.fullmatch(r"db-custom-(\d+)-(\d+)", tier)
    if not found:
        return None if re.fullmatch(r"db-(f1-micro|g1-small|perf-optimized-N-\d+)", tier) else f"{tier}"
    cpus, memory = int(found[1]), int(found[2])
    even = cpus == 1 or (cpus % 2 == 0 and cpus <= 96)
    fits = 922 * cpus <= memory <= 6_656 * cpus and memory % 256 == 0 and memory >= 3_840
    return None if even and fits else f"{tier}"


@gcp.rule(INSTANCE, "INVALID_TIER", broken={"settings.edition": Drop()})
def tier_of_edition(instance: Facts) -> str | None:
    """From version 16 on the default edition is Enterprise Plus, which has no custom tiers (editions)."""
    newer = int(instance.get("databaseVersion").rsplit("_", 1)[1]) >= 16
    edition = instance.get("settings.edition") or ("ENTERPRISE_PLUS" if newer else "ENTERPRISE")
    plus = instance.get("settings.tier").startswith("db-perf-optimized")
    return None if plus == (edition == "ENTERPRISE_PLUS") else f"{instance.get('settings.tier')} in {edition}"


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"settings.diskSize": 5})
def disk_size(instance: Facts) -> str | None:
    """A disk has 10 GB to 64 TB (Cloud SQL: storage)."""
    size = instance.get("settings.diskSize", 10)
    return None if 10 <= size <= 65_536 else f"{size} GB"


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"settings.diskSize": 10}, change=True)
def disk_grows(instance: Facts) -> str | None:
    """A disk grows and never shrinks (Cloud SQL: storage)."""
    before, after = instance.was("settings.diskSize", 0), instance.get("settings.diskSize", 10)
    return f"{before} to {after} GB" if after < before else None


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"settings.diskType": "HDD"})
def disk_type(instance: Facts) -> str | None:
    """Disks are PD_SSD, PD_HDD or HYPERDISK_BALANCED (Cloud SQL: storage)."""
    kind = instance.get("settings.diskType", "PD_SSD")
    return None if kind in ("PD_SSD", "PD_HDD", "HYPERDISK_BALANCED") else f"{kind}"


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"settings.availabilityType": "MULTI_ZONE"})
def availability(instance: Facts) -> str | None:
    """An instance is ZONAL or REGIONAL (Cloud SQL: high availability)."""
    kind = instance.get("settings.availabilityType", "ZONAL")
    return None if kind in ("ZONAL", "REGIONAL") else f"{kind}"


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"settings.backupConfiguration.enabled": False})
def backups_for_recovery(instance: Facts) -> str | None:
    """Regional availability and point-in-time recovery need automated backups (Cloud SQL: high availability)."""
    backups = instance.get("settings.backupConfiguration") or {}
    wanted = instance.get("settings.availabilityType") == "REGIONAL" or backups.get(
        "pointInTimeRecoveryEnabled"
    )
    return None if backups.get("enabled") or not wanted else "backups are off"


@gcp.rule(
    INSTANCE,
    "INVALID_ARGUMENT",
    broken={"settings.backupConfiguration.transactionLogRetentionDays": 30},
)
def log_retention(instance: Facts) -> str | None:
    """The log is kept 1 to 7 days, in Enterprise Plus to 35, and no longer than backups (point-in-time recovery)."""
    backups = instance.get("settings.backupConfiguration") or {}
    most = 35 if instance.get("settings.edition") == "ENTERPRISE_PLUS" else 7
    days, kept = backups.get("transactionLogRetentionDays", 1), backups.get("backupRetentionSettings") or {}
    return None if 1 <= days <= min(most, kept.get("retainedBackups", 7)) else f"{days} days"


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"settings.backupConfiguration.startTime": "3 am"})
def backup_time(instance: Facts) -> str | None:
    """A backup's time is HH:MM, UTC (Cloud SQL: backups)."""
    time = instance.get("settings.backupConfiguration.startTime", "00:00")
    return None if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", time) else f"{time}"


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"settings.locationPreference.zone": "us-central1-d"})
def instance_zone(instance: Facts) -> str | None:
    """The preferred zone is one of the region's (regions and zones)."""
    zone = instance.get("settings.locationPreference.zone")
    return None if not zone or zone in zones_of(instance.get("region")) else f"{zone}"


@gcp.rule(
    INSTANCE,
    "NETWORK_NOT_PEERED",
    broken={NETWORK_PATH: Ref(NETWORK), RANGE_PATH: Drop()},
)
def peered_first(instance: Facts) -> str | None:
    """A private address needs private services access in the network beforehand (Cloud SQL: private IP)."""
    network = instance.get(NETWORK_PATH)
    peered = [each for each in instance.others(CONNECTION, network=network) if each.polls <= 0]
    return None if not network or peered else f"{network} has no connection to servicenetworking"


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={NETWORK_PATH: Drop(), RANGE_PATH: Drop()})
def some_address(instance: Facts) -> str | None:
    """An instance has a public or a private address, or Private Service Connect (Cloud SQL: connectivity)."""
    addresses = instance.get("settings.ipConfiguration") or {}
    ways = (addresses.get("ipv4Enabled", True), addresses.get("privateNetwork"), addresses.get("pscConfigs"))
    return None if any(ways) else "it could not be reached"


@gcp.rule(INSTANCE, "INVALID_ARGUMENT", broken={"settings.ipConfiguration.sslMode": "REQUIRED"})
def ssl_mode(instance: Facts) -> str | None:
    """PostgreSQL has three ways with TLS (Cloud SQL: SSL enforcement)."""
    mode = instance.get("settings.ipConfiguration.sslMode", "ALLOW_UNENCRYPTED_AND_ENCRYPTED")
    known = (
        "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
        "ENCRYPTED_ONLY",
        "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
    )
    return None if mode in known else f"{mode}"


FLAGS = {
    "maintenance_work_mem",
    "max_parallel_maintenance_workers",
    "max_connections",
    "work_mem",
    "log_min_duration_statement",
    "log_checkpoints",
    "log_lock_waits",
    "cloudsql.iam_authentication",
    "cloudsql.enable_pgaudit",
}


@gcp.rule(
    INSTANCE,
    "INVALID_FLAG_NAME",
    broken={"settings.databaseFlags": [{"name": "shared_preload_libraries", "value": "vector"}]},
)
def known_flags(instance: Facts) -> str | None:
    """Only flags of Google's list can be set; pgvector is created as an extension, without one (database flags)."""
    wrong = set(instance.all("settings.databaseFlags[].name")) - FLAGS
    return f"{', '.join(sorted(wrong))}" if wrong else None


@gcp.rule(INSTANCE, "ALREADY_EXISTS", broken={"name": "sql-again"}, change=True)
def instance_renamed(instance: Facts) -> str | None:
    """An instance cannot be renamed (instance settings)."""
    return "its name" if instance.before and instance.get("name") != instance.was("name") else None


DATABASE = gcp.kind(
    "gcp:sql/database:Database",
    id="projects/{project}/instances/{instance}/databases/{name}",
    refs={"instance": to(INSTANCE, by="name", holds=False)},
    immutable=("name", "instance"),
    example={"instance": Ref(INSTANCE, "name"), "name": "gc_ticketing"},
)


@gcp.rule(DATABASE, "INVALID_ARGUMENT", broken={"name": "postgres"})
def database_name(database: Facts) -> str | None:
    """Databases of the system cannot be made again (Cloud SQL: databases)."""
    system = ("postgres", "template0", "template1", "cloudsqladmin")
    return database.get("name") if database.get("name") in system else None


USER = gcp.kind(
    "gcp:sql/user:User",
    id="{name}//{instance}",
    refs={"instance": to(INSTANCE, by="name", holds=False)},
    immutable=("name", "instance"),
    example={
        "instance": Ref(INSTANCE, "name"),
        "name": "gc_admin",
        "password": "abcdefghijkmnpqrstuvwxyzABCD",
        "deletionPolicy": "ABANDON",
    },
)


@gcp.while_full(USER)
def user_owns(cloud: Cloud, user: Record) -> str | None:
    """A role that owns objects cannot be dropped, and migrations make it own some (Cloud SQL: deleting users)."""
    server = (INSTANCE, user.inputs["instance"]) in cloud.records
    return "it owns schemas" if server and user.inputs.get("deletionPolicy") != "ABANDON" else None


@gcp.rule(USER, "INVALID_ARGUMENT", broken={"password": "short"})
def user_password(user: Facts) -> str | None:
    """A built-in user has a password, and ours have 16 characters or more (Cloud SQL: password policies)."""
    builtin = user.get("type", "BUILT_IN") == "BUILT_IN"
    return None if not builtin or len(user.get("password") or "") >= 16 else "too short"


@gcp.rule(USER, "INVALID_ARGUMENT", broken={"name": "cloudsqladmin"})
def user_name(user: Facts) -> str | None:
    """Users of the system cannot be made (Cloud SQL: users)."""
    name = user.get("name")
    return name if name in ("cloudsqladmin", "cloudsqlagent", "cloudsqlreplica") else None
