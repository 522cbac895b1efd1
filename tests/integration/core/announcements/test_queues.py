"""Each cloud's queue receives, keeps and finishes messages as the port specifies."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from tests.integration.amazon import Amazon, amazon
from tests.integration.core.announcements.vendors import (
    FakePubSub,
    FakeQueue,
    FakeServiceBus,
    good_token,
)
from tests.integration.core.fake_openai import Request
from tests.integration.core.signatures import SECRET, signed_by_botocore

from caseplane.core.announcements import AnnouncementQueue, ChangedObject, QueueError, changed_objects
from caseplane.core.announcements.pubsub import PubSubQueue
from caseplane.core.announcements.service_bus import ServiceBusQueue
from caseplane.core.announcements.sqs import SqsQueue
from caseplane.core.cloud_auth import Bearer, CloudIdentityError, Signed, google_token


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with amazon() as found:
        yield found


@pytest.fixture
async def sqs(aws: Amazon) -> AsyncIterator[SqsQueue]:
    queue = SqsQueue(aws.queue, Signed("sqs", "us-east-1"))
    yield queue
    await queue.aclose()


class TestSqs:
    async def test_given_files_when_put_and_deleted_then_both_are_announced_once(
        self, aws: Amazon, sqs: SqsQueue
    ) -> None:
        aws.s3.put_object(Bucket="docs", Key="t/inbox/old.md", Body=b"x")
        await sqs.finish(await sqs.receive())  # with what S3 sends when the notification is set up
        aws.s3.put_object(Bucket="docs", Key="t/inbox/a b+ü.md", Body=b"x")
        aws.s3.delete_object(Bucket="docs", Key="t/inbox/old.md")

        messages = await sqs.receive()
        await sqs.finish(messages)

        changed = [each for message in messages for each in changed_objects(message)]
        assert sorted(changed) == [
            ChangedObject("docs", "t/inbox/a b+ü.md"),
            ChangedObject("docs", "t/inbox/old.md"),
        ]
        assert (aws.visible(), aws.held()) == (0, 0)

    async def test_given_more_than_fit_when_received_and_finished_together_then_all_are_gone(
        self, aws: Amazon, sqs: SqsQueue
    ) -> None:
        for number in range(24):
            aws.s3.put_object(Bucket="docs", Key=f"t/inbox/{number}", Body=b"x")

        messages = [each for _ in range(3) for each in await sqs.receive()]
        await sqs.finish(messages)

        assert len(messages) == 25
        assert (aws.visible(), aws.held()) == (0, 0)

    async def test_given_a_message_that_is_not_finished_when_received_again_and_again_then_it_is_a_dead_letter(
        self, aws: Amazon, sqs: SqsQueue
    ) -> None:
        await sqs.finish(await sqs.receive())
        aws.sqs.send_message(QueueUrl=aws.queue, MessageBody="not an announcement")

        for _ in range(5):
            (message,) = await sqs.receive()
            aws.sqs.change_message_visibility(
                QueueUrl=aws.queue, ReceiptHandle=message.handle, VisibilityTimeout=0
            )
        aws.sqs.receive_message(QueueUrl=aws.queue)

        assert aws.visible(aws.dead) == 1

    async def test_given_a_queue_that_is_gone_when_read_then_the_reason_is_named(
        self, aws: Amazon, sqs: SqsQueue
    ) -> None:
        aws.sqs.delete_queue(QueueUrl=aws.queue)

        with pytest.raises(QueueError, match=r"refused with 400.*QueueDoesNotExist"):
            await sqs.receive()


class TestFakedQueues:
    @pytest.fixture(params=["service_bus", "pubsub"])
    def fake(self, request: pytest.FixtureRequest) -> FakeQueue:
        return FakeServiceBus() if request.param == "service_bus" else FakePubSub()

    @pytest.fixture
    async def queue(self, fake: FakeQueue) -> AsyncIterator[AnnouncementQueue]:
        queue = opened(fake, Bearer(good_token))
        yield queue
        await queue.aclose()

    async def test_given_messages_when_received_and_finished_then_they_are_gone_and_nothing_else_is(
        self, fake: FakeQueue, queue: AnnouncementQueue
    ) -> None:
        for number in range(3):
            fake.put({"n": number}, bucketId="docs", objectId=f"k{number}")

        first, second, third = await queue.receive()
        await queue.finish([first, third])
        fake.let_locks_run_out()

        assert [each.body for each in await queue.receive()] == [second.body]
        assert await queue.receive() == []

    async def test_given_no_messages_when_received_then_none(self, queue: AnnouncementQueue) -> None:
        assert await queue.receive() == []

    async def test_given_a_lock_that_has_run_out_when_finished_then_nothing_fails(
        self, fake: FakeQueue, queue: AnnouncementQueue
    ) -> None:
        fake.put({"n": 1})
        (late,) = await queue.receive()
        fake.let_locks_run_out()
        (again,) = await queue.receive()

        await queue.finish([late])

        assert len(fake.waiting) == 1
        await queue.finish([again])
        assert fake.waiting == []

    async def test_given_a_message_that_is_never_finished_when_received_six_times_then_it_is_a_dead_letter(
        self, fake: FakeQueue, queue: AnnouncementQueue
    ) -> None:
        fake.put(b"not an announcement")

        counts = []
        for _ in range(6):
            counts.append(len(await queue.receive()))
            fake.let_locks_run_out()

        assert counts == [1, 1, 1, 1, 1, 0]
        assert [each.body for each in fake.dead] == [b"not an announcement"]

    @pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
    async def test_given_a_refusal_when_asked_then_an_error_says_so(
        self, fake: FakeQueue, queue: AnnouncementQueue, status: int
    ) -> None:
        fake.down = status

        with pytest.raises(QueueError, match=f"refused with {status}: away"):
            await queue.receive()

    async def test_given_an_invalid_token_when_asked_then_refused(self, fake: FakeQueue) -> None:
        async def bad() -> str:
            return "bad"

        queue = opened(fake, Bearer(bad))
        with pytest.raises(QueueError, match="401"):
            await queue.receive()
        await queue.aclose()


def opened(fake: FakeQueue, auth: httpx.Auth) -> AnnouncementQueue:
    if isinstance(fake, FakeServiceBus):
        return ServiceBusQueue("https://sb.servicebus.windows.net/jobs", auth, fake.transport())
    return PubSubQueue("projects/p/subscriptions/jobs", auth, fake.transport())


class TestNoServer:
    async def test_given_no_server_when_asked_then_an_error_says_so(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        queue = SqsQueue("http://127.0.0.1:1/123456789012/jobs", Signed("sqs", "us-east-1"))

        with pytest.raises(QueueError, match="did not answer: ConnectError"):
            await queue.receive()
        await queue.aclose()


class TestSigned:
    async def test_given_a_request_when_signed_then_aws_would_accept_it_and_not_another_body(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        judged: list[bool] = []

        def judge(request: httpx.Request) -> httpx.Response:
            path = request.url.raw_path.decode()
            for body in (request.content, b"{}"):
                arrived = Request(request.method, path, dict(request.headers), body)
                judged.append(signed_by_botocore(arrived, service="sqs"))
            return httpx.Response(200, json={})

        queue = SqsQueue(
            "http://sqs.example/123456789012/jobs", Signed("sqs", "eu-central-1"), httpx.MockTransport(judge)
        )
        await queue.receive()
        await queue.aclose()

        assert judged == [True, False]

    async def test_given_no_credentials_when_asked_then_the_reason_is_named(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        queue = SqsQueue("http://sqs.example/123456789012/jobs", Signed("sqs", "eu-central-1"))

        with pytest.raises(CloudIdentityError, match="neither a pod identity nor a profile"):
            await queue.receive()
        await queue.aclose()


class TestGoogleToken:
    async def test_given_a_token_that_has_run_out_when_asked_then_it_is_refreshed_once(self) -> None:
        held = GoogleCredentials()
        token = google_token(held)

        assert [await token() for _ in range(3)] == ["google-1"] * 3
        held.valid = False
        assert await token() == "google-2"


class GoogleCredentials:
    """Like google-auth's: a token, its validity, and a refresh."""

    def __init__(self) -> None:
        self.token, self.valid, self._refreshed = "", False, 0

    def refresh(self, request: object) -> None:
        self._refreshed += 1
        self.token, self.valid = f"google-{self._refreshed}", True
