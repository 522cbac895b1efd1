"""Secrets: the one that holds a tenant's key, and those that Tenants name for their connectors.

They are read one by one, by name: the operator may neither list nor watch them.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.crds import Metadata, SecretRef, TenantSpec
from caseplane_operator.faults import FaultError
from caseplane_operator.kubernetes import Kubernetes, Object, secret_path
from caseplane_operator.names import API_VERSION, KEY_ID, MANAGER, ROTATION, TENANT_LABEL

MANAGED_BY = "app.kubernetes.io/managed-by"


@dataclass(frozen=True)
class Place:
    """Where a Secret is."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class StoredKey:
    """What a Secret of ours holds."""

    uid: str
    resource_version: str
    owned_by: str
    key_id: str
    rotation: str
    key: str = field(repr=False)
    tenant_id: str
    url: str


def place_of(spec: TenantSpec, meta: Metadata, *, default_namespace: str) -> Place:
    """Where a tenant's key goes."""
    return Place(
        spec.key_secret.namespace or default_namespace, spec.key_secret.name or f"tenant-{meta.name}"
    )


class TenantSecrets:
    """The Secrets of one tenant.

    Args:
        kubernetes: where they are.
        tenant: the Tenant's metadata; it becomes the owner of what is made here.
    """

    def __init__(self, kubernetes: Kubernetes, tenant: Metadata) -> None:
        self._kubernetes, self._tenant = kubernetes, tenant

    async def read(self, place: Place) -> StoredKey | None:
        """What is stored there.

        Raises:
            FaultError: somebody else's Secret has the name.
        """
        found = await self._kubernetes.get(secret_path(place.namespace, place.name))
        if found is None:
            return None
        meta = found["metadata"]
        labels = meta.get("labels") or {}
        if labels.get(MANAGED_BY) != MANAGER or labels.get(TENANT_LABEL) != self._tenant.name:
            message = f"Secret {place} is not this tenant's. Delete it, or choose another spec.keySecret."
            raise FaultError(Fault(Reason.KeySecretTaken, message, lasting=True))
        notes, owners = meta.get("annotations") or {}, meta.get("ownerReferences") or []
        return StoredKey(
            uid=meta["uid"],
            resource_version=meta["resourceVersion"],
            owned_by=owners[0].get("uid", "") if owners else "",
            key_id=notes.get(KEY_ID, ""),
            rotation=notes.get(ROTATION, ""),
            key=_text(found, "api-key") or "",
            tenant_id=_text(found, "tenant-id") or "",
            url=_text(found, "url") or "",
        )

    async def write(
        self,
        place: Place,
        stored: StoredKey | None,
        *,
        key: str,
        key_id: str,
        rotation: str,
        tenant_id: str,
        url: str,
    ) -> None:
        """Make or replace the Secret; raises `ConflictError` if it is not as it was read."""
        data = {"api-key": key, "tenant-id": tenant_id, "url": url}
        body: Object = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": self._metadata(place, {KEY_ID: key_id, ROTATION: rotation}),
            "data": {name: base64.b64encode(value.encode()).decode() for name, value in data.items()},
        }
        if stored is None:
            await self._kubernetes.create(secret_path(place.namespace), body)
            return
        body["metadata"]["resourceVersion"] = stored.resource_version
        await self._kubernetes.replace(secret_path(place.namespace, place.name), body)

    async def delete(self, place: Place) -> None:
        """Delete the Secret, if it is there and ours."""
        try:
            stored = await self.read(place)
        except FaultError:
            return
        if stored is not None:
            await self._kubernetes.delete(secret_path(place.namespace, place.name), uid=stored.uid)

    async def offered(self, ref: SecretRef, *, default_namespace: str) -> tuple[str, str]:
        """What somebody put into a Secret for this tenant, and the version of it.

        Raises:
            FaultError: there is nothing, or it was not meant for this tenant.
        """
        place = Place(ref.namespace or default_namespace, ref.name)
        found = await self._kubernetes.get(secret_path(place.namespace, place.name))
        if found is None:
            raise _missing(f"There is no Secret {place}; make it with the key {ref.key}.")
        meta = found["metadata"]
        if (meta.get("labels") or {}).get(TENANT_LABEL) != self._tenant.name:
            label = f"{TENANT_LABEL}={self._tenant.name}"
            message = f"Secret {place} is not offered to this tenant; label it {label} if it may be used."
            raise FaultError(Fault(Reason.ConnectorSecretNotOffered, message, lasting=True))
        value = _text(found, ref.key)
        if not value:
            raise _missing(f"Secret {place} has no text under the key {ref.key}.")
        return value, f"{meta['uid']}/{meta['resourceVersion']}"

    def _metadata(self, place: Place, notes: dict[str, str]) -> Object:
        return {
            "namespace": place.namespace,
            "name": place.name,
            "labels": {MANAGED_BY: MANAGER, TENANT_LABEL: self._tenant.name},
            "annotations": notes,
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
