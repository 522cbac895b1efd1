"""Looks at a knowledge base: what is wanted, out of its resource, and what there is in the platform."""

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.context import Body, Key, Memory, Operator
from caseplane_operator.crds import KnowledgeBaseSpec, Metadata, Source, TenantSpec, metadata_of, spec_of
from caseplane_operator.faults import FaultError
from caseplane_operator.knowledge.plan import SeenBase, WantedBase, overlap
from caseplane_operator.kubernetes import path_of
from caseplane_operator.names import KNOWLEDGE_BASES, SYNC_REQUESTED, TENANTS
from caseplane_operator.platform import TenantSession
from caseplane_operator.platform_types import KnowledgeBase
from caseplane_operator.secrets import TenantSecrets, place_of


class BaseLook:
    """One resource and the means to look at what it speaks of."""

    def __init__(
        self, o: Operator, body: Body, meta: Metadata, spec: KnowledgeBaseSpec, memory: Memory
    ) -> None:
        self.o, self.body, self.meta, self.spec, self.memory = o, body, meta, spec, memory
        self.status: Body = dict(body.get("status") or {})
        self.made = {s["name"] for s in self.status.get("sources") or []}
        self.session: TenantSession | None = None
        self.tenant_id = str(self.status.get("tenantId") or "")
        self.base: KnowledgeBase | None = None

    @property
    def name(self) -> str:
        """The knowledge base's name in the platform: no two resources can want the same."""
        return f"{self.meta.namespace}/{self.meta.name}"

    @property
    def request(self) -> str:
        return self.meta.annotations.get(SYNC_REQUESTED, "")

    @property
    def at(self) -> TenantSession:
        assert self.session is not None, "a pass enters the tenant first"
        return self.session

    async def enter(self) -> None:
        """Find the tenant and its key.

        Raises:
            FaultError: there is none that this resource may use, or it is not ready.
        """
        tenant = await self._tenant()
        meta, status = metadata_of(tenant), tenant.get("status") or {}
        spec = spec_of(tenant, TenantSpec)
        if spec.suspended:
            raise _not_ready(f"Tenant {meta.name} is suspended.")
        place = place_of(spec, meta, default_namespace=self.o.settings.namespace)
        stored = await TenantSecrets(self.o.kubernetes, meta).read(place) if status.get("tenantId") else None
        if stored is None or not stored.key or stored.tenant_id != status["tenantId"]:
            raise _not_ready(f"Tenant {meta.name} has no key yet; its own conditions say why.")
        self.tenant_id, self.session = stored.tenant_id, self.o.platform.as_tenant(stored.key)

    async def _tenant(self) -> Body:
        name = self.spec.tenant_ref.name
        body = self.o.cluster.body(Key(TENANTS, "", name))
        if body is None:  # perhaps the watch has not told of it yet
            body = await self.o.kubernetes.get(path_of(TENANTS, {"name": name}))
        deleted = body is not None and metadata_of(body).deletion_timestamp
        if body is None or deleted or not spec_of(body, TenantSpec).admits(self.meta.namespace):
            # Whether there is such a tenant is not told to who may not use it.
            message = (
                f"There is no Tenant {name} that admits the namespace {self.meta.namespace}. Correct spec.tenantRef,"
                f" or have {self.meta.namespace} added to the Tenant's spec.namespaces."
            )
            raise FaultError(Fault(Reason.TenantNotAvailable, message, lasting=True))
        return body

    def wanted(self) -> tuple[WantedBase, list[Fault]]:
        """What the resource asks for, and what of it cannot be."""
        blocked, faults = frozenset[str](), []
        for source, holder in self._conflicts():
            blocked |= {source.name}
            message = (
                f"Source {source.name}: {holder} already indexes files below {source.prefix or 'the whole inbox'}."
                " Choose another prefix."
            )
            faults.append(Fault(Reason.PrefixTaken, message, lasting=True))
        schedule = self.spec.schedule
        asked = self.request not in ("", self.status.get("lastSyncRequest"))
        wanted = WantedBase(
            name=self.name,
            description=self.spec.description,
            acl=self.spec.acl,
            sources=tuple(self.spec.sources),
            blocked=blocked,
            asked=asked,
            interval=None if schedule.suspended else schedule.interval,
            patience=self.o.settings.sync_timeout,
        )
        return wanted, faults

    def _conflicts(self) -> list[tuple[Source, str]]:
        """Sources whose files an older resource of the same tenant indexes already."""
        older = [other for other in self.o.cluster.bodies(KNOWLEDGE_BASES) if self._comes_after(other)]
        return [
            (mine, f"KnowledgeBase {other['metadata']['namespace']}/{other['metadata']['name']}")
            for mine in self.spec.sources
            if mine.object_store
            for other in older
            if any(overlap(mine.prefix, theirs) for theirs in _prefixes(other))
        ]

    def _comes_after(self, other: Body) -> bool:
        meta = metadata_of(other)
        if other["spec"]["tenantRef"]["name"] != self.spec.tenant_ref.name or meta.deletion_timestamp:
            return False
        tenant = self.o.cluster.body(Key(TENANTS, "", self.spec.tenant_ref.name))
        admitted = tenant is not None and spec_of(tenant, TenantSpec).admits(meta.namespace)
        return admitted and (meta.creation_timestamp, meta.uid) < (
            self.meta.creation_timestamp,
            self.meta.uid,
        )

    async def seen(self) -> SeenBase:
        """What there is in the platform."""
        self.base = await self.find_base()
        if self.base is None:
            return SeenBase()
        # Before the sources: an ingestion that ends in between is seen under way, not as a source that nobody reads.
        scanned = any(source.object_store for source in self.spec.sources)
        ingestions = tuple(await self.at.ingestions(self.base.id)) if scanned else ()
        return SeenBase(
            base=self.base,
            sources=tuple(await self.at.sources(self.base.id)),
            ingestions=ingestions,
            made=frozenset(self.made),
            started=frozenset(self.memory.synced),
        )

    async def find_base(self) -> KnowledgeBase | None:
        known = self.base.id if self.base else self.status.get("knowledgeBaseId")
        if known and self.tenant_id == self.status.get("tenantId", self.tenant_id):
            found = await self.at.base(known)
            if found is not None and found.name == self.name:
                return found
        return await self.at.base_named(self.name)


def _not_ready(message: str) -> FaultError:
    return FaultError(Fault(Reason.TenantNotReady, message))


def _prefixes(body: Body) -> list[str]:
    sources = body["spec"].get("sources") or []
    return [s["objectStore"].get("prefix", "") for s in sources if "objectStore" in s]
