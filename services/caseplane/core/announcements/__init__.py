"""What the cloud's object store says of new, changed and deleted files, read from its queue.

Each cloud announces in a form of its own on a queue of its own (S3 on SQS, Azure Blob through Event Grid on Service Bus,
Cloud Storage on Pub/Sub). `queue_at` gives the reader of a queue, `changed_objects` understands a message, `listen` goes
on reading. A message is taken off its queue once what follows from it is written down; what cannot be understood is left,
and the cloud moves it to the dead letters after its last delivery.
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
