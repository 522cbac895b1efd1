from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from caseplane.core.llm.schema import faults, parse_reply, schema_name, strict_schema


class Kind(StrEnum):
    a = "a"


class Leaf(BaseModel):
    title: str = Field("x", min_length=1)  # named like a keyword, on purpose
    kind: Kind = Kind.a


class Cat(BaseModel):
    type: Literal["cat"]


class Dog(BaseModel):
    type: Literal["dog"]


class Tree(BaseModel):
    leaves: list[Leaf] = Field(default_factory=list, description="all of them", max_length=9)
    child: "Tree | None" = None
    pet: Cat | Dog = Field(Cat(type="cat"), discriminator="type")
    score: float = Field(0.5, ge=0, le=1)


class Open(BaseModel):
    anything: dict[str, int]


class TestStrictSchema:
    def test_given_nested_model_when_tightened_then_closed_required_and_plain(self) -> None:
        schema, strict = strict_schema(Tree)

        assert strict
        for node in objects(schema):
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        text = str(schema)
        for keyword in ("'default'", "'oneOf'", "discriminator", "maxItems", "minimum"):
            assert keyword not in text
        assert "title" in schema["$defs"]["Leaf"]["properties"]
        assert schema["properties"]["leaves"]["description"] == "all of them"

    def test_given_open_map_when_tightened_then_sent_without_strictness(self) -> None:
        assert strict_schema(Open) == (Open.model_json_schema(), False)

    def test_given_generic_name_when_named_then_as_the_api_allows(self) -> None:
        odd = type("Page[Item]" + "x" * 80, (BaseModel,), {})

        assert schema_name(odd) == ("Page_Item_" + "x" * 80)[:64]


def objects(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in objects(item)]
    if not isinstance(node, dict):
        return []
    mine = [node] if node.get("type") == "object" else []
    return mine + [found for value in node.values() for found in objects(value)]


class TestParseReply:
    @pytest.mark.parametrize(
        "text", ['{"title":"t"}', '```json\n{"title":"t"}\n```', ' ```\n{"title":"t"}```\n']
    )
    def test_given_json_perhaps_fenced_when_parsed_then_model(self, text: str) -> None:
        assert parse_reply(Leaf, text).title == "t"

    @pytest.mark.parametrize("text", ["", "Here: {}", '{"title": ""}', '{"title": "t"} and more'])
    def test_given_anything_else_when_parsed_then_faults_without_the_words(self, text: str) -> None:
        with pytest.raises(ValidationError) as caught:
            parse_reply(Leaf, text)

        assert faults(caught.value).startswith("- ")
        assert "Here" not in faults(caught.value)
