"""The services that the chart runs, as they declare themselves; the infrastructure imports none of them.

A service's cloud identity follows from here: the object stores that it uses, and whether it calls a model.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHART = Path(__file__).parents[2] / "charts" / "caseplane"


@dataclass(frozen=True)
class Service:
    """A service that answers over HTTP.

    Attributes:
        stores: object stores that it uses, with `read`, `write`, or `append` (never deletes).
        calls_models: whether it calls language or embedding models.
    """

    name: str
    stores: Mapping[str, str]
    calls_models: bool

    def stores_with(self, access: str) -> list[str]:
        return [store for store, given in self.stores.items() if given == access]


SERVICES = tuple(
    Service(each["name"], each["stores"], each["asks_models"] or each["embeds"])
    for each in json.loads((CHART / "files" / "services.json").read_text(encoding="utf-8"))
)
