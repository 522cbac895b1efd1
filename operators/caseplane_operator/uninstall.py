"""Run before the chart is uninstalled: deletes our custom resources while the operator can still finish them.

Left behind, they would wait for ever for a finalizer that nobody is there to remove. What becomes of their data in the
platform is for each resource's `reclaimPolicy` to say. Stands alone, on the service account that the pod has.
"""

import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from caseplane_operator.names import GROUP, VERSION

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SECONDS = 240


class Cluster:
    """The API server, as a pod finds it."""

    def __init__(self, server: str, token: str, authority: str) -> None:
        self._server, self._token = server, token
        self._context = ssl.create_default_context(cafile=authority)

    @classmethod
    def of_this_pod(cls) -> "Cluster":
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        shown = f"[{host}]" if ":" in host else host
        return cls(f"https://{shown}:{port}", (ACCOUNT / "token").read_text(), str(ACCOUNT / "ca.crt"))

    def request(self, method: str, path: str) -> Any:
        """A decoded answer; None for what is not there."""
        headers = {"Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(self._server + path, method=method, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._context) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as exc:
            if exc.code == 404:
                return None
            raise


def remaining(cluster: Cluster, resource: str) -> list[tuple[str, bool]]:
    """Path of each object of a kind, and whether it is being deleted."""
    kind = f"/apis/{GROUP}/{VERSION}"
    found = cluster.request("GET", f"{kind}/{resource}") or {"items": []}
    paths = []
    for item in found["items"]:
        meta = item["metadata"]
        space = f"/namespaces/{meta['namespace']}" if meta.get("namespace") else ""
        paths.append((f"{kind}{space}/{resource}/{meta['name']}", "deletionTimestamp" in meta))
    return paths


def remove(cluster: Cluster, resource: str, *, until: float) -> list[str]:
    """Delete every object of a kind and wait for its end; returns those that are left when the time is up."""
    while objects := remaining(cluster, resource):
        for path, ending in objects:
            if not ending:
                cluster.request("DELETE", path)
        if time.monotonic() > until:
            return [path for path, _ in objects]
        time.sleep(1)
    return []


def main() -> None:
    """Delete knowledge bases, which need their tenants, and then tenants."""
    cluster, until = Cluster.of_this_pod(), time.monotonic() + SECONDS
    for resource in ("knowledgebases", "tenants"):
        left = remove(cluster, resource, until=until)
        if left:
            sys.exit(
                f"Still there after {SECONDS} s: {', '.join(left)}. `kubectl describe` says why. "
                "Uninstall again, or with --no-hooks to leave them."
            )


if __name__ == "__main__":
    main()
