"""What kopf does for the operator: it logs in, watches, and hands every event to the controller.

Its change detection is not used: it would write annotations to resources that belong to users, and a lost event would be a lost
change. The controller compares the wanted state with the actual one instead.
"""

from typing import Any

import kopf

from caseplane_operator.controller import Controller
from caseplane_operator.names import GROUP, VERSION


async def login() -> kopf.ConnectionInfo:
    """The pod's service account, or without one, a developer's kubeconfig."""
    settings = kopf.OperatorSettings()
    found = kopf.login_with_service_account(settings=settings) or kopf.login_with_kubeconfig(
        settings=settings
    )
    if found is None:
        raise kopf.LoginError("Neither a service account nor a kubeconfig was found to log in with.")
    return found


def registry(controller: Controller) -> kopf.OperatorRegistry:
    made = kopf.OperatorRegistry()

    @kopf.on.startup(registry=made)
    async def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.posting.enabled = False  # the operator posts its own events
        settings.scanning.disabled = True  # saves the right to list definitions and namespaces
        settings.watching.connect_timeout = 10
        # How long a watch waits after an error. Each wait is short, because a resource made meanwhile is seen only after
        # it; after the last one, kopf ends and is started again.
        settings.networking.error_backoffs = (1, 1, 2, 3, *[5] * 100)

    @kopf.on.cleanup(registry=made)
    async def stop(**_: Any) -> None:
        await controller.stop()  # kopf would wait five seconds for the loops to end

    @kopf.on.login(registry=made)
    async def authenticate(**_: Any) -> kopf.ConnectionInfo:
        return await login()

    for resource in controller.resources:
        _watch(made, controller, resource)
    return made


def _watch(registry: kopf.OperatorRegistry, controller: Controller, resource: str) -> None:
    @kopf.on.event(GROUP, VERSION, resource, registry=registry, id=resource)
    async def observe(event: Any, **_: Any) -> None:
        controller.observe(resource, event["type"], event["object"])
