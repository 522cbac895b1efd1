"""The escalation service, declared."""

from caseplane.core.service import Access, Lane, Manifest

MANIFEST = Manifest(
    name="escalation",
    summary="Tickets, connectors, deliveries",
    areas=("tickets", "customers", "deliveries", "hooks", "connectors"),
    unsigned=frozenset(["hooks"]),
    schema="ticketing",
    queues={"deliveries": Lane.interactive, "ticketing": Lane.interactive},
    layers=(
        "app",
        "health",
        "overview | deliveries | inbound",
        "attachments | mail",
        "tickets",
        "outbox",
        "connections",
        "context",
        "connectors",
        "client",
        "events | schemas | service | settings",
    ),
    stores={"attachments": Access.write, "audit": Access.append},
)
