"""The services of an installation, in the order in which they start. Adding one is its folder and a name here."""

from importlib import import_module

from caseplane.core.service import Manifest, Services

NAMES = ("gateway", "platform", "orchestrator", "retrieval", "escalation", "workflow", "insights")


def _manifest(name: str) -> Manifest:
    found: Manifest = import_module(f"caseplane.{name}.service").MANIFEST
    return found


SERVICES = Services(_manifest(name) for name in NAMES)
