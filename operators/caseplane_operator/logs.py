"""The operator's logger, which writes one line of JSON per record."""

import logging

import kopf

log = logging.getLogger("caseplane_operator")


def configure(level: str) -> None:
    """Log JSON to standard error; kopf logs warnings only, because it logs every watch event."""
    kopf.configure(log_format=kopf.LogFormat.JSON)
    logging.getLogger().setLevel(level)
    logging.getLogger("kopf").setLevel("WARNING")
    logging.getLogger("asyncio").setLevel("WARNING")
