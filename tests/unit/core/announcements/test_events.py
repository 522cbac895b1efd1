"""The clouds' announcements, in their documented formats."""

import json
from typing import Any

import pytest

from caseplane.core.announcements import ChangedObject, Message, NotUnderstoodError, changed_objects


def message(body: Any, **attributes: str) -> Message:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(body=data, handle="h", attributes=attributes)


def of_s3(key: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": name,
        "s3": {"bucket": {"name": "docs"}, "object": {"key": key, "size": 3}},
    }


def of_azure(blob: str, kind: str = "Microsoft.Storage.BlobCreated") -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": kind,
        "source": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
        "subject": f"/blobServices/default/containers/docs/blobs/{blob}",
        "data": {"api": "PutBlob"},
    }


class TestUnderstood:
    @pytest.mark.parametrize(
        ("said", "key"),
        [
            (message({"Records": [of_s3("t/inbox/a+b.md")]}), "t/inbox/a b.md"),
            (message({"Records": [of_s3("t/inbox/gr%C3%BC%C3%9Fe%2B1.md")]}), "t/inbox/grüße+1.md"),
            (message({"Records": [of_s3("k", "ObjectRemoved:DeleteMarkerCreated")]}), "k"),
            (message(of_azure("t/inbox/a b+c/ü.md")), "t/inbox/a b+c/ü.md"),
            (message(of_azure("k", "Microsoft.Storage.BlobDeleted")), "k"),
            (
                message(b"{}", bucketId="docs", objectId="t/inbox/a+b.md", eventType="OBJECT_DELETE"),
                "t/inbox/a+b.md",
            ),
            (message(b"", bucketId="docs", objectId="k", eventType="OBJECT_FINALIZE"), "k"),
        ],
    )
    def test_given_an_announcement_when_read_then_it_names_the_object(self, said: Message, key: str) -> None:
        assert changed_objects(said) == [ChangedObject("docs", key)]

    def test_given_several_records_when_read_then_each_counts(self) -> None:
        said = message({"Records": [of_s3("a"), of_s3("b"), of_s3("a")]})

        assert [each.key for each in changed_objects(said)] == ["a", "b", "a"]

    def test_given_the_test_of_a_new_notification_when_read_then_it_is_empty(self) -> None:
        said = message({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "docs"})

        assert changed_objects(said) == []


class TestNotUnderstood:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\xff\xfe",
            b"null",
            b"[]",
            b'"text"',
            b"{}",
            {"Records": [{}]},
            {"Records": [None]},
            {"Records": [{"s3": {"bucket": {"name": "docs"}, "object": {"key": 7}}}]},
            {"subject": "/blobServices/default/containers/docs/blobs/"},
            {"subject": 7},
        ],
    )
    def test_given_something_else_when_read_then_refused(self, body: Any) -> None:
        with pytest.raises(NotUnderstoodError):
            changed_objects(message(body))
