"""The operator with many resources: time to Ready, memory, requests, and its cost when nothing changes.

`python -m tests.benchmarks.bench_operator --tenants 500 --knowledge-bases 1000` starts a real API server, a real platform
and an operator with the chart's grants and its own default times, applies everything at once, and prints figures as JSON.
"""

import argparse
import itertools
import json
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from tests.cluster.control_plane import ControlPlane
from tests.cluster.operating import Operating, knowledge_base, operate, tenant
from tests.cluster.processes import free_port
from tests.e2e.conftest import Server

ROOT = "/apis/caseplane.dev/v1alpha1"
SETTINGS = {"CASEPLANE_GATEWAY_KEY_REQUESTS_PER_MINUTE": "1000000", "CASEPLANE_GATEWAY_KEY_BURST": "100000"}
# The defaults of an installation; the tests use shorter times.
TIMES = {
    "RESYNC": "PT10M",
    "SETTLE": "PT2S",
    "PATIENCE": "PT30S",
    "RETRY": "PT1S",
    "RETRY_CAP": "PT1M",
    "KEY_GRACE": "PT5M",
    "LEASE_DURATION": "PT15S",
    "REQUEST_TIMEOUT": "PT20S",
}
COUNTERS = {
    "kubernetes": "caseplane_operator_kubernetes_requests_total",
    "platform": "caseplane_operator_platform_requests_total",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=500)
    parser.add_argument("--knowledge-bases", type=int, default=1000)
    # A whole resync with its jitter: a shorter time would not include its cost.
    parser.add_argument("--idle", type=float, default=660, help="seconds to watch when all is done")
    parser.add_argument("--within", type=float, default=1800, help="seconds after which it is given up")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="caseplane-"))
    platform = Server(folder / "data", dict(SETTINGS), port=free_port())
    with ControlPlane() as cluster:
        try:
            world = operate(cluster, platform.start(), **TIMES)
            figures = measure(
                world, asked.tenants, asked.knowledge_bases, idle=asked.idle, within=asked.within
            )
            print(json.dumps(figures, indent=2))  # noqa: T201 - the figures are the output
            world.stop()
        finally:
            if platform.process is not None:
                platform.stop()
            shutil.rmtree(folder, ignore_errors=True)


def measure(world: Operating, tenants: int, bases: int, *, idle: float, within: float) -> dict[str, Any]:
    """Apply everything, wait until all is Ready, then measure while nothing changes."""
    names = [f"tenant-{n:04}" for n in range(tenants)]
    bodies = [tenant(name, namespaces=[world.namespace]) for name in names]
    owners = itertools.islice(itertools.cycle(names), bases)
    bodies += [
        knowledge_base(f"kb-{n:04}", owner, {"name": "up", "upload": {}}) for n, owner in enumerate(owners)
    ]
    before = memory_mib(world)
    started = time.monotonic()
    with world.cluster.http() as cluster, ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda body: apply(cluster, world.namespace, body), bodies))
        applied = time.monotonic() - started
        done = wait_until_synced(cluster, {"tenants": tenants, "knowledgebases": bases}, within=within)
    while world.metric("caseplane_operator_queue"):
        time.sleep(1)
    time.sleep(5)
    total = {name: world.metric(counter) for name, counter in COUNTERS.items()}
    quiet = idle_cost(world, idle)
    return {
        "tenants": tenants,
        "knowledge_bases": bases,
        "seconds_to_apply": round(applied, 1),
        "seconds_to_all_synced": {kind: round(at - started, 1) for kind, at in done.items()},
        "memory_mib": {"before": before, "after": memory_mib(world), "peak": peak_mib(world)},
        "requests_per_resource": {k: round(v / max(1, tenants + bases), 2) for k, v in total.items()},
        "idle": quiet,
    }


def apply(cluster: httpx.Client, namespace: str, body: dict[str, Any]) -> None:
    plural = {"Tenant": "tenants", "KnowledgeBase": f"namespaces/{namespace}/knowledgebases"}[body["kind"]]
    cluster.post(f"{ROOT}/{plural}", json=body, timeout=60).raise_for_status()


def wait_until_synced(cluster: httpx.Client, expected: dict[str, int], *, within: float) -> dict[str, float]:
    """The time at which the last of each kind was Synced."""
    deadline = time.monotonic() + within
    done: dict[str, float] = {}
    while expected.keys() - done.keys():
        for kind in expected.keys() - done.keys():
            items = cluster.get(f"{ROOT}/{kind}", timeout=60).raise_for_status().json()["items"]
            if sum(map(synced, items)) == expected[kind]:
                done[kind] = time.monotonic()
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not all were synced: {done}")
        time.sleep(1)
    return done


def synced(body: dict[str, Any]) -> bool:
    conditions = body.get("status", {}).get("conditions", [])
    return any(c["type"] == "Synced" and c["status"] == "True" for c in conditions)


def idle_cost(world: Operating, seconds: float) -> dict[str, float]:
    """Processor time of the operator and its requests by recipient, per minute in which nothing changes."""
    before = {name: world.metric(counter) for name, counter in COUNTERS.items()}
    cpu = cpu_seconds(world)
    time.sleep(seconds)
    spent = {"cpu_seconds": cpu_seconds(world) - cpu}
    spent |= {f"{name}_requests": world.metric(COUNTERS[name]) - was for name, was in before.items()}
    return {f"{name}_per_minute": round(value * 60 / seconds, 2) for name, value in spent.items()}


def cpu_seconds(world: Operating) -> float:
    return world.metric("process_cpu_seconds_total")


def memory_mib(world: Operating) -> int:
    return round(world.metric("process_resident_memory_bytes") / 2**20)


def peak_mib(world: Operating) -> int:
    """The operator's peak memory."""
    assert world.process is not None
    lines = Path(f"/proc/{world.process.pid}/status").read_text().splitlines()
    (kib,) = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return round(int(kib) / 1024)


if __name__ == "__main__":
    main()
