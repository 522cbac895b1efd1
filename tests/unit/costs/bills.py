"""Makes FOCUS exports in each provider's form."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb

TAGS = {"Prefix": "gc-tkt-prod", "Environment": "prod", "Component": "database", "Tenant": "shared"}
ROW: dict[str, Any] = {
    "BilledCost": "1.5",
    "EffectiveCost": "1.25",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargePeriodStart": "2026-10-01T00:00:00Z",
    "ChargePeriodEnd": "2026-11-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ProviderName": "AWS",
    "ServiceName": "Amazon Relational Database Service",
    "RegionId": "us-east-1",
    "SkuId": "ABC",
    "PricingUnit": "Hrs",
    "PricingQuantity": "730",
    "ResourceId": "r-1",
    "Tags": json.dumps({f"user:{key}": value for key, value in TAGS.items()}),
}


def row(**changes: Any) -> dict[str, Any]:
    return {**ROW, **changes}


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, *, tags: str, provider: str, column: str = "ProviderName") -> Path:
    """One row with real types; `tags` is SQL of the provider's form."""
    with duckdb.connect() as db:
        db.execute(f"""
            COPY (SELECT 1.5::DECIMAL(18, 6) AS BilledCost, 1.25::DOUBLE AS EffectiveCost, 'USD' AS BillingCurrency,
                TIMESTAMP '2026-10-01' AS BillingPeriodStart, TIMESTAMP '2026-10-01' AS ChargePeriodStart,
                TIMESTAMP '2026-11-01' AS ChargePeriodEnd, 'Usage' AS ChargeCategory, 'A service' AS ServiceName,
                '{provider}' AS {column}, {tags} AS Tags) TO '{path}' (FORMAT parquet)""")
    return path
