"""The operator's logger, and one line of JSON per record."""

import logging

import kopf

log = logging.getLogger("caseplane_operator")


def configure(level: str) -> None:
    """JSON to standard error; kopf tells only what goes wrong, since every watch event would be a line."""
    kopf.configure(log_format=kopf.LogFormat.JSON)
    logging.getLogger().setLevel(level)
    logging.getLogger("kopf").setLevel("WARNING")
    logging.getLogger("asyncio").setLevel("WARNING")
