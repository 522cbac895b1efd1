"""What of the shipped stacks ends soon, today: `make facts`. Exits with 1 if anything does.

The tests compare the same facts with the day on which they were read, so that none turns red by itself.
"""

import json
import sys
from datetime import date
from pathlib import Path

import yaml

from caseplane_infra.notices import of_settings
from caseplane_infra.settings import NAMESPACE, parse

STACKS = Path(__file__).parents[1] / "infra" / "stacks"


def main() -> int:
    """Print every notice with its stack."""
    today = date.today()  # noqa: DTZ011 - a day, anywhere
    found = 0
    for path in sorted(STACKS.glob("Pulumi.*-*.yaml")):
        config = yaml.safe_load(path.read_text())["config"]
        settings = parse({key.removeprefix(NAMESPACE): _as_text(value) for key, value in config.items()})
        for each in of_settings(settings, today=today):
            print(f"{path.name}: {each}")
            found += 1
    return int(found > 0)


def _as_text(value: object) -> object:
    return json.dumps(value, default=str) if isinstance(value, dict | list) else value


if __name__ == "__main__":
    sys.exit(main())
