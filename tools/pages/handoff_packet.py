"""The JSON schema of handoff packets, which connectors and desks use."""

import json

from caseplane.escalation.schemas import HandoffPacket


def render() -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://caseplane.dev/schemas/handoff-packet.v1.schema.json",
        **HandoffPacket.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
