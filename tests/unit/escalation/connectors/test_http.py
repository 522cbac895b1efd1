from collections.abc import Sequence

import httpx
import pytest

from caseplane.core.outgoing import GuardedTransport, TargetPolicy, TargetRefusedError
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.protocol import DeskRefusedError, DeskUnavailableError


class Wire(httpx.AsyncBaseTransport):
    """Records the address that a request goes to."""

    def __init__(self, answer: httpx.Response | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self.answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer or httpx.Response(200, text="ok")


def make_http(*addresses: str, policy: TargetPolicy | None = None, wire: Wire) -> DeskHttp:
    policy = policy or TargetPolicy()

    async def resolver(host: str, port: int) -> Sequence[str]:
        return addresses

    return DeskHttp(
        policy, transport=GuardedTransport(policy, inner=wire, resolver=resolver), answer_limit=1000
    )


class TestGuardedTransport:
    async def test_given_a_public_name_then_the_very_address_that_was_checked_is_called(self) -> None:
        wire = Wire()
        http = make_http("93.184.216.34", wire=wire)

        answer = await http.call("POST", "https://desk.example.com/hook", content=b"x")

        (request,) = wire.requests
        assert answer.text == "ok"
        assert request.url.host == "93.184.216.34"
        assert request.headers["host"] == "desk.example.com"
        assert request.extensions["sni_hostname"] == "desk.example.com"
        await http.close()

    @pytest.mark.parametrize(
        "addresses",
        [
            ["127.0.0.1"],
            ["10.0.0.8"],
            ["169.254.169.254"],
            ["::1"],
            ["fe80::1%eth0"],
            ["fd00::1"],
            ["::ffff:192.168.1.1"],
            ["2002:7f00:1::"],
            ["0.0.0.0"],
            ["224.0.0.1"],
            ["100.64.0.1"],
            ["93.184.216.34", "10.0.0.8"],
        ],
    )
    async def test_given_a_name_that_leads_inside_then_nothing_is_sent(self, addresses: list[str]) -> None:
        wire = Wire()
        http = make_http(*addresses, wire=wire)

        with pytest.raises(DeskRefusedError, match="public"):
            await http.call("GET", "https://desk.example.com/")

        assert wire.requests == []
        await http.close()

    async def test_given_private_targets_are_allowed_then_called(self) -> None:
        wire = Wire()
        policy = TargetPolicy(allow_http=True, allow_private=True)
        http = make_http("10.0.0.8", policy=policy, wire=wire)

        await http.call("GET", "http://desk.internal/")

        assert len(wire.requests) == 1
        await http.close()

    async def test_given_a_redirect_inside_then_it_is_not_followed(self) -> None:
        wire = Wire(httpx.Response(302, headers={"location": "http://169.254.169.254/"}))
        http = make_http("93.184.216.34", wire=wire)

        answer = await http.call("GET", "https://desk.example.com/")

        assert (answer.status_code, len(wire.requests)) == (302, 1)
        await http.close()

    async def test_given_an_endless_answer_then_cut_off(self) -> None:
        http = make_http("93.184.216.34", wire=Wire(httpx.Response(200, content=b"x" * 5000)))

        with pytest.raises(DeskUnavailableError, match="too large"):
            await http.call("GET", "https://desk.example.com/")
        await http.close()

    async def test_given_a_name_without_address_then_waiting_is_advised(self) -> None:
        http = make_http(wire=Wire())

        with pytest.raises(DeskUnavailableError):
            await http.call("GET", "https://desk.example.com/")
        await http.close()


class TestTargetPolicy:
    def test_given_http_is_not_allowed_then_the_setting_is_named(self) -> None:
        with pytest.raises(TargetRefusedError, match="CASEPLANE_ESCALATION_ALLOW_HTTP"):
            TargetPolicy().check_url("http://desk.example.com/")
