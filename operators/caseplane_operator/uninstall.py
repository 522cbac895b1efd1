"""Runs before the chart is uninstalled: deletes our custom resources while the operator can still finalise them.

Without the operator their finalizers would never be removed. The `reclaimPolicy` of each resource decides what happens to its
data in the platform. This program uses nothing but the pod's service account.
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

from caseplane_operator.names import GROUP, KNOWLEDGE_BASES, TENANTS, VERSION

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SECONDS = 240


class Cluster:
    """The API server, reached from a pod."""

    def __init__(self, server: str, token: str, authority: str) -> None:
        self._server, self._token = server, token
        self._context = ssl.create_default_context(cafile=authority)

    @classmethod
    def of_this_pod(cls) -> "Cluster":
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        shown = f"[{host}]" if ":" in host else host
        return cls(f"https://{shown}:{port}", (ACCOUNT / "token").read_text(), str(ACCOUNT / "ca.crt"))

    def request(self, method: str, path: str) -> Any:
        """The decoded answer; None if the object does not exist."""
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
    """The path of each object of a kind, and whether it is being deleted."""
    kind = f"/apis/{GROUP}/{VERSION}"
    found = cluster.request("GET", f"{kind}/{resource}") or {"items": []}
    paths = []
    for item in found["items"]:
        meta = item["metadata"]
        space = f"/namespaces/{meta['namespace']}" if meta.get("namespace") else ""
        paths.append((f"{kind}{space}/{resource}/{meta['name']}", "deletionTimestamp" in meta))
    return paths


def remove(cluster: Cluster, resource: str, *, until: float) -> list[str]:
    """Delete every object of a kind and wait until it is gone; returns the paths that are left at `until`."""
    while objects := remaining(cluster, resource):
        for path, ending in objects:
            if not ending:
                cluster.request("DELETE", path)
        if time.monotonic() > until:
            return [path for path, _ in objects]
        time.sleep(1)
    return []


def main() -> None:
    """Delete knowledge bases first, because they need their tenants."""
    cluster, until = Cluster.of_this_pod(), time.monotonic() + SECONDS
    for resource in (KNOWLEDGE_BASES, TENANTS):
        left = remove(cluster, resource, until=until)
        if left:
            sys.exit(
                f"Not deleted after {SECONDS} s: {', '.join(left)}. `kubectl describe` shows why. "
                "Uninstall again, or use --no-hooks to leave them."
            )


if __name__ == "__main__":
    main()
