#!/usr/bin/env bash
# FastAPI 0.165.0 with pydantic 2.14.3: a type that is a discriminated union with a validator before it,
# `Annotated[A | B, Field(discriminator="kind"), BeforeValidator(f)]`, means two things in one application. Pydantic runs `f`
# first, so `f` may fill in a missing `kind`: so does `TypeAdapter`, and so does FastAPI where a body is a list of that type.
# As the body itself, FastAPI looks for the discriminator first, and answers 422 (`union_tag_not_found`) without calling `f`.
#
# Unit tests of the type through pydantic pass while the route refuses the same body. A callable `Discriminator` with `Tag`s
# behaves alike in all three places.
#
# Fails if any of this changes. Python 3.11 or newer, and a package index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check fastapi==0.165.0 pydantic==2.14.3 starlette==1.10.0 httpx==0.28.1
cat > "$folder/program.py" <<'PROGRAM'
from typing import Annotated, Any, Literal

from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, BeforeValidator, Discriminator, Field, Tag, TypeAdapter


class Parcel(BaseModel):
    kind: Literal["parcel"] = "parcel"
    weight: int


class Letter(BaseModel):
    kind: Literal["letter"] = "letter"
    weight: int


calls: list[Any] = []


def parcel_if_unsaid(body: Any) -> Any:
    calls.append(body)
    return {"kind": "parcel"} | body


def kind_of(body: Any) -> Any:
    return body.get("kind", "parcel") if isinstance(body, dict) else body.kind


Beside = Annotated[Parcel | Letter, Field(discriminator="kind"), BeforeValidator(parcel_if_unsaid)]
Called = Annotated[Annotated[Parcel, Tag("parcel")] | Annotated[Letter, Tag("letter")], Discriminator(kind_of)]
app = FastAPI()


@app.post("/beside")
def beside(body: Beside) -> str:
    return type(body).__name__


@app.post("/beside/list")
def beside_list(body: list[Beside]) -> str:
    return type(body[0]).__name__


@app.post("/called")
def called(body: Called) -> str:
    return type(body).__name__


client = TestClient(app)
assert TypeAdapter(Beside).validate_python({"weight": 1}) == Parcel(weight=1)
assert client.post("/beside/list", json=[{"weight": 1}]).json() == "Parcel"
calls.clear()
refused = client.post("/beside", json={"weight": 1})
assert (refused.status_code, refused.json()["detail"][0]["type"], calls) == (422, "union_tag_not_found", []), refused.text
assert client.post("/called", json={"weight": 1}).json() == "Parcel"
print("pydantic: Parcel; list of it in FastAPI: Parcel; as the body:", refused.status_code, refused.json()["detail"][0]["type"])
PROGRAM
"$folder/venv/bin/python" "$folder/program.py"
