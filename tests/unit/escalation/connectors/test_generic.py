from collections.abc import AsyncIterator

import pytest
from tests.unit.escalation.connectors.contract import AtDesk, Bench, ConnectorContract, make_ticket
from tests.unit.escalation.connectors.faults import FaultyNetwork
from tests.unit.escalation.connectors.generic_desk import SECRET, GenericDesk

from caseplane.core.outgoing import TargetPolicy
from caseplane.escalation.connectors.generic import GENERIC
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.protocol import HookRefusedError, TicketConnector
from caseplane.escalation.schemas import TicketStatus


def make_bench(desk: GenericDesk) -> tuple[Bench, DeskHttp]:
    network = FaultyNetwork(desk)
    http = DeskHttp(TargetPolicy(), timeout=1.0, transport=network)
    url = "https://desk.example.com"
    connector = GENERIC.open(
        f"{url}/hook",
        GENERIC.credentials.load(SECRET),
        GENERIC.settings.model_validate({"poll_url": f"{url}/updates"}),
        http,
    )

    def tickets() -> list[AtDesk]:
        return [
            AtDesk(r.external_id, r.session_id, r.subject, TicketStatus(r.status), list(r.comments))
            for r in desk.records.values()
        ]

    def spoil() -> None:
        desk.updates[-1]["status"] = "asleep"

    return Bench(connector, network, tickets, desk.act, desk.sign, spoil), http


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made, http = make_bench(GenericDesk(page=3))
    yield made
    await http.close()


class TestGenericConnector(ConnectorContract):
    def test_given_the_class_then_it_is_a_connector(self, bench: Bench) -> None:
        assert isinstance(bench.connector, TicketConnector)

    async def test_given_a_desk_that_names_nothing_then_deliveries_still_arrive(self) -> None:
        bench, http = make_bench(GenericDesk(names_tickets=False))

        receipt = await bench.connector.create_ticket(make_ticket(), key="k")

        assert receipt.external_id is None
        assert len(bench.tickets()) == 1
        await http.close()

    async def test_given_another_secret_when_a_webhook_is_signed_with_it_then_refused(
        self, bench: Bench
    ) -> None:
        _, external_id = await self.create(bench)
        other = "whsec_" + "QUJD" * 10

        with pytest.raises(HookRefusedError):
            bench.connector.verify(*bench.hook(bench.act(external_id, public="Hi"), secret=other))

    async def test_given_a_handoff_when_created_then_the_complete_packet_is_sent(self) -> None:
        desk = GenericDesk()
        bench, http = make_bench(desk)
        ticket = make_ticket()

        await bench.connector.create_ticket(ticket, key="k")

        assert ticket.packet is not None
        (record,) = desk.records.values()
        assert record.handoff == ticket.packet.model_dump(mode="json")
        await http.close()
