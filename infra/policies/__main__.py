"""What `--policy-pack infra/policies` runs."""

from caseplane_infra.policies.pack import serve

serve()
