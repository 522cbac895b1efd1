"""The table of the infrastructure's policies."""

from caseplane_infra.policies.catalog import page
from tools.pages.marks import with_generated


def render() -> str:
    return with_generated("docs/infrastructure-policies.md", "\n".join(page()))
