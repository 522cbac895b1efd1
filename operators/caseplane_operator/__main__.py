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
from caseplane_operator.knowledge.reconcile import reconcile_knowledge_base
from caseplane_operator.kubernetes import Kubernetes, KubernetesError
from caseplane_operator.lease import Lease, LeaseLostError
from caseplane_operator.logs import configure, log
from caseplane_operator.names import API_VERSION, KNOWLEDGE_BASES, TENANTS
from caseplane_operator.platform import PlatformAdmin
from caseplane_operator.settings import OperatorSettings
from caseplane_operator.tenants.reconcile import reconcile_tenant


async def run(settings: OperatorSettings) -> None:
    """Work until told to stop.

    Raises:
        LeaseLostError: another operator may be at work by now.
    """
    seconds = settings.request_timeout.total_seconds()
    kubernetes = Kubernetes(handlers.login, timeout=seconds)
    controller = Controller(settings, {TENANTS: reconcile_tenant, KNOWLEDGE_BASES: reconcile_knowledge_base})
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
    """Watch, list and keep the lease, until one of these ends."""
    keeping = asyncio.create_task(lease.keep())  # first: kopf waits for tasks that are younger than itself
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
    """Watch until a signal says to end.

    Kopf gives up where a person might help, such as when its token is refused twice. A restarted API server refuses every token
    for a moment, so it is begun anew; whoever holds no lease any more ends elsewhere.
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
        except Exception as exc:  # noqa: BLE001 - whatever it was, the watches are needed
            log.warning("the watches ended, and are begun anew: %s: %s", type(exc).__name__, exc)
        else:
            return
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)  # kopf's is out of use
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), settings.retry.total_seconds())


async def _list(settings: OperatorSettings, kubernetes: Kubernetes, controller: Controller) -> None:
    """Find from time to time what no watch told of.

    Kopf may wait for ever on credentials when its token was refused while it was already giving up.
    """
    places = [(TENANTS, ""), *((KNOWLEDGE_BASES, namespace) for namespace in settings.namespaces or [""])]
    while True:
        await asyncio.sleep(settings.resync.total_seconds())
        try:
            for resource, namespace in places:
                for body in await kubernetes.all(resource, namespace):
                    controller.meet(resource, body)
        except KubernetesError as exc:
            log.warning("what no watch told of was not looked for: %s", exc)


async def _until_defined(kubernetes: Kubernetes) -> None:
    """Wait for the definitions: a chart may bring them at the same time as this pod."""
    told = False
    while True:
        try:
            found = await kubernetes.get(f"/apis/{API_VERSION}")
            if {r["name"] for r in (found or {}).get("resources", [])} >= {TENANTS, KNOWLEDGE_BASES}:
                return
        except KubernetesError as exc:
            log.warning("the API server is not reached: %s", exc)
        if not told:
            log.info("waiting for the definitions of %s", API_VERSION)
        told = True
        await asyncio.sleep(1)


def main() -> None:
    """Exit code 1 says that the lease was lost, 2 that a setting is missing or wrong."""
    try:
        settings = OperatorSettings()
    except ValidationError as exc:
        for error in exc.errors():
            name = "_".join(["CASEPLANE_OPERATOR", *map(str, error["loc"])]).upper()
            sys.stderr.write(f"caseplane-operator: {name}: {error['msg']}\n")
        raise SystemExit(2) from exc
    configure(settings.log_level)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until kopf takes it over
    try:
        asyncio.run(run(settings))
    except LeaseLostError as exc:
        log.error("%s", exc)
        raise SystemExit(1) from exc
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
