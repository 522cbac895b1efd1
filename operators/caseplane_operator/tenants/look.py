"""Looks at a tenant: what is wanted, out of its resource, and what there is, in the platform and in its Secret."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from caseplane_operator.conditions import Fault
from caseplane_operator.context import Body, Memory, Operator
from caseplane_operator.crds import Connector, Metadata, TenantSpec
from caseplane_operator.faults import FaultError
from caseplane_operator.names import ROTATE_KEY
from caseplane_operator.platform import PlatformRefusedError, TenantSession
from caseplane_operator.platform_types import Tenant
from caseplane_operator.secrets import Place, StoredKey, TenantSecrets, place_of
from caseplane_operator.tenants.plan import SeenKey, SeenTenant, WantedConnector, WantedTenant


class TenantLook:
    """One resource and the means to look at what it speaks of."""

    def __init__(self, o: Operator, body: Body, meta: Metadata, spec: TenantSpec, memory: Memory) -> None:
        self.o, self.body, self.meta, self.spec, self.memory = o, body, meta, spec, memory
        self.secrets = TenantSecrets(o.kubernetes, meta)
        self.place: Place = place_of(spec, meta, default_namespace=o.settings.namespace)
        self.status: Body = dict(body.get("status") or {})
        self.stored: StoredKey | None = None
        self.tenant: Tenant | None = None

    @property
    def key_name(self) -> str:
        """By this name a key of the tenant is ours."""
        return f"Kubernetes Secret {self.place}"

    @property
    def session(self) -> TenantSession:
        """The platform under the tenant's own key."""
        assert self.stored is not None, "there is a key once the plan asks for more than a key"
        return self.o.platform.as_tenant(self.stored.key)

    async def wanted(self) -> tuple[WantedTenant, list[Fault]]:
        """What the resource asks for, and what of it cannot be known."""
        spec, faults = self.spec, []
        wanted = WantedTenant(
            slug=self.meta.name,
            display_name=(spec.display_name or self.meta.name).strip(),
            suspended=spec.suspended,
            settings={
                "limits": spec.limits.model_dump(exclude_none=True),
                "llm": _budget(spec.models.monthly_budget_usd),
                "managed_by": {"kind": "Tenant", "uid": self.meta.uid},
            },
            key_name=self.key_name,
            rotation=self.meta.annotations.get(ROTATE_KEY, ""),
            identity=None if spec.identity is None else spec.identity.model_dump(),
        )
        if spec.connector is not None:
            try:
                wanted = replace(wanted, connector=await self._connector(spec.connector))
            except FaultError as exc:
                faults.append(exc.fault)
                wanted = replace(wanted, connector_known=False)
        return wanted, faults

    async def seen(self, *, suspended: bool) -> SeenTenant:
        """What there is; under a suspended tenant no key works, so its inside is left as it is."""
        self.tenant = await self._tenant()
        self.stored = await self.secrets.read(self.place)
        if self.tenant is None or self.tenant.gone:
            return SeenTenant(tenant=self.tenant)
        asleep = suspended or self.tenant.status == "suspended"
        key = await self._key(self.stored, self.tenant, asleep=asleep)
        keys = await self.o.platform.keys(self.tenant.tenant_id) if self.memory.keys_due and key else None
        seen = SeenTenant(tenant=self.tenant, key=key, keys=None if keys is None else tuple(keys))
        return seen if asleep or key is None or not key.works else await self._inside(seen)

    async def seen_at_end(self) -> SeenTenant:
        """What matters of a tenant whose resource is being deleted."""
        known = self.status.get("tenantId")
        self.tenant = await self.o.platform.tenant(known) if known else await self._made_by_us()
        if self.tenant is None or self.tenant.gone:
            return SeenTenant(tenant=self.tenant)
        return SeenTenant(tenant=self.tenant, keys=tuple(await self.o.platform.keys(self.tenant.tenant_id)))

    async def still_there(self) -> bool:
        """Whether the platform has yet to finish erasing the tenant."""
        tenant = self.tenant and await self.o.platform.tenant(self.tenant.tenant_id)
        return tenant is not None and tenant.status != "erased"

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

    async def _tenant(self) -> Tenant | None:
        known = self.tenant.tenant_id if self.tenant else self.status.get("tenantId")
        if known:
            found = await self.o.platform.tenant(known)
            # Erased by somebody: its name is free, and the resource says that there shall be a tenant.
            if found is not None and found.status != "erased":
                return found
        return await self.o.platform.tenant_named(self.meta.name)

    async def _made_by_us(self) -> Tenant | None:
        """The tenant, where an operator made it and died before it could say so in the status."""
        found = await self.o.platform.tenant_named(self.meta.name)
        marked = (found.settings.get("managed_by") or {}) if found else {}
        return found if marked.get("uid") == self.meta.uid else None

    async def _key(self, stored: StoredKey | None, tenant: Tenant, *, asleep: bool) -> SeenKey | None:
        if stored is None:
            return None
        right = (self.meta.uid, tenant.tenant_id, self.o.settings.endpoint)
        return SeenKey(
            key_id=stored.key_id,
            rotation=stored.rotation,
            works=bool(stored.key) and (asleep or await self._works(stored.key, tenant.tenant_id)),
            complete=(stored.owned_by, stored.tenant_id, stored.url) == right,
        )

    async def _works(self, key: str, tenant_id: str) -> bool:
        """Whether a key opens this very tenant."""
        if not (key.isascii() and key.isprintable()):
            return False
        try:
            return (await self.o.platform.as_tenant(key).me()).tenant_id == tenant_id
        except PlatformRefusedError as exc:
            if exc.status == 401:
                return False
            raise

    async def _connector(self, connector: Connector) -> WantedConnector:
        secret, version = await self.secrets.offered(
            connector.secret_ref, default_namespace=self.o.settings.namespace
        )
        settings: dict[str, Any] = {
            "max_attempts": connector.max_attempts,
            "redaction": connector.redaction,
            "internal_notes": connector.internal_notes,
        }
        if connector.poll is not None:
            settings["poll_url"] = connector.poll.url
            settings["poll_interval_seconds"] = connector.poll.interval_seconds
        else:
            settings["poll_url"] = None
        return WantedConnector(
            kind=connector.kind,
            url=connector.url,
            enabled=connector.enabled,
            settings=settings,
            secret=secret,
            secret_version=version,
        )


def _budget(usd: Decimal | None) -> Body:
    return {} if usd is None else {"monthly_budget_usd": str(usd.normalize().__format__("f"))}
