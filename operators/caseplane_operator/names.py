"""Names shared with the definitions, with users, and with earlier versions of the operator; they are permanent."""

GROUP = "caseplane.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
FINALIZER = f"{GROUP}/operator"
MANAGER = "caseplane-operator"
"""The field manager of server-side apply, and the component of events."""

ROTATE_KEY = f"{GROUP}/rotate-key"
"""On a Tenant: a new value requests a new key."""
SYNC_REQUESTED = f"{GROUP}/sync-requested"
"""On a KnowledgeBase: a new value requests a synchronisation of its sources now."""
RELEASE = f"{GROUP}/release"
"""On a resource being deleted: `"true"` removes the finalizer regardless of the platform."""

TENANT_LABEL = f"{GROUP}/tenant"
"""On a Secret: the tenant that it belongs to, or that may use it."""
KEY_ID = f"{GROUP}/key-id"
ROTATION = f"{GROUP}/key-rotation"

TENANTS = "tenants"
KNOWLEDGE_BASES = "knowledgebases"
