"""The `caseplane-infra` command: what a person or a pipeline asks of a stack besides `pulumi up`."""
