"""The orchestrator, declared."""

from caseplane.core.service import Access, Lane, Manifest

MANIFEST = Manifest(
    name="orchestrator",
    summary="Conversations: the state machine, the answer pipeline, the gate",
    areas=("sessions", "feedback", "gate-policies"),
    schema="conversation",
    queues={"turns": Lane.turns, "conversation": Lane.interactive, "ticketing": Lane.interactive},
    calls=("retrieval", "escalation"),
    asks_models=True,
    embeds=True,
    stores={"audit": Access.append},
    layers=(
        "app",
        "turns",
        "handoffs | outcomes | policies",
        "cases",
        "conversations",
        "callers",
        "context",
        "arrivals | client | settings",
        "events | schemas | service",
    ),
)
