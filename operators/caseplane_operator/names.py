"""Names that the operator shares with the definitions, with users, and with its own earlier lives; they are permanent."""

GROUP = "caseplane.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
FINALIZER = f"{GROUP}/operator"
MANAGER = "caseplane-operator"
"""The field manager of server-side apply, and the component that events come from."""

ROTATE_KEY = f"{GROUP}/rotate-key"
"""On a Tenant: a new value asks for a new key."""
SYNC_REQUESTED = f"{GROUP}/sync-requested"
"""On a KnowledgeBase: a new value asks for a look at its sources now."""
RELEASE = f"{GROUP}/release"
"""On a resource being deleted: `"true"` lets it go whatever the platform says."""

TENANT_LABEL = f"{GROUP}/tenant"
"""On a Secret: the tenant that it is of, or that may use it."""
KEY_ID = f"{GROUP}/key-id"
ROTATION = f"{GROUP}/key-rotation"

TENANTS = "tenants"
KNOWLEDGE_BASES = "knowledgebases"
