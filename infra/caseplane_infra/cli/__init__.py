"""The `caseplane-infra` command: checks and costs of a stack, for people and pipelines."""
