import pytest

from caseplane.core.ids import new_id
from caseplane.escalation.connectors.sealing import SecretBox, SecretUnreadableError

SERVICE_SECRET = "x" * 32


class TestSecretBox:
    def test_given_a_sealed_secret_then_it_opens_only_at_its_place_and_with_its_key(self) -> None:
        box, tenant, connection = SecretBox(SERVICE_SECRET), new_id(), new_id()

        sealed = box.seal("whsec_abc", tenant_id=tenant, connection_id=connection)

        assert b"abc" not in sealed
        assert box.open(sealed, tenant_id=tenant, connection_id=connection) == "whsec_abc"
        for other_box, other_tenant, other_connection, data in (
            (SecretBox("y" * 32), tenant, connection, sealed),
            (box, new_id(), connection, sealed),
            (box, tenant, new_id(), sealed),
            (box, tenant, connection, sealed[:-1] + bytes([sealed[-1] ^ 1])),
            (box, tenant, connection, b""),
            (box, tenant, connection, b"\x02" + sealed[1:]),
        ):
            with pytest.raises(SecretUnreadableError):
                other_box.open(data, tenant_id=other_tenant, connection_id=other_connection)

    def test_given_the_same_secret_twice_then_it_looks_different(self) -> None:
        box, tenant, connection = SecretBox(SERVICE_SECRET), new_id(), new_id()

        sealed = {box.seal("s", tenant_id=tenant, connection_id=connection) for _ in range(3)}

        assert len(sealed) == 3
