"""The parity table: the resources of each part of the contract on each cloud, from the plans of the prod stacks."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tests.integration.infra.conftest import engines
from tests.integration.infra.stacks import deployed
from tests.toolchain.build import binary

from caseplane_infra.contract import Platform

CLOUDS = ("aws", "azure", "gcp")
TITLES = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}
IN_THE_DATABASE = "no resources: pgvector is in the database; for Qdrant it describes a StorageClass"
EMPTY: Mapping[tuple[str, str], str] = {("VectorStore", cloud): IN_THE_DATABASE for cloud in CLOUDS}
"""Why a cell has no resource."""
HEAD = """\
# What each part is made of

The table shows the resources that implement each part of the contract (`infra/caseplane_infra/contract/`) on each cloud,
with their numbers in the prod stack. It is generated from the engine's plan of the program, and a test compares the two;
after a change, generate it again:

```sh
make docs PAGE=02-design/infrastructure-parity.md
```
"""
Made = Mapping[str, Mapping[str, Counter[str]]]
"""Cloud to part to type to how many."""


def render() -> str:
    with engines(binary("pulumi")) as make:
        plans = {cloud: deployed(make, f"{cloud}-prod").engine.preview() for cloud in CLOUDS}
    return page({cloud: made_of(plan.steps) for cloud, plan in plans.items()})


def parts() -> list[str]:
    """The contract's parts, in the platform's order."""
    return [each.__name__ for each in Platform.__annotations__.values()]


def made_of(urns: Iterable[str]) -> dict[str, Counter[str]]:
    """Types of resources by part, without components and providers."""
    found: dict[str, Counter[str]] = {}
    for urn in urns:
        *around, own = urn.split("::")[2].split("$")
        owner = next((each for each in reversed(around) if each.startswith("caseplane:")), "")
        if owner and not own.startswith(("caseplane:", "pulumi:")):
            found.setdefault(owner.rsplit(":", 1)[1], Counter())[_short(own)] += 1
    return found


def page(made: Made) -> str:
    """The page in Markdown.

    Raises:
        LookupError: a cell is empty without a reason in `EMPTY`, or has a reason and is not empty.
    """
    rows = parts()
    extra = sorted({part for each in made.values() for part in each} - set(rows))
    lines = [HEAD, f"| Part | {' | '.join(TITLES[each] for each in CLOUDS)} |", "|---|---|---|---|"]
    lines += [f"| {part} | {' | '.join(_cell(made, part, each) for each in CLOUDS)} |" for part in rows]
    lines += ["", "In addition to the contract, as the cloud needs it:", ""]
    lines += [
        f"- {TITLES[cloud]}, {part}: {_listed(made[cloud][part])}"
        for part in extra
        for cloud in CLOUDS
        if part in made[cloud]
    ]
    return "\n".join(lines) + "\n"


def _cell(made: Made, part: str, cloud: str) -> str:
    types, reason = made[cloud].get(part), EMPTY.get((part, cloud))
    if bool(types) == bool(reason):
        raise LookupError(f"{part} on {cloud}: {'not' if types else ''} empty, and EMPTY says {reason!r}")
    return _listed(types) if types else f"— ({reason})"


def _listed(types: Counter[str]) -> str:
    return ", ".join(f"{each} ({count})" if count > 1 else each for each, count in sorted(types.items()))


def _short(token: str) -> str:
    """`ec2.Subnet` of `aws:ec2/subnet:Subnet`."""
    package, place, name = token.split(":")
    module = place.split("/")[0]
    return f"{package if module == 'index' else module}.{name}"
