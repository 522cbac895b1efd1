"""A pass over a Tenant."""

from collections.abc import Sequence

from caseplane_operator.actions import Action
from caseplane_operator.conditions import Fault, Reason, is_true
from caseplane_operator.context import Body
from caseplane_operator.names import KNOWLEDGE_BASES
from caseplane_operator.passes import Pass, Report
from caseplane_operator.tenants.act import act
from caseplane_operator.tenants.look import TenantLook
from caseplane_operator.tenants.plan import (
    AddConnector,
    AddProvider,
    SeenTenant,
    WantedTenant,
    plan,
    plan_end,
)
from caseplane_operator.tenants.report import report


class TenantPass(TenantLook):
    """A whole pass over a Tenant."""

    unknown_with = Pass.unknown_with | {Reason.CredentialRefused}

    def plan(self, wanted: WantedTenant, seen: SeenTenant) -> Sequence[Action]:
        return plan(wanted, seen, now=self.o.now(), grace=self.o.settings.key_grace)

    async def act(self, action: Action) -> None:
        await act(self, action)

    async def report(
        self, wanted: WantedTenant, seen: SeenTenant, *, faults: Sequence[Fault], done: bool
    ) -> Report:
        return await report(self, wanted, seen, faults=faults, done=done)

    def announce(self, wanted: WantedTenant, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case AddProvider(body):
                    self.status["identityIssuer"] = body["issuer"]
                case AddConnector():
                    self.status["connector"] = {"secretVersion": ""}

    async def last_actions(self, *, delete: bool) -> Sequence[Action]:
        self.memory.keys_due = True
        return plan_end(await self.seen_at_end(), erase=delete, key_name=self.key_name)

    async def ended(self, *, delete: bool) -> bool:
        if not delete or self.tenant is None:
            return True
        tenant = await self.o.platform.tenant(self.tenant.tenant_id)
        return tenant is None or tenant.status == "erased"

    def published(self, status: Body) -> None:
        """Wake the knowledge bases that may have waited for this tenant."""
        self.o.cluster.wake(
            KNOWLEDGE_BASES,
            lambda each: (
                each["spec"]["tenantRef"]["name"] == self.meta.name
                and not is_true(each.get("status"), "Ready")
            ),
        )
