"""Looks at a tenant: what its resource asks for, and what exists in the platform and in its Secret."""

from dataclasses import replace
from decimal import Decimal
from functools import cached_property

from caseplane_operator.conditions import Fault
from caseplane_operator.context import Body, Memory, Operator
from caseplane_operator.crds import Conversation, TenantSpec
from caseplane_operator.faults import FaultError
from caseplane_operator.names import ROTATE_KEY, TENANTS
from caseplane_operator.passes import Pass
from caseplane_operator.platform import PlatformRefusedError, TenantSession
from caseplane_operator.platform_types import Tenant
from caseplane_operator.secrets import SecretName, StoredKey, TenantSecrets, key_secret_of
from caseplane_operator.tenants.connectors import request_of
from caseplane_operator.tenants.plan import SeenKey, SeenTenant, WantedConnector, WantedTenant


class TenantLook(Pass[TenantSpec, WantedTenant, SeenTenant]):
    """The looking part of a pass over a Tenant."""

    resource, namespaced, model = TENANTS, False, TenantSpec

    def __init__(self, o: Operator, body: Body, memory: Memory) -> None:
        super().__init__(o, body, memory)
        self.secrets = TenantSecrets(o.kubernetes, self.meta)
        self.stored: StoredKey | None = None
        self._tenant: Tenant | None = None

    @property
    def tenant(self) -> Tenant | None:
        return self._tenant

    @tenant.setter
    def tenant(self, found: Tenant | None) -> None:
        self._tenant = found
        if found is not None:  # reported however the pass ends: a deletion finds the tenant by it
            self.status["tenantId"] = found.tenant_id

    @cached_property
    def key_secret(self) -> SecretName:
        """The Secret with the tenant's key."""
        return key_secret_of(self.spec, self.meta, default_namespace=self.o.settings.namespace)

    @property
    def key_name(self) -> str:
        """The name of admin keys that the operator issues for this tenant."""
        return f"Kubernetes Secret {self.key_secret}"

    @property
    def session(self) -> TenantSession:
        """The platform under the tenant's own key."""
        assert self.stored is not None, "there is a key once the plan asks for more than a key"
        return self.o.platform.as_tenant(self.stored.key)

    async def wanted(self) -> tuple[WantedTenant, list[Fault]]:
        spec, faults = self.spec, list[Fault]()
        wanted = WantedTenant(
            slug=self.meta.name,
            display_name=(spec.display_name or self.meta.name).strip(),
            suspended=spec.suspended,
            settings={
                "limits": spec.limits.model_dump(exclude_none=True),
                "llm": _budget(spec.models.monthly_budget_usd),
                "workflow": spec.workflow.model_dump(exclude_none=True),
                **conversation_setting(spec.conversation),
                "managed_by": {"kind": "Tenant", "uid": self.meta.uid},
            },
            key_name=self.key_name,
            rotation=self.meta.annotations.get(ROTATE_KEY, ""),
            identity=None if spec.identity is None else spec.identity.model_dump(),
        )
        try:
            wanted = replace(wanted, connector=await self._wanted_connector())
        except FaultError as exc:
            faults.append(exc.fault)
            wanted = replace(wanted, connector_known=False)
        return wanted, faults

    async def seen(self, wanted: WantedTenant) -> SeenTenant:
        """What exists; no key of a suspended tenant is accepted, so what is inside it is not read."""
        self.tenant = await self._find_tenant()
        self.stored = await self.secrets.read(self.key_secret)
        if self.tenant is None or self.tenant.gone:
            return SeenTenant(tenant=self.tenant)
        suspended = wanted.suspended or self.tenant.status == "suspended"
        key = await self._key(self.stored, self.tenant, suspended=suspended)
        keys = await self.o.platform.keys(self.tenant.tenant_id) if self.memory.keys_due and key else None
        seen = SeenTenant(tenant=self.tenant, key=key, keys=None if keys is None else tuple(keys))
        return seen if suspended or key is None or not key.works else await self._inside(seen)

    async def seen_at_end(self) -> SeenTenant:
        """What exists, as far as it matters when the resource is being deleted."""
        known = self.status.get("tenantId")
        self.tenant = await self.o.platform.tenant(known) if known else await self._made_by_us()
        if self.tenant is None or self.tenant.gone:
            return SeenTenant(tenant=self.tenant)
        return SeenTenant(tenant=self.tenant, keys=tuple(await self.o.platform.keys(self.tenant.tenant_id)))

    async def _inside(self, seen: SeenTenant) -> SeenTenant:
        issuer = str(self.status.get("identityIssuer") or "")
        connector = self.status.get("connector") or {}
        if self.spec.identity is not None or issuer:
            providers = tuple(await self.session.providers())
            seen = replace(seen, providers=providers, registered_issuer=issuer)
        if self.spec.connector is not None or connector:
            connectors = tuple(await self.session.connectors())
            version = str(connector.get("secretVersion") or "")
            seen = replace(seen, connectors=connectors, secret_version=version)
        return seen

    async def _find_tenant(self) -> Tenant | None:
        if known := self.status.get("tenantId"):
            found = await self.o.platform.tenant(known)
            # The name of an erased tenant is free, and the resource asks for a tenant.
            if found is not None and found.status != "erased":
                return found
        return await self.o.platform.tenant_named(self.meta.name)

    async def _made_by_us(self) -> Tenant | None:
        """The tenant, if an operator created it and crashed before its id was in the status."""
        found = await self.o.platform.tenant_named(self.meta.name)
        marked = (found.settings.get("managed_by") or {}) if found else {}
        return found if marked.get("uid") == self.meta.uid else None

    async def _key(self, stored: StoredKey | None, tenant: Tenant, *, suspended: bool) -> SeenKey | None:
        if stored is None:
            return None
        right = (self.meta.uid, tenant.tenant_id, self.o.settings.endpoint)
        return SeenKey(
            key_id=stored.key_id,
            rotation=stored.rotation,
            works=bool(stored.key) and (suspended or await self._works(stored.key, tenant.tenant_id)),
            complete=(stored.owned_by, stored.tenant_id, stored.url) == right,
        )

    async def _works(self, key: str, tenant_id: str) -> bool:
        """Whether the platform accepts a key, and for this tenant."""
        if not (key.isascii() and key.isprintable()):
            return False
        try:
            return (await self.o.platform.as_tenant(key).me()).tenant_id == tenant_id
        except PlatformRefusedError as exc:
            if exc.status == 401:
                return False
            raise

    async def _wanted_connector(self) -> WantedConnector | None:
        if self.spec.connector is None:
            return None
        wanted = request_of(self.spec.connector)
        values, version = await self.secrets.read_offered(
            SecretName(wanted.secret.namespace or self.o.settings.namespace, wanted.secret.name),
            keys=wanted.keys,
            needed=wanted.needed,
        )
        return WantedConnector(
            kind=wanted.kind,
            body=wanted.body,
            credentials={**wanted.sign_in, **values},
            secret_version=wanted.version(version),
        )


def conversation_setting(conversation: Conversation | None) -> dict[str, dict[str, object]]:
    """The setting; without the field the tenant's admins have it in their hands."""
    return {} if conversation is None else {"conversation": conversation.model_dump(exclude_none=True)}


def _budget(usd: Decimal | None) -> Body:
    return {} if usd is None else {"monthly_budget_usd": str(usd.normalize().__format__("f"))}
