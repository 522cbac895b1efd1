"""The parameters that an endpoint accepts, learned from its refusals.

OpenAI-compatible servers differ in four parameters. We begin with the newest form of each; a 400 that
names one of them makes us step down once, and the process remembers it. No step is ever reversed, so
this ends.
"""

import json
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import openai
from pydantic import BaseModel

from caseplane.core.llm.messages import Message
from caseplane.core.llm.schema import schema_name, strict_schema
from caseplane.core.llm.settings import EndpointSettings


class JsonMode(IntEnum):
    """How JSON output is requested, strictest first."""

    schema = 0
    object = 1
    prompt = 2


@dataclass(frozen=True)
class Dialect:
    """The parameters an endpoint is assumed to accept."""

    json_mode: JsonMode = JsonMode.schema
    new_token_limit: bool = True
    """`max_completion_tokens`, which reasoning models require, instead of `max_tokens`."""
    temperature: bool = True
    stream_usage: bool = True

    def after_refusal(self, exc: openai.BadRequestError) -> "Dialect | None":
        """The dialect to try next, or None if the refusal has another cause."""
        blamed = exc.param or ""
        text = f"{blamed} {exc.message}".lower()
        if self.new_token_limit and "max_completion_tokens" in text:
            return replace(self, new_token_limit=False)
        if self.temperature and "temperature" in text:
            return replace(self, temperature=False)
        if self.stream_usage and ("stream_options" in text or "include_usage" in text):
            return replace(self, stream_usage=False)
        about_json = any(word in text for word in ("response_format", "json_schema", "json_object"))
        if about_json and self.json_mode < JsonMode.prompt:
            return replace(self, json_mode=JsonMode(self.json_mode + 1))
        return None

    def request(
        self,
        endpoint: EndpointSettings,
        messages: list[Message],
        *,
        schema: type[BaseModel] | None,
        max_output_tokens: int,
        stream: bool,
    ) -> dict[str, Any]:
        """The keyword arguments of one chat completion."""
        if schema is not None and self.json_mode is not JsonMode.schema:
            messages = [*messages, _schema_in_words(schema)]
        body: dict[str, Any] = {
            "model": endpoint.model,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_completion_tokens" if self.new_token_limit else "max_tokens": max_output_tokens,
        }
        if schema is not None and self.json_mode is not JsonMode.prompt:
            body["response_format"] = _response_format(schema, self.json_mode)
        if endpoint.temperature is not None and self.temperature:
            body["temperature"] = endpoint.temperature
        if stream:
            body["stream"] = True
            if self.stream_usage:
                body["stream_options"] = {"include_usage": True}
        return body


def _response_format(schema: type[BaseModel], mode: JsonMode) -> dict[str, Any]:
    if mode is JsonMode.object:
        return {"type": "json_object"}
    body, strict = strict_schema(schema)
    named = {"name": schema_name(schema), "schema": body, "strict": strict}
    return {"type": "json_schema", "json_schema": named}


def _schema_in_words(schema: type[BaseModel]) -> Message:
    wanted = json.dumps(schema.model_json_schema(), ensure_ascii=False, separators=(",", ":"))
    return Message(
        "system",
        "Reply with one JSON object and nothing else. It must satisfy this JSON Schema:\n" + wanted,
    )
