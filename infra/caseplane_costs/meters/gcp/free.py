"""What Google Cloud does not bill, and why."""

from caseplane_costs.meters.common import ADDRESSING, RIGHTS, SETTING

FREE = {
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": RIGHTS,
    "gcp:certificatemanager/*": "the first hundred certificates are free",
    "gcp:compute/firewall:Firewall": ADDRESSING,
    "gcp:compute/network:Network": ADDRESSING,
    "gcp:compute/router:Router": "free; its NAT is priced",
    "gcp:compute/subnetwork:Subnetwork": "free; its flow logs are billed as logs",
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": "part of the load balancer whose rule is priced",
    "gcp:compute/uRLMap:URLMap": "part of the load balancer whose rule is priced",
    "gcp:dns/recordSet:RecordSet": "records are free; queries are counted at the zone",
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": RIGHTS,
    "gcp:kms/keyRing:KeyRing": "free; its keys are priced",
    "gcp:logging/projectExclusion:ProjectExclusion": SETTING,
    "gcp:logging/projectSink:ProjectSink": "free; its destination is priced",
    "gcp:monitoring/dashboard:Dashboard": "dashboards are free",
    "gcp:monitoring/notificationChannel:NotificationChannel": "messages by e-mail are free",
    "gcp:projects/iAMMember:IAMMember": RIGHTS,
    "gcp:projects/service:Service": "enabling a service is free",
    "gcp:projects/serviceIdentity:ServiceIdentity": RIGHTS,
    "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": RIGHTS,
    "gcp:pubsub/topicIAMMember:TopicIAMMember": RIGHTS,
    "gcp:secretmanager/secretIamMember:SecretIamMember": RIGHTS,
    "gcp:secretmanager/secretVersion:SecretVersion": "counted at its secret",
    "gcp:serviceaccount/*": RIGHTS,
    "gcp:servicenetworking/connection:Connection": ADDRESSING,
    "gcp:sql/database:Database": "part of its server",
    "gcp:sql/user:User": "part of its server",
    "gcp:storage/bucketIAMMember:BucketIAMMember": RIGHTS,
    "gcp:storage/notification:Notification": "free; the queue that it writes to is priced",
}
