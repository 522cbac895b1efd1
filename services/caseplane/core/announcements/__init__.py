"""Notifications from a cloud's object store about new, changed and deleted files, read from a queue.

Each cloud has its own format and queue: S3 on SQS, Azure Blob through Event Grid on Service Bus, Cloud Storage on
Pub/Sub. `queue_at` opens a queue, `changed_objects` parses a message, `listen` reads until cancelled. A message is
deleted from its queue after its changes are stored. A message that cannot be parsed stays, and the cloud moves it to
the dead letters after its last delivery.
"""

from caseplane.core.announcements.events import ChangedObject, changed_objects
from caseplane.core.announcements.listening import listen
from caseplane.core.announcements.port import AnnouncementQueue, Message, NotUnderstoodError, QueueError
from caseplane.core.announcements.registry import QueueAddressError, queue_at

__all__ = [
    "AnnouncementQueue",
    "ChangedObject",
    "Message",
    "NotUnderstoodError",
    "QueueAddressError",
    "QueueError",
    "changed_objects",
    "listen",
    "queue_at",
]
