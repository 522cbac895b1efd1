"""A pass over a KnowledgeBase."""

from collections.abc import Sequence

from caseplane_operator.actions import Action
from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.context import Body
from caseplane_operator.knowledge.look import KnowledgeLook
from caseplane_operator.knowledge.plan import (
    AddBase,
    AddSource,
    PatchBase,
    PatchSource,
    RemoveBase,
    RemoveSource,
    SeenBase,
    StartSync,
    WantedBase,
    plan,
    taken,
)
from caseplane_operator.knowledge.report import report
from caseplane_operator.passes import Report


class KnowledgeBasePass(KnowledgeLook):
    """A whole pass over a KnowledgeBase."""

    def plan(self, wanted: WantedBase, seen: SeenBase) -> Sequence[Action]:
        return plan(wanted, seen, now=self.o.now())

    async def act(self, action: Action) -> None:
        match action:
            case AddBase(body):
                self.base = await self.session.add_base(body)
            case PatchBase(change, version):
                await self.session.patch_base(self.base_id, change, version=version)
            case AddSource(name, body):
                self.made.add(name)  # before: it may be made although its answer is lost
                await self.session.add_source(self.base_id, body)
            case PatchSource(source_id, change):
                await self.session.patch_source(self.base_id, source_id, change)
            case RemoveSource(source_id):
                await self.session.remove_source(self.base_id, source_id)
            case StartSync(source_id, asked):
                await self.session.sync(self.base_id, source_id)
                if asked:
                    self.memory.synced.add(source_id)
            case RemoveBase(tenant_id, name):
                # Not with the tenant's key: its Tenant may be gone, suspended, or no longer admit this namespace.
                await self.o.platform.remove_base(tenant_id, name)

    async def report(
        self, wanted: WantedBase, seen: SeenBase, *, faults: Sequence[Fault], done: bool
    ) -> Report:
        return await report(self, wanted, seen, done=done)

    def announce(self, wanted: WantedBase, actions: Sequence[Action]) -> None:
        new = {action.name for action in actions if isinstance(action, AddSource)}
        if any(isinstance(action, AddBase) for action in actions):
            self.status["tenantId"] = self.tenant_id  # where it is deleted from, even without its Tenant
            new = {source.name for source in wanted.sources} - wanted.blocked  # the next round adds them
        if new - self.made:
            entries = [{"name": name, "state": "Waiting"} for name in sorted(new - self.made)]
            self.made |= new
            self.status["sources"] = [*(self.status.get("sources") or []), *entries]

    async def last_actions(self, *, delete: bool) -> Sequence[Action]:
        made = bool(self.tenant_id)  # announced before anything is made
        return [RemoveBase(self.tenant_id, self.name)] if delete and made else []

    def conflicts(self, wanted: WantedBase, seen: SeenBase) -> list[Fault]:
        message = "Source {} exists with another kind, and the operator did not make it. Rename this one."
        names = taken(wanted, seen)
        return [Fault(Reason.SourceTaken, message.format(name), lasting=True) for name in names]

    def published(self, status: Body) -> None:
        """Forget which sources were synchronised on request, once the status says that the request is served."""
        if status.get("lastSyncRequest", "") == self.request:
            self.memory.synced.clear()
