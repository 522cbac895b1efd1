"""Only the operator that holds the lease works.

Two at once would do no lasting harm, because every change may be made twice, but they would issue superfluous keys. A holder
that cannot renew the lease in time ends its process, before another one may take over.
"""

import asyncio
import math
import time
from datetime import UTC, datetime
from typing import Any

from caseplane_operator import metrics
from caseplane_operator.kubernetes import ConflictError, Kubernetes, KubernetesError, Object, UnavailableError
from caseplane_operator.logs import log
from caseplane_operator.settings import OperatorSettings


class LeaseLostError(RuntimeError):
    """Another operator may be working by now."""


class Lease:
    """A `coordination.k8s.io` Lease.

    Args:
        kubernetes: the API server.
        settings: the lease's name, namespace and duration, and our own identity.
    """

    def __init__(self, kubernetes: Kubernetes, settings: OperatorSettings) -> None:
        self._kubernetes, self._settings = kubernetes, settings
        self._path = f"/apis/coordination.k8s.io/v1/namespaces/{settings.namespace}/leases"
        self._duration = settings.lease_duration.total_seconds()
        self._seen: tuple[str, float] = ("", 0.0)
        self._renewed = 0.0

    async def acquire(self) -> None:
        """Wait until the lease is ours."""
        while not await self._try():  # noqa: ASYNC110 - the event happens in another process
            await asyncio.sleep(self._duration / 5)
        metrics.LEADER.set(1)
        log.info("%s holds the lease", self._settings.identity)

    async def keep(self) -> None:
        """Renew until the process ends.

        Raises:
            LeaseLostError: another operator holds it, or it could not be renewed in time.
        """
        while True:
            await asyncio.sleep(self._duration / 5)
            if await self._try():
                continue
            if time.monotonic() - self._renewed > self._duration * 0.8:
                metrics.LEADER.set(0)
                raise LeaseLostError(f"{self._settings.identity} lost the lease.")

    async def release(self) -> None:
        """Release the lease, so that the next operator need not wait until it expires."""
        try:
            found = await self._kubernetes.get(f"{self._path}/{self._settings.lease}")
            if found and found["spec"].get("holderIdentity") == self._settings.identity:
                found["spec"]["holderIdentity"] = ""
                await self._kubernetes.replace(f"{self._path}/{self._settings.lease}", found)
        except KubernetesError:
            return  # it expires

    async def _try(self) -> bool:
        """Take or renew the lease; False if another operator holds it, or the API server does not answer."""
        started = time.monotonic()
        try:
            found = await self._kubernetes.get(f"{self._path}/{self._settings.lease}")
            if found is None:
                await self._kubernetes.create(self._path, self._body({"leaseTransitions": 0}))
            elif self._free(found["spec"]):
                changed = self._body(found["spec"])
                changed["metadata"] = found[
                    "metadata"
                ]  # with its version: of two operators, only one can take it
                await self._kubernetes.replace(f"{self._path}/{self._settings.lease}", changed)
            else:
                return False
        except (ConflictError, UnavailableError):
            return False
        except KubernetesError as exc:  # an API server that has just started forbids everything for a moment
            log.warning("the lease could not be read or renewed: %s", exc)
            return False
        self._renewed = started
        return True

    def _free(self, spec: Any) -> bool:
        """Ours, released, or not renewed for its whole duration as measured here, because clocks may differ."""
        holder = spec.get("holderIdentity")
        if holder in ("", None, self._settings.identity):
            return True
        mark = f"{holder}/{spec.get('renewTime')}"
        if mark != self._seen[0]:
            self._seen = (mark, time.monotonic())
        lasts = float(spec.get("leaseDurationSeconds") or self._duration)
        return time.monotonic() - self._seen[1] > lasts

    def _body(self, before: Any) -> Object:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        same = before.get("holderIdentity") == self._settings.identity
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self._settings.lease, "namespace": self._settings.namespace},
            "spec": {
                "holderIdentity": self._settings.identity,
                "leaseDurationSeconds": math.ceil(self._duration),
                "acquireTime": before.get("acquireTime", now) if same else now,
                "renewTime": now,
                "leaseTransitions": int(before.get("leaseTransitions") or 0) + (0 if same else 1),
            },
        }
