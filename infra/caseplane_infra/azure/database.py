"""PostgreSQL Flexible Server: in the network only, TLS only, our key, point-in-time recovery, pgvector enabled."""

from collections.abc import Mapping
from functools import partial

import pulumi
from pulumi_azure_native import authorization, dbforpostgresql

from caseplane_infra import contract
from caseplane_infra.azure.keys import AzureKeys
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.azure.secrets import AzureSecrets
from caseplane_infra.contract import DatabaseNeeds
from caseplane_infra.naming import Labels
from caseplane_infra.passwords import password

TIERS: Mapping[str, tuple[str, str]] = {
    "small": ("Standard_B2s", "Burstable"),
    "medium": ("Standard_E2ds_v5", "MemoryOptimized"),
    "large": ("Standard_E4ds_v5", "MemoryOptimized"),
}
SMALL_WITH_STANDBY = ("Standard_D2ds_v5", "GeneralPurpose")
"""Burstable servers cannot have a standby; this is the smallest that can."""
DISKS = (32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384)
LEAST_BACKUP_DAYS = 7
SETTINGS: Mapping[str, str] = {
    "azure.extensions": "VECTOR",
    "require_secure_transport": "on",
    "ssl_min_protocol_version": "TLSv1.2",
    "log_min_duration_statement": "1000",
    "log_checkpoints": "on",
    "log_lock_waits": "on",
}
INSIGHTS: Mapping[str, str] = {"pg_qs.query_capture_mode": "top", "pg_qs.retention_period_in_days": "7"}


class AzureDatabase(contract.Database):
    """See the contract. `max_storage_gib` has no effect: Azure sets no ceiling for a disk that grows."""

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: DatabaseNeeds,
        *,
        group: AzureGroup,
        network: AzureNetwork,
        keys: AzureKeys,
        secrets: AzureSecrets,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.network, self.keys, self.needs = group, network, keys, needs
        owner = password(self, f"{name}-admin-value", protect=needs.protect)
        services = password(self, f"{name}-services-value", protect=needs.protect)
        self.server = self._server(name, owner)
        application = dbforpostgresql.Database(
            f"{name}-application",
            database_name=needs.name,
            server_name=self.server.name,
            resource_group_name=group.name,
            charset="UTF8",
            collation="en_US.utf8",
            opts=self.child(protect=needs.protect),
        )
        settings = self._settings(name, application)
        if needs.protect:
            self._lock(name, application, *settings)
        store = partial(secrets.put, owner=self, protect=needs.protect)
        self.password_reference = store("database-password", services)
        self.admin_password_reference = store("database-admin-password", owner)
        self.id, self.name = self.server.id, application.name
        self.host = self.server.fully_qualified_domain_name
        self.port = pulumi.Output.from_input(5432)
        self.done()

    def _server(self, name: str, owner: pulumi.Output[str]) -> dbforpostgresql.Server:
        needs, physical = self.needs, self.group.unique("pg", 63)
        size, tier = TIERS[needs.tier]
        if needs.high_availability and needs.tier == "small":
            size, tier = SMALL_WITH_STANDBY
        return dbforpostgresql.Server(
            f"{name}-server",
            server_name=physical,
            resource_group_name=self.group.name,
            location=self.group.location,
            version=needs.version,
            sku=dbforpostgresql.SkuArgs(name=size, tier=tier),
            administrator_login=needs.admin,
            administrator_login_password=owner,
            auth_config=dbforpostgresql.AuthConfigArgs(
                password_auth="Enabled",  # noqa: S106 - a switch, no password
                active_directory_auth="Disabled",
            ),
            availability_zone=self.group.zones[0],
            high_availability=self._standby(),
            storage=dbforpostgresql.StorageArgs(
                storage_size_gb=next(each for each in DISKS if each >= needs.storage_gib),
                auto_grow="Enabled",
            ),
            backup=dbforpostgresql.BackupArgs(
                backup_retention_days=max(needs.backup_days, LEAST_BACKUP_DAYS),
                geo_redundant_backup="Disabled",  # would need a second key in a second region
            ),
            network=self._address(),
            identity=dbforpostgresql.UserAssignedIdentityArgs(
                type="UserAssigned",
                user_assigned_identities=self.keys.identity.id.apply(
                    lambda id_: {id_: dbforpostgresql.UserIdentityArgs()}
                ),
            ),
            data_encryption=dbforpostgresql.DataEncryptionArgs(
                type="AzureKeyVault",
                primary_key_uri=self.keys.id,
                primary_user_assigned_identity_id=self.keys.identity.id,
            ),
            maintenance_window=dbforpostgresql.MaintenanceWindowArgs(
                custom_window="Enabled", day_of_week=0, start_hour=4, start_minute=0
            ),
            tags=self.labels.tags(physical),
            opts=self._kept(),
        )

    def _kept(self) -> pulumi.ResourceOptions:
        """Protected; the disk grows and a failover swaps the zones, so neither is reset."""
        moved = ["storage.storageSizeGB", "availabilityZone", "highAvailability.standbyAvailabilityZone"]
        return self.child(
            self.keys.granted,
            self.network.database_zone,
            protect=self.needs.protect,
            ignore_changes=moved,
        )

    def _standby(self) -> dbforpostgresql.HighAvailabilityArgs:
        if not self.needs.high_availability:
            return dbforpostgresql.HighAvailabilityArgs(mode="Disabled")
        return dbforpostgresql.HighAvailabilityArgs(
            mode="ZoneRedundant", standby_availability_zone=self.group.zones[1]
        )

    def _address(self) -> dbforpostgresql.NetworkArgs:
        return dbforpostgresql.NetworkArgs(
            delegated_subnet_resource_id=self.network.data.id,
            private_dns_zone_arm_resource_id=self.network.database_zone.id,
            public_network_access="Disabled",
        )

    def _settings(
        self, name: str, application: dbforpostgresql.Database
    ) -> list[dbforpostgresql.Configuration]:
        """One after the other: a server accepts one change at a time."""
        wanted = {**SETTINGS, **(INSIGHTS if self.needs.performance_insights else {})}
        made: list[dbforpostgresql.Configuration] = []
        previous: pulumi.Resource = application
        for key, value in wanted.items():
            previous = dbforpostgresql.Configuration(
                f"{name}-{key.replace('.', '-').replace('_', '-')}",
                configuration_name=key,
                server_name=self.server.name,
                resource_group_name=self.group.name,
                value=value,
                source="user-override",
                opts=self.child(previous),
            )
            made.append(previous)
        return made

    def _lock(self, name: str, *last: pulumi.Resource) -> None:
        """Azure refuses deletion of the server. The lock is created last, so that it is deleted first."""
        authorization.ManagementLockByScope(
            f"{name}-lock",
            lock_name=f"lock-{self.group.prefix}-pg",
            scope=self.server.id,
            level="CanNotDelete",
            notes="Holds data. To delete it: database.protect false, pulumi up, then pulumi destroy.",
            opts=self.child(*last),
        )
