"""The policy pack of `--policy-pack infra/policies`."""

from caseplane_infra.policies.pack import serve

serve()
