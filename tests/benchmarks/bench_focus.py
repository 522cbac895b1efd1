# ruff: noqa: T201 - it prints what it measured
"""Bills of millions of rows: seconds and peak memory to read a FOCUS export, its sum checked to the last digit.

The rows are written as a stream, so writing them needs no memory either: a thousand resources, an hour each, of four
components and twenty tenants; one row in a thousand is delivered twice.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

HEADER = (
    "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,"
    "ChargeCategory,ChargeClass,ProviderName,ServiceName,RegionId,SkuId,PricingUnit,PricingQuantity,ResourceId,Tags"
)
COMPONENTS = ("database", "cluster", "network", "objects")
RESOURCES, TWICE_EVERY = 1_000, 1_000
MEBI = 1 << 20


def rows(count: int) -> Iterator[str]:
    """CSV lines of `count` rows, the doubled ones among them."""
    number = 0
    while number < count:
        line = _line(number)
        yield line
        if number % TWICE_EVERY == 1 and number + 1 < count:
            yield line
            number += 1
        number += 1


def _line(number: int) -> str:
    which, hour = number % RESOURCES, number // RESOURCES
    day, of_day = 1 + hour // 24 % 28, hour % 24
    began, ended = f"2026-10-{day:02}T{of_day:02}:00:00Z", f"2026-10-{day:02}T{of_day:02}:59:59Z"
    tags = (
        f'"{{""user:Prefix"":""gc-tkt-prod"",""user:Environment"":""prod"",'
        f'""user:Component"":""{COMPONENTS[which % 4]}"",""user:Tenant"":""tenant-{which % 20:02}""}}"'
    )
    # The calendar above maps several months onto one, so the resource distinguishes them.
    return (
        f"0.{number % 1_000_000:06},0.{number % 1_000_000:06},USD,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,"
        f"{began},{ended},Usage,,AWS,Amazon Elastic Compute Cloud,us-east-1,SKU{which % 50},Hrs,1,"
        f"i-{which}-{hour},{tags}\n"
    )


def write(path: Path, count: int) -> Decimal:
    """Write an export of `count` rows; returns the sum that a reader must find."""
    total, before = 0, ""
    with path.open("w") as file:
        file.write(f"{HEADER}\n")
        for line in rows(count):
            file.write(line)
            if line != before:
                total += int(line[2:8])
            before = line
    return Decimal(total) / 1_000_000


READ = """
import json, sys, time
from pathlib import Path
from caseplane_costs.focus import read
def peak():  # of this program alone: `ru_maxrss` begins with the peak of the process that started it
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
before = peak()
began = time.perf_counter()
bill = read([Path(sys.argv[1])])
print(json.dumps({
    "seconds": time.perf_counter() - began, "rows": bill.rows, "duplicates": bill.duplicates,
    "charges": len(bill.charges), "billed": str(sum(each.billed for each in bill.charges)),
    "peak_mib": peak() / 1024, "before_mib": before / 1024}))
"""


def measure(path: Path) -> dict[str, float | int | str]:
    """Read an export in a new process; returns seconds, peak resident memory and the sums found."""
    found = subprocess.run(
        [sys.executable, "-c", READ, str(path)], check=True, capture_output=True, text=True
    )
    values: dict[str, float | int | str] = json.loads(found.stdout)
    return values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="caseplane-focus-") as folder:
        path = Path(folder) / "focus.csv"
        began = time.perf_counter()
        wanted = write(path, count)
        wrote, size = time.perf_counter() - began, path.stat().st_size
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"written: {count:,} rows, {size / MEBI:,.0f} MiB, {wrote:.0f} s, peak {own:.0f} MiB")
        found = measure(path)
    assert Decimal(str(found["billed"])) == wanted, f"{found['billed']} was read, {wanted} was written"
    print(
        f"read: {found['rows']:,} rows ({found['duplicates']:,} twice) in {found['seconds']:.1f} s,"
        f" peak {found['peak_mib']:.0f} MiB ({found['before_mib']:.0f} before), {found['charges']:,} charges"
    )


if __name__ == "__main__":
    main()
