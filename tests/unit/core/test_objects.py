from pathlib import Path
from uuid import uuid4

import pytest

from caseplane.core.errors import NotFoundError
from caseplane.core.objects import ObjectStore, keys


class TestStoresApart:
    async def test_given_a_store_for_attachments_when_files_are_put_then_each_kind_is_in_its_own(
        self, tmp_path: Path
    ) -> None:
        store = ObjectStore(
            f"file://{tmp_path}/main", {"attachments": f"file://{tmp_path}/files", "audit": ""}
        )
        tenant = uuid4()
        attachment = keys.attachment(tenant, uuid4(), uuid4())
        pack = keys.evidence_pack(tenant, uuid4(), uuid4())

        await store.put(attachment, b"a")
        await store.put(pack, b"p")

        assert (tmp_path / "files" / attachment).read_bytes() == b"a"
        assert (tmp_path / "main" / pack).read_bytes() == b"p"
        assert await store.get(attachment) == b"a"
        assert {key async for key, _ in store.list(str(tenant))} == {attachment, pack}

    async def test_given_a_file_in_its_own_store_when_deleted_then_gone_there(self, tmp_path: Path) -> None:
        store = ObjectStore(f"file://{tmp_path}/main", {"audit": f"file://{tmp_path}/audit"})
        pack = keys.evidence_pack(uuid4(), uuid4(), uuid4())
        await store.put(pack, b"p")

        await store.delete(pack)

        assert not await store.exists(pack)
        with pytest.raises(NotFoundError):
            await store.get(pack)
