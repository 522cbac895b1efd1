"""What the framework refuses: the text says what is wrong and what to do."""

from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import FastAPI, Query
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.errors import install_problem_handlers


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    count: int = 1


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    install_problem_handlers(app)

    @app.post("/things")
    def make(body: Wanted) -> None: ...

    @app.get("/things")
    def listed(limit: Annotated[int, Query(ge=1)] = 1) -> None: ...

    @app.delete("/things/{thing_id}")
    def remove(thing_id: UUID) -> None: ...

    @app.get("/things/{thing_id}")
    def read(thing_id: UUID) -> None: ...

    return TestClient(app)


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "slug", "words"),
    [
        ("POST", "/things", {"content": '{"name": "x"', "headers": JSON}, 400, "unreadable-body", "cut off"),
        ("POST", "/things", {"content": "{'name': 1}", "headers": JSON}, 400, "unreadable-body", "character 1"),
        ("POST", "/things", {"content": "", "headers": JSON}, 422, "invalid-input", "no body"),
        ("POST", "/things", {}, 422, "invalid-input", "no body"),
        ("POST", "/things", {"content": "{}", "headers": {"Content-Type": "text/plain"}}, 415, "unsupported-media",
         "sent as text/plain; this route takes application/json"),
        ("POST", "/things", {"content": b'{"name": "x"}'}, 415, "unsupported-media", "without a Content-Type"),
        ("POST", "/things", {"data": {"name": "x"}}, 415, "unsupported-media", "x-www-form-urlencoded"),
        ("POST", "/things", {"json": [1]}, 422, "invalid-input", "must be an object"),
        ("POST", "/things", {"json": {}}, 422, "invalid-input", "name: it is missing"),
        ("POST", "/things", {"json": {"name": ""}}, 422, "invalid-input", "name: it is empty"),
        ("POST", "/things", {"json": {"name": "x", "nmae": 1}}, 422, "invalid-input", "nmae: there is no such field"),
        ("POST", "/things", {"json": {"name": "x", "count": "two"}}, 422, "invalid-input", "not 'two'"),
        ("GET", "/things?limit=0", {}, 422, "invalid-input", "limit in the query"),
        ("GET", "/things/12", {}, 422, "invalid-input", "'12' is not an id; ids look like 0198"),
        ("GET", "/thing", {}, 404, "no-such-route", "There is no route GET /thing"),
    ],
)  # fmt: skip
def test_given_a_wrong_request_when_sent_then_status_type_and_text_are_right(
    client: TestClient, method: str, path: str, sent: dict[str, Any], status: int, slug: str, words: str
) -> None:
    answer = client.request(method, path, **sent)

    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert problem["type"].endswith(f"/{slug}")
    assert words in problem["detail"]


def test_given_a_method_that_a_path_does_not_take_when_sent_then_all_that_it_takes_are_named(
    client: TestClient,
) -> None:
    answer = client.put("/things/0198c1d2-7a3e-7c4b-9f00-5b8f6a1e2d3c")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET"
    assert "it takes DELETE, GET" in answer.json()["detail"]
