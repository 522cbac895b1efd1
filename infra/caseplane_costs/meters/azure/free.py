"""What Azure does not bill, and why."""

from caseplane_costs.meters.common import ADDRESSING, RIGHTS, SETTING

FRONT_DOOR = "part of the Front Door profile"

FREE = {
    "azure-native:authorization:*": RIGHTS,
    "azure-native:cdn:AFD*": FRONT_DOOR,
    "azure-native:cdn:Route": FRONT_DOOR,
    "azure-native:cdn:SecurityPolicy": FRONT_DOOR,
    "azure-native:cognitiveservices:Account": "free; the tokens of its deployments are priced",
    "azure-native:compute:DiskEncryptionSet": "free; it refers to the key for disks",
    "azure-native:containerregistry:CacheRule": SETTING,
    "azure-native:dbforpostgresql:Configuration": SETTING,
    "azure-native:dbforpostgresql:Database": "part of its server",
    "azure-native:dns:RecordSet": "records are free; queries are counted at the zone",
    "azure-native:eventgrid:SystemTopicEventSubscription": "counted at its topic",
    "azure-native:frontdoor:Policy": "included in Front Door Premium",
    "azure-native:keyvault:Key": "a software key is free; its operations are counted at the vault",
    "azure-native:keyvault:Secret": "free; its operations are counted at the vault",
    "azure-native:managedidentity:*": RIGHTS,
    "azure-native:monitor:DiagnosticSetting": "free; what it sends is billed as logs",
    "azure-native:network:NetworkSecurityGroup": ADDRESSING,
    "azure-native:network:PrivateDnsZoneGroup": ADDRESSING,
    "azure-native:network:SecurityRule": ADDRESSING,
    "azure-native:network:Subnet": ADDRESSING,
    "azure-native:network:VirtualNetwork": ADDRESSING,
    "azure-native:portal:Dashboard": "dashboards are free",
    "azure-native:privatedns:VirtualNetworkLink": ADDRESSING,
    "azure-native:resources:ResourceGroup": "a folder",
    "azure-native:servicebus:NamespaceNetworkRuleSet": SETTING,
    "azure-native:servicebus:Queue": "part of its namespace",
    "azure-native:storage:Blob*": SETTING,
    "azure-native:storage:ManagementPolicy": SETTING,
    "azure-native:storage:StorageAccountStaticWebsite": SETTING,
}
