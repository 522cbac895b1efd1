"""AWS: databases."""

import re

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.aws_book import around, aws, between, named, one_of, tagged
from tests.integration.infra.simulator.rules.aws_identity import KEY
from tests.integration.infra.simulator.rules.aws_network import SECURITY_GROUP, SUBNET, vpcs_of, zones_of

# Databases --------------------------------------------------------------------------------------------------------

SUBNET_GROUP = aws.kind(
    "aws:rds/subnetGroup:SubnetGroup",
    id="{name}",
    outputs={
        "arn": "arn:aws:rds:{region}:{account}:subgrp:{name}",
        "vpcId": lambda facts: next(iter(vpcs_of(facts.cloud, facts.get("subnetIds"))), ""),
    },
    refs={"subnetIds[]": to(SUBNET)},
    immutable=("name",),
    autoname="name",
    example={"name": "example", "subnetIds": [Ref(SUBNET), Ref(SUBNET, number=2)]},
)
tagged(SUBNET_GROUP)
named(SUBNET_GROUP, r"(?!default$)[a-z0-9 ._-]{1,255}", broken="Default_Subnets")


@aws.rule(SUBNET_GROUP, "DBSubnetGroupDoesNotCoverEnoughAZs", broken={"subnetIds": [Ref(SUBNET)]})
def two_zones(group: Facts) -> str | None:
    """A subnet group covers two zones or more, whatever the database does (working with a DB subnet group)."""
    zones = set(zones_of(around(group), group.get("subnetIds")))
    return None if len(zones) >= 2 else f"{', '.join(zones)} only"


SETTINGS = {
    "rds.force_ssl": r"[01]",
    "ssl_min_protocol_version": r"TLSv1(\.[123])?",
    "log_min_duration_statement": r"-1|\d+",
    "log_connections": r"[01]",
    "max_connections": r"\d+",
    "shared_preload_libraries": r"[a-z_,]+",
}
PARAMETERS = aws.kind(
    "aws:rds/parameterGroup:ParameterGroup",
    id="{name}",
    outputs={"arn": "arn:aws:rds:{region}:{account}:pg:{name}"},
    immutable=("name", "family", "description"),
    autoname="name",
    example={
        "name": "example",
        "family": "postgres17",
        "parameters": [{"name": "rds.force_ssl", "value": "1", "applyMethod": "immediate"}],
    },
)
tagged(PARAMETERS)
named(PARAMETERS, r"[a-z]([a-z0-9]|-(?!-|$)){0,254}", broken="example--one")
one_of(PARAMETERS, "family", [f"postgres{each}" for each in range(13, 19)], broken="postgresql17")


@aws.rule(PARAMETERS, "InvalidParameterValue", broken={"parameters[0].name": "force_ssl"})
def parameter_known(group: Facts) -> str | None:
    """A parameter exists and takes its value (RDS for PostgreSQL DB instance parameters)."""
    for each in group.get("parameters") or []:
        if not re.fullmatch(SETTINGS.get(each["name"], r"(?!)"), each["value"]):
            return f"{each['name']}={each['value']}"
    return None


@aws.rule(
    PARAMETERS,
    "InvalidParameterCombination",
    broken={"parameters[0]": {"name": "max_connections", "value": "500", "applyMethod": "immediate"}},
)
def static_waits(group: Facts) -> str | None:
    """A static parameter waits for a restart (static and dynamic DB instance parameters)."""
    static = {"max_connections", "shared_preload_libraries"}
    wrong = [
        each["name"]
        for each in group.get("parameters") or []
        if each["name"] in static and each.get("applyMethod", "immediate") != "pending-reboot"
    ]
    return f"{wrong[0]} at once" if wrong else None


CLASSES = re.compile(
    r"db\.(t3|t4g|m5|m6g|m6i|m7g|m7i|r5|r6g|r6i|r7g|r7i)\.(micro|small|medium|large|(2|4|8|12|16)?xlarge)"
)
BURSTABLE = ("micro", "small", "medium")
DATABASE = aws.kind(
    "aws:rds/instance:Instance",
    id="db-{hex}",
    outputs={
        "arn": "arn:aws:rds:{region}:{account}:db:{identifier}",
        "address": "{identifier}.c1.{region}.rds.amazonaws.com",
        "endpoint": "{identifier}.c1.{region}.rds.amazonaws.com:5432",
        "port": lambda facts: facts.get("port", 5432),
        "status": "available",
    },
    refs={
        "dbSubnetGroupName": to(SUBNET_GROUP, by="name"),
        "vpcSecurityGroupIds[]": to(SECURITY_GROUP),
        "parameterGroupName": to(PARAMETERS, by="name", outside=r"^default\.postgres\d+$"),
        "kmsKeyId": to(KEY, by="arn", holds=False),
        "performanceInsightsKmsKeyId": to(KEY, by="arn", holds=False),
    },
    immutable=(
        "identifier",
        "engine",
        "dbName",
        "username",
        "storageEncrypted",
        "kmsKeyId",
        "dbSubnetGroupName",
    ),
    protected_by="deletionProtection",
    autoname="identifier",
    unique=(("identifier",),),
    polls=3,
    quota=40,
    open_sets=("instanceClass",),
    example={
        "identifier": "example",
        "engine": "postgres",
        "engineVersion": "17",
        "instanceClass": "db.t4g.medium",
        "allocatedStorage": 50,
        "maxAllocatedStorage": 100,
        "storageType": "gp3",
        "storageEncrypted": True,
        "kmsKeyId": Ref(KEY, "arn"),
        "dbName": "example",
        "username": "gc_admin",
        "manageMasterUserPassword": True,
        "parameterGroupName": Ref(PARAMETERS, "name"),
        "dbSubnetGroupName": Ref(SUBNET_GROUP, "name"),
        "vpcSecurityGroupIds": [Ref(SECURITY_GROUP)],
        "backupRetentionPeriod": 7,
        "backupWindow": "03:00-04:00",
        "maintenanceWindow": "sun:04:30-sun:05:30",
        "performanceInsightsEnabled": True,
        "performanceInsightsRetentionPeriod": 7,
        "skipFinalSnapshot": True,
    },
)
tagged(DATABASE)
named(DATABASE, r"[a-z]([a-z0-9]|-(?!-|$)){0,62}", key="identifier", broken="example--one")
named(DATABASE, r"[A-Za-z]\w{0,62}", key="dbName", broken="gc-ticketing")
between(DATABASE, "backupRetentionPeriod", 0, 35)
one_of(
    DATABASE,
    "caCertIdentifier",
    ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"),
    broken="rds-ca-2019",
)
one_of(DATABASE, "engine", ("postgres",), broken="postgresql")


@aws.rule(DATABASE, "InvalidParameterValue", broken={"enabledCloudwatchLogsExports": ["error"]})
def logs_of_engine(database: Facts) -> str | None:
    """An engine exports certain logs (publishing PostgreSQL logs to CloudWatch Logs)."""
    wrong = set(database.get("enabledCloudwatchLogsExports") or []) - {
        "postgresql",
        "upgrade",
        "iam-db-auth-error",
    }
    return f"{', '.join(sorted(wrong))}" if wrong else None


@aws.rule(DATABASE, "InvalidParameterCombination", broken={"instanceClass": "db.t4g.gigantic"})
def class_offered(database: Facts) -> str | None:
    """PostgreSQL runs on certain classes (DB instance classes: supported engines)."""
    name = database.get("instanceClass")
    size, burst = name.rsplit(".", 1)[-1], name.startswith("db.t")
    return None if CLASSES.fullmatch(name) and (burst or size not in BURSTABLE) else f"{name}"


@aws.rule(DATABASE, "InvalidParameterCombination", broken={"engineVersion": "16"})
def parameters_of_version(database: Facts) -> str | None:
    """A parameter group is of the engine's major version (DB parameter groups)."""
    major = str(database.get("engineVersion")).split(".")[0]
    group = database.get("parameterGroupName")
    family = f"postgres{major}"
    if group is None or group.startswith("default."):
        return None
    real = database.named("parameterGroupName").inputs["family"]
    return None if real == family else f"{group} is of {real}, the engine of {family}"


@aws.rule(
    DATABASE,
    "InvalidParameterCombination",
    broken={"engineVersion": "12", "parameterGroupName": "default.postgres12"},
)
def version_offered(database: Facts) -> str | None:
    """PostgreSQL is offered in certain major versions (release calendar of RDS for PostgreSQL)."""
    major = str(database.get("engineVersion")).split(".")[0]
    return None if major.isdigit() and 13 <= int(major) <= 18 else f"version {major}"


@aws.rule(
    DATABASE,
    "InvalidParameterCombination",
    broken={"engineVersion": "16", "parameterGroupName": "default.postgres16"},
    change=True,
)
def no_downgrade(database: Facts) -> str | None:
    """A version is never lowered (upgrading the PostgreSQL DB engine)."""
    now, before = (
        str(each).split(".")[0]
        for each in (database.get("engineVersion"), database.was("engineVersion", "0"))
    )
    return f"{before} to {now}" if int(now) < int(before) else None


@aws.rule(DATABASE, "InvalidParameterValue", broken={"username": "rdsadmin"})
def database_user(database: Facts) -> str | None:
    """A master user name begins with a letter, has letters, digits, underscores, and is not reserved (CreateDBInstance)."""
    name = database.get("username")
    reserved = name in ("rdsadmin", "admin", "postgres", "user", "public")
    return None if re.fullmatch(r"[A-Za-z]\w{0,62}", name) and not reserved else f"{name!r}"


@aws.rule(DATABASE, "InvalidParameterCombination", broken={"manageMasterUserPassword": Drop()})
def one_password(database: Facts) -> str | None:
    """A database has either a password or one that the service manages, and not both (CreateDBInstance)."""
    managed, given = (
        bool(database.get("manageMasterUserPassword")),
        database.inputs.get("password") is not None,
    )
    return None if managed != given else "set password or manageMasterUserPassword"


@aws.rule(
    DATABASE,
    "InvalidParameterValue",
    broken={"manageMasterUserPassword": Drop(), "password": "no/slashes@all"},
)
def password_grammar(database: Facts) -> str | None:
    """A password has 8 to 128 printable characters without slash, quotes, at sign and space (CreateDBInstance)."""
    word = database.get("password")
    good = word is None or re.fullmatch(r"[^/'\"@\s]{8,128}", word)
    return None if good else "it has forbidden characters or a wrong length"


@aws.rule(DATABASE, "InvalidParameterCombination", broken={"allocatedStorage": 30}, change=True)
def storage_grows(database: Facts) -> str | None:
    """Allocated storage never shrinks (ModifyDBInstance)."""
    now, before = database.get("allocatedStorage"), database.was("allocatedStorage", 0)
    return None if now >= before else f"{before} to {now} GiB"


@aws.rule(DATABASE, "InvalidParameterValue", broken={"allocatedStorage": 10})
def storage_enough(database: Facts) -> str | None:
    """gp3 storage is 20 to 65536 GiB (CreateDBInstance)."""
    size = database.get("allocatedStorage")
    return None if 20 <= size <= 65_536 else f"{size} GiB"


@aws.rule(DATABASE, "InvalidParameterCombination", broken={"maxAllocatedStorage": 50})
def room_to_grow(database: Facts) -> str | None:
    """Storage autoscaling needs a maximum a tenth above what is allocated (storage autoscaling)."""
    size, most = database.get("allocatedStorage"), database.get("maxAllocatedStorage")
    return None if most is None or most >= 1.1 * size else f"{size} may grow to {most} GiB"


@aws.rule(DATABASE, "KMSKeyNotAccessibleFault", broken={"storageEncrypted": Drop()})
def key_means_encrypted(database: Facts) -> str | None:
    """A key is for encrypted storage (encrypting RDS resources)."""
    wrong = database.inputs.get("kmsKeyId") and not database.get("storageEncrypted")
    return "kmsKeyId without storageEncrypted" if wrong else None


@aws.rule(DATABASE, "InvalidParameterCombination", broken={"skipFinalSnapshot": False})
def last_snapshot_named(database: Facts) -> str | None:
    """Deletion makes a last snapshot, which needs a name, or skips it (DeleteDBInstance)."""
    named_ = database.get("skipFinalSnapshot") or database.get("finalSnapshotIdentifier")
    return None if named_ else "no finalSnapshotIdentifier"


@aws.rule(DATABASE, "InvalidParameterValue", broken={"maintenanceWindow": "sun:03:30-sun:04:30"})
def windows_apart(database: Facts) -> str | None:
    """Backup and maintenance windows do not overlap (CreateDBInstance)."""
    backup, upkeep = database.get("backupWindow"), database.get("maintenanceWindow")
    if not backup or not upkeep:
        return None
    b0, b1 = backup.split("-")
    m0, m1 = (each[4:] for each in upkeep.split("-"))
    return f"{backup} and {upkeep}" if b0 < m1 and m0 < b1 else None


@aws.rule(DATABASE, "InvalidParameterValue", broken={"performanceInsightsRetentionPeriod": 8})
def insights_kept(database: Facts) -> str | None:
    """Performance Insights keep 7 days, whole months of 31, or 731 days (CreateDBInstance)."""
    days = database.get("performanceInsightsRetentionPeriod")
    return None if days in (None, 7, 731) or days % 31 == 0 else f"{days} days"
