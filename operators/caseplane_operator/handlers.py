"""What kopf is told: how to log in, and what to do with what it sees. Nothing is decided here.

Only watch events are asked of kopf. Its change detection would write annotations to resources that belong to others, and
would make of a lost event a lost change; the controller compares what is with what shall be instead.
"""

from typing import Any

import kopf

from caseplane_operator.controller import Controller
from caseplane_operator.names import GROUP, KNOWLEDGE_BASES, TENANTS, VERSION


async def login() -> kopf.ConnectionInfo:
    """Credentials: of the pod's service account, or else of the developer's kubeconfig."""
    settings = kopf.OperatorSettings()
    found = kopf.login_with_service_account(settings=settings) or kopf.login_with_kubeconfig(
        settings=settings
    )
    if found is None:
        raise kopf.LoginError("There is neither a service account nor a kubeconfig to log in with.")
    return found


def registry(controller: Controller) -> kopf.OperatorRegistry:
    """The handlers, bound to a controller."""
    made = kopf.OperatorRegistry()

    @kopf.on.startup(registry=made)
    async def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.posting.enabled = False  # events are the controller's own
        settings.scanning.disabled = True  # no right to list definitions and namespaces is needed
        settings.watching.connect_timeout = 10
        # Only watches wait by these. A resource that is made meanwhile is not seen before the wait is over, so none is
        # long; when all are used up, the process may end and be started again.
        settings.networking.error_backoffs = (1, 1, 2, 3, *[5] * 100)

    @kopf.on.cleanup(registry=made)
    async def stop(**_: Any) -> None:
        await controller.stop()  # kopf would wait five seconds for the loops to end by themselves

    @kopf.on.login(registry=made)
    async def authenticate(**_: Any) -> kopf.ConnectionInfo:
        return await login()

    @kopf.on.event(GROUP, VERSION, TENANTS, registry=made)
    async def tenant(event: Any, **_: Any) -> None:
        controller.see(TENANTS, event["type"], event["object"])

    @kopf.on.event(GROUP, VERSION, KNOWLEDGE_BASES, registry=made)
    async def knowledge_base(event: Any, **_: Any) -> None:
        controller.see(KNOWLEDGE_BASES, event["type"], event["object"])

    return made
