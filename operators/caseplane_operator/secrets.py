"""Secrets: the one that holds a tenant's key, and those that Tenants name for their connectors.

They are read one by one, by name: the operator may neither list nor watch them.
"""

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.crds import Metadata, TenantSpec
from caseplane_operator.faults import FaultError
from caseplane_operator.kubernetes import Kubernetes, Object, secret_path
from caseplane_operator.names import API_VERSION, KEY_ID, MANAGER, ROTATION, TENANT_LABEL

MANAGED_BY = "app.kubernetes.io/managed-by"


@dataclass(frozen=True)
class SecretName:
    """Namespace and name of a Secret."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class KeyData:
    """What a Secret of ours says of a tenant's key."""

    key: str = field(repr=False)
    key_id: str
    rotation: str
    tenant_id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class StoredKey(KeyData):
    """The same as it was read, with what identifies the version read."""

    uid: str
    resource_version: str
    owned_by: str


def key_secret_of(spec: TenantSpec, meta: Metadata, *, default_namespace: str) -> SecretName:
    """The Secret for a tenant's key."""
    wanted = spec.key_secret
    return SecretName(wanted.namespace or default_namespace, wanted.name or f"tenant-{meta.name}")


class TenantSecrets:
    """The Secrets of one tenant.

    Args:
        kubernetes: the API server.
        tenant: the Tenant's metadata; it owns the Secrets made here.
    """

    def __init__(self, kubernetes: Kubernetes, tenant: Metadata) -> None:
        self._kubernetes, self._tenant = kubernetes, tenant

    async def read(self, name: SecretName) -> StoredKey | None:
        """What is stored there.

        Raises:
            FaultError: another owner's Secret has the name.
        """
        found = await self._kubernetes.get(secret_path(name.namespace, name.name))
        if found is None:
            return None
        meta = found["metadata"]
        labels = meta.get("labels") or {}
        if labels.get(MANAGED_BY) != MANAGER or labels.get(TENANT_LABEL) != self._tenant.name:
            message = f"Secret {name} is not this tenant's. Delete it, or choose another spec.keySecret."
            raise FaultError(Fault(Reason.KeySecretTaken, message, lasting=True))
        annotations, owners = meta.get("annotations") or {}, meta.get("ownerReferences") or []
        return StoredKey(
            uid=meta["uid"],
            resource_version=meta["resourceVersion"],
            owned_by=owners[0].get("uid", "") if owners else "",
            key_id=annotations.get(KEY_ID, ""),
            rotation=annotations.get(ROTATION, ""),
            key=_text(found, "api-key") or "",
            tenant_id=_text(found, "tenant-id") or "",
            url=_text(found, "url") or "",
        )

    async def write(self, name: SecretName, stored: StoredKey | None, new: KeyData) -> None:
        """Create or replace the Secret; raises `ConflictError` if it changed since it was read."""
        data = {"api-key": new.key, "tenant-id": new.tenant_id, "url": new.url}
        body: Object = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": self._metadata(name, {KEY_ID: new.key_id, ROTATION: new.rotation}),
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
        }
        if stored is None:
            await self._kubernetes.create(secret_path(name.namespace), body)
            return
        body["metadata"]["resourceVersion"] = stored.resource_version
        await self._kubernetes.replace(secret_path(name.namespace, name.name), body)

    async def delete(self, name: SecretName) -> None:
        """Delete the Secret, if it exists and is ours."""
        try:
            stored = await self.read(name)
        except FaultError:
            return
        if stored is not None:
            await self._kubernetes.delete(secret_path(name.namespace, name.name), uid=stored.uid)

    async def read_offered(
        self, name: SecretName, *, keys: Mapping[str, str], needed: Collection[str]
    ) -> tuple[dict[str, str], str]:
        """Values of a Secret that its owner offers to this tenant by a label, and the Secret's version.

        Args:
            name: of the Secret.
            keys: the key of each value, by the value's name.
            needed: names of values that must be there.

        Raises:
            FaultError: the Secret is missing, lacks a key, or is not offered to this tenant.
        """
        found = await self._kubernetes.get(secret_path(name.namespace, name.name))
        if found is None:
            wanted = " and ".join(keys[each] for each in sorted(needed))
            raise _missing(f"Secret {name} does not exist. Create it with the key {wanted}.")
        meta = found["metadata"]
        if (meta.get("labels") or {}).get(TENANT_LABEL) != self._tenant.name:
            label = f"{TENANT_LABEL}={self._tenant.name}"
            message = f"Secret {name} is not offered to this tenant. Label it {label} to offer it."
            raise FaultError(Fault(Reason.ConnectorSecretNotOffered, message, lasting=True))
        values = {each: text for each, key in keys.items() if (text := _text(found, key))}
        for each in sorted(needed):
            if each not in values:
                raise _missing(f"Secret {name} has no text under the key {keys[each]}.")
        return values, f"{meta['uid']}/{meta['resourceVersion']}"

    def _metadata(self, name: SecretName, annotations: dict[str, str]) -> Object:
        return {
            "namespace": name.namespace,
            "name": name.name,
            "labels": {MANAGED_BY: MANAGER, TENANT_LABEL: self._tenant.name},
            "annotations": annotations,
            "ownerReferences": [
                {
                    "apiVersion": API_VERSION,
                    "kind": "Tenant",
                    "name": self._tenant.name,
                    "uid": self._tenant.uid,
                    "controller": True,
                }
            ],
        }


def _missing(message: str) -> FaultError:
    return FaultError(Fault(Reason.ConnectorSecretMissing, message, lasting=True))


def _text(secret: Any, key: str) -> str | None:
    try:
        return base64.b64decode((secret.get("data") or {}).get(key, ""), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
