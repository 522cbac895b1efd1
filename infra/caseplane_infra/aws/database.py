"""RDS for PostgreSQL: private, encrypted with the stack's key, TLS only, with point-in-time recovery."""

from functools import partial

import pulumi
from pulumi_aws import cloudwatch, ec2, rds

from caseplane_infra import contract
from caseplane_infra.aws.network import AwsNetwork, allow_from
from caseplane_infra.aws.secrets import put
from caseplane_infra.contract import Subnets
from caseplane_infra.naming import Labels
from caseplane_infra.passwords import password

PORT = 5432
CLASSES = {"small": "db.t4g.medium", "medium": "db.r7g.large", "large": "db.r7g.xlarge"}
"""2 vCPU/4 GiB burstable, 2 vCPU/16 GiB, 4 vCPU/32 GiB; always Graviton, on any architecture of the nodes."""
AUTHORITY = "rds-ca-rsa2048-g1"
PARAMETERS = {
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
    "log_min_duration_statement": "1000",
}
LOGS = ("postgresql", "upgrade")


class AwsDatabase(contract.Database):
    """A database server in the data ring, and the application's database in it."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.DatabaseNeeds,
        *,
        labels: Labels,
        network: AwsNetwork,
        key: pulumi.Input[str],
        secrets: contract.SecretsNeeds,
        log_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self._name, self._needs, self._prefix, self._key = name, needs, labels.prefix, key
        owner = password(self, f"{name}-owner-password", protect=needs.protect)
        services = password(self, f"{name}-services-password", protect=needs.protect)
        store = partial(put, self, key=key, needs=secrets, protect=needs.protect)
        owner_secret = store(f"{name}-owner", "rds/master", owner)
        app_secret = store(f"{name}-services", "rds/app", services)
        logs = [self._log(each, log_days) for each in LOGS]
        server = self._server(network, owner, logs)
        self.id = server.identifier
        self.host, self.port, self.name = server.address, server.port, server.db_name
        self.password_reference = app_secret.name
        self.admin_password_reference = owner_secret.name
        self.secret_arns = [app_secret.arn, owner_secret.arn]
        self.done()

    def _server(
        self, network: AwsNetwork, owner: pulumi.Output[str], logs: list[cloudwatch.LogGroup]
    ) -> rds.Instance:
        needs, physical = self._needs, f"{self._prefix}-pg"
        return rds.Instance(
            f"{self._name}-server",
            identifier=physical,
            engine="postgres",
            engine_version=needs.version,
            instance_class=CLASSES[needs.tier],
            db_name=needs.name,
            username=needs.admin,
            password=owner,
            port=PORT,
            storage_type="gp3",
            allocated_storage=needs.storage_gib,
            # RDS refuses a maximum that equals the size.
            max_allocated_storage=needs.max_storage_gib
            if needs.max_storage_gib > needs.storage_gib
            else None,
            storage_encrypted=True,
            kms_key_id=self._key,
            multi_az=needs.high_availability,
            db_subnet_group_name=self._subnet_group(network).name,
            vpc_security_group_ids=[self._group(network).id],
            publicly_accessible=False,
            parameter_group_name=self._parameters().name,
            ca_cert_identifier=AUTHORITY,
            backup_retention_period=needs.backup_days,
            backup_window="03:00-04:00",
            maintenance_window="sun:04:30-sun:05:30",
            copy_tags_to_snapshot=True,
            delete_automated_backups=not needs.protect,
            deletion_protection=needs.protect,
            skip_final_snapshot=not needs.protect,
            final_snapshot_identifier=f"{physical}-final" if needs.protect else None,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=True,  # a higher `version` upgrades; RDS refuses a lower one
            apply_immediately=False,
            performance_insights_enabled=needs.performance_insights,
            performance_insights_kms_key_id=self._key if needs.performance_insights else None,
            performance_insights_retention_period=7 if needs.performance_insights else None,
            enabled_cloudwatch_logs_exports=list(LOGS),
            tags=self.labels.tags(physical),
            opts=self.child(*logs, protect=needs.protect, ignore_changes=["password"]),
        )

    def _subnet_group(self, network: AwsNetwork) -> rds.SubnetGroup:
        physical = f"{self._prefix}-db-subnets"
        return rds.SubnetGroup(
            f"{self._name}-subnets",
            name=physical,
            description="The data ring",
            subnet_ids=network.subnets[Subnets.data],
            tags=self.labels.tags(physical),
            opts=self.child(),
        )

    def _group(self, network: AwsNetwork) -> ec2.SecurityGroup:
        physical = f"{self._prefix}-db-sg"
        group = ec2.SecurityGroup(
            f"{self._name}-sg",
            name=physical,
            description="PostgreSQL from the app ring",
            vpc_id=network.id,
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        allow_from(self, group, self._name, network.app_cidrs, port=PORT)
        return group

    def _parameters(self) -> rds.ParameterGroup:
        physical = f"{self._prefix}-pg{self._needs.version}"
        return rds.ParameterGroup(
            f"{self._name}-parameters",
            name=physical,
            family=f"postgres{self._needs.version}",
            description="TLS 1.2 or newer, and slow statements in the log",
            parameters=[
                {"name": key, "value": value, "apply_method": "immediate"}
                for key, value in PARAMETERS.items()
            ],
            tags=self.labels.tags(physical),
            opts=self.child(),
        )

    def _log(self, kind: str, days: int) -> cloudwatch.LogGroup:
        """Created before the server creates it, which would keep logs for ever and without our key."""
        physical = f"/aws/rds/instance/{self._prefix}-pg/{kind}"
        return cloudwatch.LogGroup(
            f"{self._name}-log-{kind}",
            name=physical,
            retention_in_days=days,
            kms_key_id=self._key,
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
