"""Runs the operator: `python -m caseplane_operator`."""

import asyncio
import contextlib
import signal
import sys

import aiohttp
import kopf
from pydantic import ValidationError

from caseplane_operator import handlers, web
from caseplane_operator.context import Operator
from caseplane_operator.controller import Controller
from caseplane_operator.knowledge.reconcile import KnowledgeBasePass
from caseplane_operator.kubernetes import Kubernetes, KubernetesError
from caseplane_operator.lease import Lease, LeaseLostError
from caseplane_operator.logs import configure, log
from caseplane_operator.names import API_VERSION
from caseplane_operator.platform import PlatformAdmin
from caseplane_operator.settings import OperatorSettings
from caseplane_operator.tenants.reconcile import TenantPass

KINDS = (TenantPass, KnowledgeBasePass)


async def run(settings: OperatorSettings) -> None:
    """Reconcile until a signal stops the process.

    Raises:
        LeaseLostError: another operator may be working by now.
    """
    seconds = settings.request_timeout.total_seconds()
    kubernetes = Kubernetes(handlers.login, timeout=seconds)
    controller = Controller(settings, {kind.resource: kind.reconcile for kind in KINDS})
    lease = Lease(kubernetes, settings)
    leading = False
    http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds))
    try:
        async with web.serving(settings.port, ready=lambda: leading):
            await _until_defined(kubernetes)
            await lease.acquire()
            leading = True
            platform = PlatformAdmin(
                http, settings.gateway_url, settings.platform_admin_key.get_secret_value()
            )
            controller.start(Operator(settings, kubernetes, platform, controller, platform.clock.now))
            await _work(settings, kubernetes, controller, lease)
    finally:
        await controller.stop()
        await lease.release()
        await kubernetes.close()
        await http.close()


async def _work(
    settings: OperatorSettings, kubernetes: Kubernetes, controller: Controller, lease: Lease
) -> None:
    """Watch, list and renew the lease, until one of these ends."""
    keeping = asyncio.create_task(lease.keep())  # before kopf, which waits for every task started after it
    listing = asyncio.create_task(_list(settings, kubernetes, controller))
    watching = asyncio.create_task(_watch(settings, controller))
    tasks = {watching, listing, keeping}
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


async def _watch(settings: OperatorSettings, controller: Controller) -> None:
    """Watch until a signal stops it.

    Kopf ends where it assumes that a person must act, such as when its token is refused twice. But a restarted API server
    refuses every token for a moment, so kopf is started again. A lost lease ends the process elsewhere.
    """
    stopped = asyncio.Event()
    while not stopped.is_set():
        try:
            await kopf.operator(
                registry=handlers.registry(controller),
                standalone=True,
                clusterwide=not settings.namespaces,
                namespaces=settings.namespaces,
            )
        except Exception as exc:  # noqa: BLE001 - whatever happened, the watches are needed
            log.warning("the watches ended and are started again: %s: %s", type(exc).__name__, exc)
        else:
            return
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)  # kopf removed its own
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), settings.retry.total_seconds())


async def _list(settings: OperatorSettings, kubernetes: Kubernetes, controller: Controller) -> None:
    """List all resources at each resync, to find those that no watch has reported.

    Kopf may wait for credentials for ever when its token is refused while it is already ending.
    """
    namespaces = settings.namespaces or [""]
    places = [(kind, space) for kind in KINDS for space in (namespaces if kind.namespaced else [""])]
    while True:
        await asyncio.sleep(settings.resync.total_seconds())
        try:
            for kind, namespace in places:
                for body in await kubernetes.all(kind.resource, namespace):
                    controller.observe_listed(kind.resource, body)
        except KubernetesError as exc:
            log.warning("the resources could not be listed: %s", exc)


async def _until_defined(kubernetes: Kubernetes) -> None:
    """Wait for the definitions, which the chart may apply at the same time as this pod."""
    logged = False
    while True:
        try:
            found = await kubernetes.get(f"/apis/{API_VERSION}")
            served = {each["name"] for each in (found or {}).get("resources", [])}
            if served >= {kind.resource for kind in KINDS}:
                return
        except KubernetesError as exc:
            log.warning("the API server cannot be reached: %s", exc)
        if not logged:
            log.info("waiting for the definitions of %s", API_VERSION)
        logged = True
        await asyncio.sleep(1)


def main() -> None:
    """Exit code 1: the lease was lost. Exit code 2: a setting is missing or invalid."""
    try:
        settings = OperatorSettings()
    except ValidationError as exc:
        for error in exc.errors():
            name = "_".join(["CASEPLANE_OPERATOR", *map(str, error["loc"])]).upper()
            sys.stderr.write(f"caseplane-operator: {name}: {error['msg']}\n")
        raise SystemExit(2) from exc
    configure(settings.log_level)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until kopf installs its own
    try:
        asyncio.run(run(settings))
    except LeaseLostError as exc:
        log.error("%s", exc)
        raise SystemExit(1) from exc
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
