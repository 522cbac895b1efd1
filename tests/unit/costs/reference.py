"""R000 §1.27: the expected cost of each cloud, line by line, to compare our estimates with.

The stated totals differ from the sums of their own lines (C000-11), so both are here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase

from caseplane_costs.lines import Estimate, Line, total
from caseplane_costs.quantities import Range

Bounds = tuple[int, int]
CENT, TEN = Decimal("0.01"), Decimal(10)
CLOUDS = ("aws", "azure", "gcp")
EXPECTED: Mapping[str, Mapping[str, Bounds | None]] = {
    "WAF": {"aws": (20, 60), "azure": (30, 150), "gcp": (20, 120)},
    "API gateway / LB": {"aws": (20, 80), "azure": (30, 120), "gcp": (20, 100)},
    "NAT fixed": {"aws": (65, 90), "azure": (40, 120), "gcp": (30, 150)},
    "NAT data": {"aws": (10, 200), "azure": None, "gcp": None},
    "private endpoints": {"aws": (40, 120), "azure": (40, 120), "gcp": (20, 120)},
    "internet egress": {"aws": (10, 50), "azure": (10, 60), "gcp": (10, 60)},
    "Kubernetes control plane": {"aws": (73, 73), "azure": (0, 75), "gcp": (73, 73)},
    "core nodes": {"aws": (180, 350), "azure": (180, 380), "gcp": (130, 320)},
    "spot worker": {"aws": (10, 60), "azure": (10, 70), "gcp": (10, 60)},
    "node disks": {"aws": (10, 40), "azure": (10, 40), "gcp": (10, 40)},
    "Postgres HA": {"aws": (350, 900), "azure": (400, 1_000), "gcp": (350, 900)},
    "Postgres storage + backup": {"aws": (20, 80), "azure": (20, 100), "gcp": (20, 100)},
    "object storage": {"aws": (10, 30), "azure": (10, 30), "gcp": (10, 30)},
    "queue": {"aws": (2, 20), "azure": (5, 30), "gcp": (2, 20)},
    "scheduler": {"aws": (0, 10), "azure": (0, 20), "gcp": (0, 5)},
    "secrets": {"aws": (5, 20), "azure": (5, 25), "gcp": (2, 15)},
    "keys": {"aws": (1, 20), "azure": None, "gcp": None},
    "logs and metrics": {"aws": (30, 150), "azure": (30, 200), "gcp": (30, 200)},
}
"""US dollars a month, low and high; None where the source includes the line in another."""
STATED: Mapping[str, Bounds] = {"aws": (1_000, 1_400), "azure": (1_100, 1_600), "gcp": (900, 1_400)}

GROUPS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "aws": {
        "WAF": ("waf.*",),
        "API gateway / LB": ("alb.*", "edge:ipv4.hour"),
        "NAT fixed": ("nat.hour", "network:ipv4.hour"),
        "NAT data": ("nat.gb",),
        "private endpoints": ("vpce.*",),
        "internet egress": ("egress.gb", "cloudfront.*", "route53.*"),
        "Kubernetes control plane": ("eks.*",),
        "core nodes": ("ec2.*",),
        "node disks": ("ebs.*",),
        "Postgres storage + backup": ("rds.storage.*", "rds.backup"),
        "Postgres HA": ("rds.*",),
        "object storage": ("s3.*",),
        "registry": ("ecr.*",),
        "queue": ("sqs.*",),
        "secrets": ("secrets.*",),
        "keys": ("kms.*",),
        "logs and metrics": ("logs.*", "cloudwatch.*", "sns.*"),
    },
    "azure": {
        "WAF": ("frontdoor.premium",),
        "API gateway / LB": ("lb.*", "frontdoor.requests.*", "frontdoor.standard", "edge:ipv4.hour"),
        "NAT fixed": ("nat.*", "network:ipv4.hour"),
        "private endpoints": ("endpoint.*", "network:dns.zone"),
        "internet egress": ("frontdoor.gb", "edge:dns.*"),
        "Kubernetes control plane": ("aks.*",),
        "core nodes": ("vm.*",),
        "node disks": ("disk.*",),
        "Postgres storage + backup": ("postgres.storage", "postgres.backup"),
        "Postgres HA": ("postgres.*",),
        "object storage": ("blob.*",),
        "registry": ("acr.*",),
        "queue": ("servicebus.*", "eventgrid.*"),
        "secrets": ("keyvault.*",),
        "logs and metrics": ("logs.*", "alert.*", "flows.*"),
    },
    "gcp": {
        "WAF": ("armor.*",),
        "API gateway / LB": ("lb.*",),
        "NAT fixed": ("nat.*", "ipv4.*"),
        "private endpoints": ("psc.*", "network:dns.*"),
        "internet egress": ("egress.gb", "cdn.*", "edge:dns.*"),
        "Kubernetes control plane": ("gke.*",),
        "core nodes": ("gce.*",),
        "node disks": ("disk.*",),
        "Postgres storage + backup": ("sql.storage.*", "sql.backup"),
        "Postgres HA": ("sql.*",),
        "object storage": ("gcs.*",),
        "registry": ("registry.*",),
        "queue": ("pubsub.*",),
        "secrets": ("secrets.*", "kms.*"),
        "logs and metrics": ("logs.*", "alarm.*"),
    },
}
"""The source's line to patterns of our keys, with `component:` before a key that several lines share; the first match
counts."""
NOT_LISTED = ("registry",)
"""What the source's tables lack, though a platform needs it (C000-19)."""


def group_of(provider: str, component: str, sku: str) -> str:
    """The source's line that a key belongs to; empty if there is none."""
    if sku.endswith(".spot"):
        return "spot worker"
    for name, patterns in GROUPS[provider].items():
        if any(fnmatchcase(sku, each) or fnmatchcase(f"{component}:{sku}", each) for each in patterns):
            return name
    return ""


def against(estimate: Estimate) -> dict[str, Range]:
    """An estimate by the source's lines and what they lack; models are under an empty name (R000-164)."""
    return {name: total(of(estimate, name)) for name in (*EXPECTED, *NOT_LISTED, "")}


def of(estimate: Estimate, name: str) -> tuple[Line, ...]:
    """The estimate's lines that belong to one of the source's."""
    return tuple(
        each for each in estimate.lines if group_of(estimate.provider, each.component, each.sku) == name
    )


def arithmetic(estimate: Estimate, name: str) -> str:
    """The calculation of one of the source's lines: `quantity unit at price` for each SKU, and their sum.

    Prices are averages over tiers; amounts below half a cent are left out.
    """
    quantities: dict[str, Decimal] = defaultdict(Decimal)
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    units = dict[str, str]()
    for line in of(estimate, name):
        quantities[line.sku] += line.quantity.expected
        amounts[line.sku] += line.monthly.expected
        units[line.sku] = line.unit
    skus = sorted((each for each in amounts if amounts[each] >= CENT / 2), key=lambda each: -amounts[each])
    parts = [
        f"{_short(quantities[sku], 2 if quantities[sku] >= TEN else 4)} {units[sku]} at {_short(amounts[sku] / quantities[sku], 6)}"
        for sku in skus
    ]
    return f"{' + '.join(parts)} = {sum(amounts.values()):,.2f}"


def _short(number: Decimal, places: int) -> str:
    text = f"{number:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def sums(provider: str) -> Bounds:
    """The sum of the source's own lines, which differs from its stated total."""
    known = [bounds for line in EXPECTED.values() if (bounds := line[provider]) is not None]
    return sum(low for low, _ in known), sum(high for _, high in known)


def inside(bounds: Bounds, found: Range) -> bool:
    return Decimal(bounds[0]) <= found.expected <= Decimal(bounds[1])
