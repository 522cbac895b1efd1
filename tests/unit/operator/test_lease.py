"""The lease while the API server refuses requests: kept if possible, and never past its time."""

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest

from caseplane_operator.kubernetes import ForbiddenError, Kubernetes, KubernetesError, Object
from caseplane_operator.lease import Lease, LeaseLostError
from caseplane_operator.settings import OperatorSettings

DURATION = timedelta(seconds=0.5)


class Store:
    """An API server with one lease, or with an error."""

    def __init__(self) -> None:
        self.stored: Object | None = None
        self.error: KubernetesError | None = None
        self.renewals = 0

    async def get(self, _: str) -> Object | None:
        if self.error is not None:
            raise self.error
        return self.stored

    async def create(self, _: str, body: Object) -> Object:
        self.stored = body
        return body

    async def replace(self, _: str, body: Object) -> Object:
        self.stored, self.renewals = body, self.renewals + 1
        return body


def lease(store: Store) -> Lease:
    settings = OperatorSettings(
        gateway_url="http://gateway", platform_admin_key=cast("Any", "cpp_x"), lease_duration=DURATION
    )
    return Lease(cast("Kubernetes", store), settings)


class TestKeep:
    async def test_given_a_moment_of_refusal_when_it_is_over_then_the_lease_is_kept(self) -> None:
        store = Store()
        held = lease(store)
        await held.acquire()
        store.error = ForbiddenError("leases is forbidden.")
        keeping = asyncio.create_task(held.keep())

        await asyncio.sleep(DURATION.total_seconds() / 4)
        store.error = None
        await asyncio.sleep(DURATION.total_seconds() * 2)

        assert not keeping.done()
        assert store.renewals > 1
        keeping.cancel()

    async def test_given_lasting_refusal_when_the_time_is_over_then_the_lease_is_lost(self) -> None:
        store = Store()
        held = lease(store)
        await held.acquire()
        store.error = ForbiddenError("leases is forbidden.")

        with pytest.raises(LeaseLostError):
            await asyncio.wait_for(held.keep(), 5)


class TestRelease:
    async def test_given_a_holder_when_it_ends_then_the_lease_is_free(self) -> None:
        store = Store()
        held = lease(store)
        await held.acquire()

        await held.release()

        assert store.stored is not None
        assert store.stored["spec"]["holderIdentity"] == ""
