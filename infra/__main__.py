"""The program of `pulumi up`."""

from caseplane_infra.program import run

run()
