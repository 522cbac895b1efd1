"""PostgreSQL on Cloud SQL: private address only, TLS only, the stack's key, point-in-time recovery."""

from functools import partial

import pulumi
from pulumi_gcp import sql

from caseplane_infra import contract
from caseplane_infra.contract import DatabaseNeeds, Keys
from caseplane_infra.gcp.network import GcpNetwork
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.gcp.secrets import GcpSecrets
from caseplane_infra.naming import Labels
from caseplane_infra.passwords import password

TIERS = {"small": "db-custom-2-7680", "medium": "db-custom-2-13312", "large": "db-custom-4-26624"}
"""vCPU and MiB; 6.5 GiB per vCPU is this edition's maximum, a little less than the contract's tier."""
MEBIBYTES = {"small": 7_680, "medium": 13_312, "large": 26_624}
LOG_DAYS = 7
"""The most days that this edition keeps the log for point-in-time recovery; daily backups reach further back."""


class GcpDatabase(contract.Database):
    """See the contract. The superuser `postgres` gets no password, so login as it is impossible (C000-23)."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: DatabaseNeeds,
        *,
        project: GcpProject,
        network: GcpNetwork,
        keys: Keys,
        secrets: GcpSecrets,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.project, self.network, self.needs = project, network, needs
        self.instance = sql.DatabaseInstance(
            f"{name}-server",
            name=pulumi.Output.format("sql-{0}-{1}", project.prefix, project.suffix),
            region=project.region,
            database_version=f"POSTGRES_{needs.version}",
            encryption_key_name=keys.id,
            deletion_protection=needs.protect,
            settings=self._settings(),
            # The disk grows, so its initial size is not restored.
            opts=self.child(network.managed, protect=needs.protect, ignore_changes=["settings.diskSize"]),
        )
        application = sql.Database(
            f"{name}-application",
            instance=self.instance.name,
            name=needs.name,
            deletion_policy="ABANDON",  # deleted with the server; separate deletion fails while pods are connected
            opts=self.child(protect=needs.protect),
        )
        owner = password(self, f"{name}-admin-value", protect=needs.protect)
        sql.User(
            f"{name}-admin",
            instance=self.instance.name,
            name=needs.admin,
            password=owner,
            deletion_policy="ABANDON",  # owns the schemas, so it cannot be dropped before the server
            opts=self.child(),
        )
        services = password(self, f"{name}-services-value", protect=needs.protect)
        store = partial(secrets.put, owner=self, protect=needs.protect)
        self.password_reference = store("sql-password", services)
        self.admin_password_reference = store("sql-admin-password", owner)
        self.id, self.name = self.instance.name, application.name
        self.host, self.port = self.instance.private_ip_address, pulumi.Output.from_input(5432)
        self.done()

    def _settings(self) -> sql.DatabaseInstanceSettingsArgs:
        needs = self.needs
        return sql.DatabaseInstanceSettingsArgs(
            tier=TIERS[needs.tier],
            edition="ENTERPRISE",  # from version 16 the default is more expensive and lacks these tiers
            availability_type="REGIONAL" if needs.high_availability else "ZONAL",
            location_preference=sql.DatabaseInstanceSettingsLocationPreferenceArgs(
                zone=self.project.zones[0]
            ),
            disk_type="PD_SSD",
            disk_size=needs.storage_gib,
            disk_autoresize=True,
            disk_autoresize_limit=needs.max_storage_gib,
            ip_configuration=self._address(),
            backup_configuration=self._backups(),
            insights_config=self._insights(),
            database_flags=self._flags(),
            maintenance_window=sql.DatabaseInstanceSettingsMaintenanceWindowArgs(
                day=7, hour=4, update_track="stable"
            ),
            deletion_protection_enabled=needs.protect,
            retain_backups_on_delete=needs.protect,
            user_labels=self.labels.gcp(),
        )

    def _address(self) -> sql.DatabaseInstanceSettingsIpConfigurationArgs:
        """No public address, and no connection without TLS; Cloud SQL accepts only TLS 1.2 and newer."""
        return sql.DatabaseInstanceSettingsIpConfigurationArgs(
            ipv4_enabled=False,
            private_network=self.network.id,
            allocated_ip_range=self.network.managed_range.name,
            ssl_mode="ENCRYPTED_ONLY",
            server_ca_mode="GOOGLE_MANAGED_INTERNAL_CA",
        )

    def _backups(self) -> sql.DatabaseInstanceSettingsBackupConfigurationArgs:
        days = self.needs.backup_days
        return sql.DatabaseInstanceSettingsBackupConfigurationArgs(
            enabled=True,
            start_time="03:00",
            location=self.project.region,
            point_in_time_recovery_enabled=True,
            transaction_log_retention_days=min(days, LOG_DAYS),
            backup_retention_settings=sql.DatabaseInstanceSettingsBackupConfigurationBackupRetentionSettingsArgs(
                retained_backups=days, retention_unit="COUNT"
            ),
        )

    def _insights(self) -> sql.DatabaseInstanceSettingsInsightsConfigArgs | None:
        if not self.needs.performance_insights:
            return None
        return sql.DatabaseInstanceSettingsInsightsConfigArgs(
            query_insights_enabled=True, query_string_length=1_024, record_client_address=False
        )

    def _flags(self) -> list[sql.DatabaseInstanceSettingsDatabaseFlagArgs]:
        """Flags for building pgvector's index, which needs memory and a second process; pgvector itself needs none."""
        flags = {
            "maintenance_work_mem": str(MEBIBYTES[self.needs.tier] * 1_024 // 16),  # KiB
            "max_parallel_maintenance_workers": "2",
            "log_min_duration_statement": "1000",
            "log_checkpoints": "on",
            "log_lock_waits": "on",
        }
        return [
            sql.DatabaseInstanceSettingsDatabaseFlagArgs(name=each, value=value)
            for each, value in flags.items()
        ]
