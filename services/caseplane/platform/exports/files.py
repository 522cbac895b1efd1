"""Where an export is among the tenant's files."""

from uuid import UUID

MANIFEST = "manifest.json"


def export_key(tenant_id: UUID, export_id: UUID, name: str) -> str:
    return f"{tenant_id}/exports/{export_id}/{name}"
