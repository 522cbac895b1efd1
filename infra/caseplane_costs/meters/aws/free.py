"""What AWS does not bill, and why."""

from caseplane_costs.meters.common import ADDRESSING, RIGHTS, SETTING

FREE = {
    "aws:acm/*": "certificates for load balancers and the edge are free",
    "aws:cloudfront/originAccessControl:OriginAccessControl": SETTING,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ADDRESSING,
    "aws:ec2/flowLog:FlowLog": "billed as logs, at its log group",
    "aws:ec2/internetGateway:InternetGateway": "free; traffic to the internet is priced at the load balancer",
    "aws:ec2/launchTemplate:LaunchTemplate": "a template of nodes, whose disks are priced with their pool",
    "aws:ec2/route:Route": ADDRESSING,
    "aws:ec2/routeTable:RouteTable": ADDRESSING,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ADDRESSING,
    "aws:ec2/securityGroup:SecurityGroup": ADDRESSING,
    "aws:ec2/subnet:Subnet": ADDRESSING,
    "aws:ec2/vpc:Vpc": ADDRESSING,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": SETTING,
    "aws:eks/accessEntry:AccessEntry": RIGHTS,
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": RIGHTS,
    "aws:iam/*": RIGHTS,
    "aws:kms/alias:Alias": SETTING,
    "aws:rds/parameterGroup:ParameterGroup": SETTING,
    "aws:rds/subnetGroup:SubnetGroup": SETTING,
    "aws:route53/record:Record": "records are free; queries are counted at the zone",
    "aws:s3/bucket[A-Z]*": SETTING,
    "aws:secretsmanager/secretVersion:SecretVersion": SETTING,
    "aws:sns/topicPolicy:TopicPolicy": SETTING,
    "aws:sns/topicSubscription:TopicSubscription": SETTING,
    "aws:sqs/queuePolicy:QueuePolicy": SETTING,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": SETTING,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ADDRESSING,
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": SETTING,
}
