"""Addresses of queues."""

import pytest

from caseplane.core.announcements import QueueAddressError, queue_at
from caseplane.core.announcements.pubsub import PubSubQueue
from caseplane.core.announcements.service_bus import ServiceBusQueue
from caseplane.core.announcements.sqs import SqsQueue


class TestQueueAt:
    @pytest.mark.parametrize(
        ("address", "kind"),
        [
            ("https://sqs.eu-central-1.amazonaws.com/123456789012/cp-dev-jobs", SqsQueue),
            ("https://sb-cp-dev.servicebus.windows.net/jobs", ServiceBusQueue),
            ("projects/cp-dev/subscriptions/cp-dev-jobs-sub", PubSubQueue),
        ],
    )
    async def test_given_an_address_when_opened_then_its_clouds_queue(self, address: str, kind: type) -> None:
        queue = queue_at(address)

        assert type(queue) is kind
        await queue.aclose()

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "jobs",
            "http://sqs.eu-central-1.amazonaws.com/123456789012/jobs",
            "https://sqs.eu-central-1.amazonaws.com.evil.example/123456789012/jobs",
            "https://sb.servicebus.windows.net/",
            "projects/p/topics/jobs",
            "arn:aws:sqs:eu-central-1:123456789012:jobs",
        ],
    )
    def test_given_another_address_when_opened_then_refused_with_the_forms_that_there_are(
        self, address: str
    ) -> None:
        with pytest.raises(QueueAddressError, match="projects/PROJECT/subscriptions/NAME"):
            queue_at(address)
