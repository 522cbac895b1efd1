"""Chooses the queue implementation by address."""

import re

from caseplane.core.announcements.port import AnnouncementQueue
from caseplane.core.announcements.pubsub import PubSubQueue
from caseplane.core.announcements.service_bus import ServiceBusQueue
from caseplane.core.announcements.sqs import SqsQueue
from caseplane.core.cloud_auth import Bearer, Signed, entra_token, google_token
from caseplane.core.errors import InvalidInputError

SQS = re.compile(r"https://sqs\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/\d{12}/[A-Za-z0-9_-]{1,80}")
SERVICE_BUS = re.compile(r"https://[a-z0-9-]+\.servicebus\.windows\.net/[A-Za-z0-9._/-]+")
PUBSUB = re.compile(r"projects/[a-z0-9:.-]+/subscriptions/[A-Za-z0-9._~+%-]+")


class QueueAddressError(InvalidInputError):
    """The address is not one of a supported queue."""


def queue_at(address: str) -> AnnouncementQueue:
    """The queue at an address, read with the process's own identity in that cloud.

    Raises:
        QueueAddressError
        CloudIdentityError: the cloud's extra is not installed.
    """
    if found := SQS.fullmatch(address):
        return SqsQueue(address, Signed("sqs", found["region"]))
    if SERVICE_BUS.fullmatch(address):
        return ServiceBusQueue(address, Bearer(entra_token("https://servicebus.azure.net/.default")))
    if PUBSUB.fullmatch(address):
        return PubSubQueue(address, Bearer(google_token()))
    raise QueueAddressError(
        f"CASEPLANE_OBJECTS_CHANGES_URL is {address!r}, which is no queue's address. It is https://sqs.REGION.amazonaws.com/ACCOUNT/NAME,"
        " https://NAMESPACE.servicebus.windows.net/NAME or projects/PROJECT/subscriptions/NAME."
    )
