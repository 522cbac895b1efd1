"""What `pulumi up` runs: settings in, platform built, outputs out."""

from caseplane_infra.program import run

run()
