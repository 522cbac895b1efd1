"""Reads bills from FOCUS 1.x exports of any cloud and size, CSV or Parquet, and groups their charges.

DuckDB reads the files as a stream and spills to disk above its memory limit, so five million rows need no more memory
than one. Rows that are equal in every column are one charge that was delivered twice, and count once.

Source: FinOps Open Cost and Usage Specification, versions 1.0 to 1.3. Providers write tags in three ways (JSON text,
a map, a list of keys and values), and 1.3 renames `ProviderName`; all of them are read.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from caseplane_costs.bills import Bill, Charge
from caseplane_costs.catalog import CURRENCY
from caseplane_costs.errors import CostError

NEEDED = (
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargePeriodStart",  # without it, hours of one resource would look like one charge delivered twice
    "ChargePeriodEnd",
    "ChargeCategory",
    "ServiceName",
    "Tags",
)
OPTIONAL = {
    "ChargeClass": "VARCHAR",
    "RegionId": "VARCHAR",
    "SkuId": "VARCHAR",
    "PricingUnit": "VARCHAR",
    "PricingQuantity": "DECIMAL(38,9)",
}
PROVIDER = ("ProviderName", "ServiceProviderName", "PublisherName")
CATEGORIES = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
MEMORY = "512MB"


class FocusError(CostError):
    """A file is not a usable FOCUS export; the message names the file, the error and what to do."""


def read(paths: Sequence[Path]) -> Bill:
    """Read exports of one or several clouds.

    Args:
        paths: files (`.csv`, `.csv.gz`, `.parquet`, in any case), or folders with such files at any depth.

    Raises:
        FocusError: there is no file, a column is missing, a value is invalid, or charges are not in the catalog's
            currency.
    """
    files = list(_files(paths))
    with TemporaryDirectory(prefix="caseplane-focus-") as spill, duckdb.connect() as db:
        db.execute(f"SET memory_limit = '{MEMORY}'")
        db.execute("SET temp_directory = ?", [spill])
        db.execute("SET preserve_insertion_order = false")
        db.execute("SET threads = 2")
        db.execute("SET enable_progress_bar = false")  # it would be part of what a script reads
        try:
            selects = [_select(db, file, number) for number, file in enumerate(files)]
            db.execute(f"CREATE TEMP TABLE charges AS {_deduplicated(selects)}")
        except duckdb.Error as exc:
            raise FocusError(f"{', '.join(map(str, files))}: {_first_line(exc)}") from exc
        _check(db, files)
        return _bill(db, files)


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    found = False
    for path in paths:
        # AWS delivers into a folder of its own for each month: BILLING_PERIOD=2026-10/.
        inside = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        for file in inside:
            if file.name.lower().endswith((".csv", ".csv.gz", ".parquet")):
                found = True
                yield file
            elif not path.is_dir():
                raise FocusError(f"{file}: must be a .csv, .csv.gz or .parquet file.")
    if not found:
        raise FocusError(
            "There is no FOCUS export: name .csv, .csv.gz or .parquet files, or a folder of them."
        )


def _source(file: Path) -> str:
    quoted = str(file).replace("'", "''")
    if file.suffix.lower() == ".parquet":
        return f"read_parquet('{quoted}')"
    # Every column as text, because DuckDB would guess a type for a column that is empty in the first thousand rows.
    # The specification's own samples write NULL for an empty value.
    packed = "gzip" if file.suffix.lower() == ".gz" else "none"
    return f"read_csv('{quoted}', compression = '{packed}', all_varchar = true, header = true, nullstr = ['', 'NULL'])"


def _select(db: duckdb.DuckDBPyConnection, file: Path, number: int) -> str:
    """The needed columns in one form, with a fingerprint of the whole row."""
    source = _source(file)
    described = db.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608 - a quoted path
    columns = {name.lower(): kind for name, kind, *_ in described}
    missing = [name for name in NEEDED if name.lower() not in columns]
    provider = next((name for name in PROVIDER if name.lower() in columns), None)
    if provider is None:
        missing.append(PROVIDER[0])
    if missing:
        raise FocusError(
            f"{file}: lacks the columns {', '.join(missing)}. Export FOCUS 1.0 or newer with all its columns."
        )
    optional = [
        f"CAST({name} AS {kind}) AS {name}" if name.lower() in columns else f"CAST(NULL AS {kind}) AS {name}"
        for name, kind in OPTIONAL.items()
    ]
    return f"""
        SELECT {number} AS file, hash(t) AS fingerprint,
            CAST(BilledCost AS DECIMAL(38,12)) AS billed, CAST(EffectiveCost AS DECIMAL(38,12)) AS effective,
            BillingCurrency AS currency, CAST(CAST(BillingPeriodStart AS TIMESTAMP) AS DATE) AS month,
            CAST(ChargePeriodEnd AS TIMESTAMP) AS ended, ChargeCategory AS category, {provider} AS provider, ServiceName AS service,
            {_tags(columns["tags"])} AS tags, {", ".join(optional)}
        FROM {source} AS t"""  # noqa: S608 - identifiers of this file, and quoted paths


def _tags(kind: str) -> str:
    """Tags as JSON, from each of the forms in which they are stored."""
    if kind.startswith("MAP"):
        return "to_json(Tags)"
    if kind.startswith("STRUCT") and kind.endswith("[]"):
        # Google repeats a key for each level that sets it, the resource's own first; a map must have it once.
        first = "lambda x, i: list_position(list_transform(Tags, lambda y: y.key), x.key) = i"
        once = f"list_filter(Tags, {first})"
        keys, values = (f"list_transform({once}, lambda x: x.{part})" for part in ("key", "value"))
        return f"to_json(map({keys}, {values}))"
    return "TRY_CAST(Tags AS JSON)"


def _tag(name: str) -> str:
    """A tag's value under any provider's name for it: AWS adds a prefix, Google writes it in lower case."""
    spellings = (name, name.lower(), f"user:{name}", f"user_{name.lower()}")
    found = ", ".join(f"""json_extract_string(tags, '$."{each}"')""" for each in spellings)
    return f"coalesce({found}, '')"


def _deduplicated(selects: Iterable[str]) -> str:
    """Each charge once, with the number of times that it was delivered."""
    kept = (
        "billed", "effective", "currency", "month", "ended", "category", "provider", "service", "tags",
        *OPTIONAL,
    )  # fmt: skip
    columns = ", ".join(f"any_value({name}) AS {name}" for name in kept)
    everything = " UNION ALL ".join(selects)
    return f"""
        SELECT count(*) AS copies, min(file) AS first_file, max(file) AS last_file, {columns}
        FROM ({everything}) GROUP BY fingerprint"""  # noqa: S608 - identifiers of this file


def _check(db: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Refuse rows that would make sums meaningless."""
    names = ", ".join(map(str, files))
    others = db.execute(
        "SELECT DISTINCT currency FROM charges WHERE currency IS DISTINCT FROM ?", [CURRENCY]
    ).fetchall()
    if others:
        found = ", ".join(str(each or "none") for (each,) in others)
        raise FocusError(
            f"{names}: charges are in {found}, but prices are in {CURRENCY}. Export in {CURRENCY}."
        )
    unknown = db.execute(
        "SELECT DISTINCT category FROM charges WHERE category IS NULL OR category NOT IN (SELECT unnest(?))",
        [list(CATEGORIES)],
    ).fetchall()
    if unknown:
        raise FocusError(
            f"{names}: ChargeCategory is {unknown[0][0]!r}; must be one of {', '.join(CATEGORIES)}."
        )
    incomplete = db.execute(
        "SELECT count(*) FROM charges WHERE billed IS NULL OR effective IS NULL OR month IS NULL"
    ).fetchone()
    if incomplete and incomplete[0]:
        raise FocusError(f"{names}: rows without a cost or a billing period: {incomplete[0]}.")


def _bill(db: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> Bill:
    key = """month, coalesce(provider, ''), coalesce(service, ''), coalesce(RegionId, ''), coalesce(SkuId, ''),
        coalesce(PricingUnit, '')"""
    tags = ", ".join(_tag(name) for name in ("Prefix", "Environment", "Component", "Tenant"))
    grouped = db.execute(f"""
        SELECT {key}, {tags}, category, coalesce(ChargeClass = 'Correction', false),
            coalesce(sum(PricingQuantity), 0), sum(billed), sum(effective), CAST(max(ended) AS DATE)
        FROM charges GROUP BY ALL ORDER BY ALL""").fetchall()  # noqa: S608 - identifiers of this file
    counted = db.execute(
        "SELECT coalesce(sum(copies), 0), coalesce(sum(copies - 1), 0) FROM charges"
    ).fetchone()
    assert counted is not None
    return Bill(
        currency=CURRENCY,
        charges=tuple(_charge(row) for row in grouped),
        rows=int(counted[0]),
        duplicates=int(counted[1]),
        overlaps=tuple(_overlaps(db, files)),
    )


def _charge(row: Sequence[object]) -> Charge:
    names = (
        "month", "provider", "service", "region", "sku", "unit", "prefix", "environment", "component", "tenant",
        "category", "correction", "quantity", "billed", "effective", "last_day",
    )  # fmt: skip
    return Charge(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]


def _overlaps(db: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> Iterable[str]:
    """Months in several files: equal rows count once, but a restated month would count twice."""
    months = db.execute("""
        SELECT month, list_sort(list_distinct(list(file))) FROM (
            SELECT month, unnest([first_file, last_file]) AS file FROM charges) GROUP BY month ORDER BY month""").fetchall()
    for month, numbers in months:
        if len(numbers) > 1:
            yield f"{month:%Y-%m} is in {', '.join(files[number].name for number in numbers)}"


def _first_line(exc: Exception) -> str:
    return str(exc).strip().splitlines()[0]
