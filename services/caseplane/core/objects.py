"""Files in an object store (S3, Azure Blob, GCS or a local folder) through `obstore`.

Every key begins with the tenant's id; only `keys` defines the layout, so a tenant's files can be
listed and erased by prefix.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from pathlib import Path
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from caseplane.core.errors import NotFoundError, UnavailableError

_PIECE = 1024 * 1024


class ObjectStoreError(UnavailableError):
    """The object store refused or did not answer; nothing was written."""

    slug, title = "object-store-unavailable", "The file store does not accept or return the file"


class keys:  # noqa: N801 - a namespace of functions, read as `keys.raw_document(…)`
    """The layout of the store."""

    @staticmethod
    def raw_document(tenant_id: UUID, source: str, document_id: UUID) -> str:
        return f"{tenant_id}/docs/raw/{source}/{document_id}"

    @staticmethod
    def document_text(tenant_id: UUID, document_id: UUID) -> str:
        return f"{tenant_id}/docs/text/{document_id}.json"

    @staticmethod
    def attachment(tenant_id: UUID, ticket_id: UUID, attachment_id: UUID) -> str:
        return f"{tenant_id}/attachments/{ticket_id}/{attachment_id}"

    @staticmethod
    def evidence_pack(tenant_id: UUID, session_id: UUID, event_id: UUID) -> str:
        return f"{tenant_id}/audit/evidence-packs/{session_id}/{event_id}.json"

    @staticmethod
    def export(tenant_id: UUID, export_id: UUID, name: str) -> str:
        return f"{tenant_id}/exports/{export_id}/{name}"

    @staticmethod
    def dataset_file(tenant_id: UUID, dataset_id: UUID, upload_id: UUID) -> str:
        return f"{tenant_id}/datasets/{dataset_id}/{upload_id}"

    @staticmethod
    def upload(tenant_id: UUID, upload_id: UUID) -> str:
        return f"{tenant_id}/uploads/{upload_id}"


def _open(url: str) -> obstore.store.ObjectStore:
    if not url.startswith("file://"):
        return from_url(url)
    path = Path(url.removeprefix("file://"))
    path.mkdir(parents=True, exist_ok=True)
    return LocalStore(prefix=path)


class ObjectStore:
    """Small files by key; a put replaces atomically, deleting a missing file succeeds.

    Args:
        url: the store of documents and uploads, and of every kind not in `separate`.
        separate: `attachments` or `audit` to the URL of its own store, so that each can have its own lifecycle;
            an empty URL means none.
    """

    def __init__(self, url: str, separate: Mapping[str, str] | None = None) -> None:
        self._main = _open(url)
        self._separate = {kind: _open(each) for kind, each in (separate or {}).items() if each}

    def _at(self, key: str) -> obstore.store.ObjectStore:
        """The store of a key `<tenant>/<kind>/…`."""
        kind = key.split("/", 2)[1] if "/" in key else ""
        return self._separate.get(kind, self._main)

    async def put(self, key: str, data: bytes) -> None:
        try:
            await obstore.put_async(self._at(key), key, data)
        except (BaseError, OSError) as exc:  # a full disk raises either
            raise ObjectStoreError(f"Writing the file failed: {_reason(exc)}.") from exc

    async def put_stream(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        """Like `put`, for a file that need not fit into memory; if the chunks break off, nothing is written."""
        try:
            await obstore.put_async(self._at(key), key, aiter(chunks))
        except (BaseError, OSError) as exc:
            raise ObjectStoreError(f"Writing the file failed: {_reason(exc)}.") from exc

    async def download(self, key: str, path: Path) -> None:
        """Write the file to a path on this machine, piece by piece."""
        try:
            found = await obstore.get_async(self._at(key), key)
            with path.open("wb") as file:
                async for chunk in found.stream(min_chunk_size=_PIECE):
                    await asyncio.to_thread(file.write, chunk)
        except FileNotFoundError as exc:
            raise NotFoundError("The stored file is gone.") from exc
        except (BaseError, OSError) as exc:
            raise ObjectStoreError(f"Reading the file failed: {_reason(exc)}.") from exc

    async def get(self, key: str) -> bytes:
        try:
            found = await obstore.get_async(self._at(key), key)
            return bytes(await found.bytes_async())
        except FileNotFoundError as exc:
            raise NotFoundError("The stored file is gone.") from exc
        except (BaseError, OSError) as exc:
            raise ObjectStoreError(f"Reading the file failed: {_reason(exc)}.") from exc

    async def exists(self, key: str) -> bool:
        try:
            await obstore.head_async(self._at(key), key)
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as exc:
            raise ObjectStoreError(f"Looking for the file failed: {_reason(exc)}.") from exc
        return True

    async def delete(self, key: str) -> None:
        try:
            await obstore.delete_async(self._at(key), key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as exc:
            raise ObjectStoreError(f"Deleting the file failed: {_reason(exc)}.") from exc

    async def list(self, prefix: str) -> AsyncIterator[tuple[str, int]]:
        """Key and size in bytes of every object under a prefix."""
        for store in (self._main, *self._separate.values()):
            stream = obstore.list(store, prefix=prefix)
            while (batch := await asyncio.to_thread(next, stream, None)) is not None:
                for meta in batch:
                    yield meta["path"], meta["size"]


def _reason(exc: BaseException) -> str:
    """The error class, without paths or addresses."""
    text = str(exc).lower()
    if "no space" in text or "os error 28" in text:
        return "no space is left on the device"
    return type(exc).__name__
