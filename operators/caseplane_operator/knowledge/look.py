"""Looks at a knowledge base: what its resource asks for, and what exists in the platform."""

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.context import Body, Key, Memory, Operator
from caseplane_operator.crds import KnowledgeBaseSpec, Source, TenantSpec, metadata_of, spec_of
from caseplane_operator.faults import FaultError
from caseplane_operator.knowledge.plan import SeenBase, WantedBase, overlap
from caseplane_operator.kubernetes import path_of
from caseplane_operator.names import KNOWLEDGE_BASES, SYNC_REQUESTED, TENANTS
from caseplane_operator.passes import Pass
from caseplane_operator.platform import TenantSession
from caseplane_operator.platform_types import KnowledgeBase
from caseplane_operator.secrets import TenantSecrets, key_secret_of


class KnowledgeLook(Pass[KnowledgeBaseSpec, WantedBase, SeenBase]):
    """The looking part of a pass over a KnowledgeBase."""

    resource, namespaced, model = KNOWLEDGE_BASES, True, KnowledgeBaseSpec

    def __init__(self, o: Operator, body: Body, memory: Memory) -> None:
        super().__init__(o, body, memory)
        self.made = {s["name"] for s in self.status.get("sources") or []}
        self.tenant_id = str(self.status.get("tenantId") or "")
        self.base: KnowledgeBase | None = None
        self._session: TenantSession | None = None

    @property
    def name(self) -> str:
        """The knowledge base's name in the platform, which no other resource of the cluster has."""
        return f"{self.meta.namespace}/{self.meta.name}"

    @property
    def request(self) -> str:
        """The latest request for a synchronisation."""
        return self.meta.annotations.get(SYNC_REQUESTED, "")

    @property
    def session(self) -> TenantSession:
        """The platform under the tenant's key."""
        assert self._session is not None, "`wanted` opens it first"
        return self._session

    @property
    def base_id(self) -> str:
        assert self.base is not None, "the plan creates the knowledge base before it asks for more"
        return self.base.id

    async def wanted(self) -> tuple[WantedBase, list[Fault]]:
        await self._open_session()
        conflicts = self._prefix_conflicts()
        schedule = self.spec.schedule
        wanted = WantedBase(
            name=self.name,
            description=self.spec.description,
            acl=self.spec.acl,
            sources=tuple(self.spec.sources),
            blocked=frozenset(source.name for source, _ in conflicts),
            asked=self.request not in ("", self.status.get("lastSyncRequest")),
            interval=None if schedule.suspended else schedule.interval,
            sync_timeout=self.o.settings.sync_timeout,
        )
        return wanted, [_prefix_taken(source, holder) for source, holder in conflicts]

    async def seen(self, wanted: WantedBase) -> SeenBase:
        self.base = await self._find_base()
        if self.base is None:
            return SeenBase()
        # Before the sources: an ingestion that ends in between then counts as running, not as a source never read.
        scanned = any(source.object_store for source in self.spec.sources)
        ingestions = tuple(await self.session.ingestions(self.base.id)) if scanned else ()
        return SeenBase(
            base=self.base,
            sources=tuple(await self.session.sources(self.base.id)),
            ingestions=ingestions,
            made=frozenset(self.made),
            started=frozenset(self.memory.synced),
        )

    async def _open_session(self) -> None:
        """Find the tenant and its key.

        Raises:
            FaultError: there is none that this resource may use, or it is not ready.
        """
        tenant = await self._tenant()
        meta, status, spec = metadata_of(tenant), tenant.get("status") or {}, spec_of(tenant, TenantSpec)
        if spec.suspended:
            raise _not_ready(f"Tenant {meta.name} is suspended.")
        name = key_secret_of(spec, meta, default_namespace=self.o.settings.namespace)
        stored = await TenantSecrets(self.o.kubernetes, meta).read(name) if status.get("tenantId") else None
        if stored is None or not stored.key or stored.tenant_id != status["tenantId"]:
            raise _not_ready(f"Tenant {meta.name} has no key yet; its own conditions say why.")
        self.tenant_id, self._session = stored.tenant_id, self.o.platform.as_tenant(stored.key)

    async def _tenant(self) -> Body:
        name = self.spec.tenant_ref.name
        body = self.o.cluster.body(Key(TENANTS, "", name))
        if body is None:  # the watch may not have reported it yet
            body = await self.o.kubernetes.get(path_of(TENANTS, {"name": name}))
        deleted = body is not None and metadata_of(body).deletion_timestamp
        if body is None or deleted or not spec_of(body, TenantSpec).admits(self.meta.namespace):
            # The same message for both: whoever may not use a tenant does not learn whether it exists.
            message = (
                f"No Tenant {name} admits the namespace {self.meta.namespace}. Correct spec.tenantRef, or have"
                f" {self.meta.namespace} added to the Tenant's spec.namespaces."
            )
            raise FaultError(Fault(Reason.TenantNotAvailable, message, lasting=True))
        return body

    def _prefix_conflicts(self) -> list[tuple[Source, str]]:
        """Sources whose files an older resource of the same tenant already indexes, and that resource."""
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
        mine = (self.meta.creation_timestamp, self.meta.uid)
        return admitted and (meta.creation_timestamp, meta.uid) < mine

    async def _find_base(self) -> KnowledgeBase | None:
        known = self.base.id if self.base else self.status.get("knowledgeBaseId")
        if known and self.tenant_id == self.status.get("tenantId", self.tenant_id):
            found = await self.session.base(known)
            if found is not None and found.name == self.name:
                return found
        return await self.session.base_named(self.name)


def _prefix_taken(source: Source, holder: str) -> Fault:
    files = f"files below {source.prefix}" if source.prefix else "the whole inbox"
    message = f"Source {source.name}: {holder} already indexes {files}. Choose another prefix."
    return Fault(Reason.PrefixTaken, message, lasting=True)


def _not_ready(message: str) -> FaultError:
    return FaultError(Fault(Reason.TenantNotReady, message))


def _prefixes(body: Body) -> list[str]:
    sources = body["spec"].get("sources") or []
    return [s["objectStore"].get("prefix", "") for s in sources if "objectStore" in s]
