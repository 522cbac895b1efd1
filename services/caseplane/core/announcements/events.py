"""Parses a message into the objects that are new, changed or deleted.

S3 event notifications:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html; Azure Blob Storage as CloudEvents:
https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage; Cloud Storage:
https://cloud.google.com/storage/docs/pubsub-notifications.
"""

import json
import re
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from caseplane.core.announcements.port import Message, NotUnderstoodError

BLOB = re.compile(r"/blobServices/default/containers/(?P<container>[^/]+)/blobs/(?P<key>.+)", re.DOTALL)


class ChangedObject(NamedTuple):
    """An object that is new, changed or deleted; the reader must look it up to know which."""

    bucket: str
    """Bucket, or container on Azure."""
    key: str


def changed_objects(message: Message) -> list[ChangedObject]:
    """The objects in a message; none for the test message that S3 sends when a notification is set up.

    Raises:
        NotUnderstoodError
    """
    attributes = message.attributes
    if "objectId" in attributes and "bucketId" in attributes:
        return [ChangedObject(attributes["bucketId"], attributes["objectId"])]
    try:
        said = json.loads(message.body)
    except ValueError as exc:
        raise NotUnderstoodError("It is not JSON.") from exc
    if not isinstance(said, dict):
        raise NotUnderstoodError("It is not an object.")
    if isinstance(said.get("Records"), list):
        return [_of_s3(each) for each in said["Records"]]
    if said.get("Event") == "s3:TestEvent":
        return []
    if isinstance(said.get("subject"), str) and (found := BLOB.fullmatch(said["subject"])):
        return [ChangedObject(found["container"], found["key"])]
    raise NotUnderstoodError("It is no announcement of S3, Azure Blob Storage or Cloud Storage.")


def _of_s3(record: Any) -> ChangedObject:
    try:
        held = record["s3"]
        # S3 encodes keys like form data: a space is a plus.
        return ChangedObject(str(held["bucket"]["name"]), unquote_plus(held["object"]["key"]))
    except (KeyError, TypeError, AttributeError) as exc:
        raise NotUnderstoodError("A record of S3 names no bucket or key.") from exc
