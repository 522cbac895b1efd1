"""Writes the services' manifests as JSON, for the chart and the infrastructure.

Neither imports the services.
"""

import json

from caseplane.core.service import Manifest, Services
from caseplane.services import SERVICES


def render(services: Services = SERVICES) -> str:
    return json.dumps([_declared(each, services) for each in services], indent=2) + "\n"


def _declared(manifest: Manifest, services: Services) -> dict[str, object]:
    return {
        "name": manifest.name,
        "summary": manifest.summary,
        "public": manifest.public,
        "calls": services.called_by(manifest),
        "queues": dict(manifest.queues),
        "asks_models": manifest.asks_models,
        "embeds": manifest.embeds,
        "vectors": manifest.vectors,
        "stores": dict(manifest.stores),
    }
