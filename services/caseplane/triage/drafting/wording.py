"""The words that replies share in a language: all but what a tenant's configuration says itself."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

Words = Mapping[str, str]
Pair = Annotated[tuple[str, str], Field(description="For one, and for several")]
SHIPPED = ("en", "de")
DEFAULT = "en"


class Durations(BaseModel):
    """How lengths of time are said after "within"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minutes: Pair
    hours: Pair
    days: Pair


class Wording(BaseModel):
    """One language. Where words depend on the tone, those of `friendly` stand in for a tone that is not listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str
    greeting: Words
    acknowledgment: Mapping[str, Words]
    """By category; `general` stands in for others."""
    sorry: Words
    earlier: str
    noted: str
    answer: str
    """Before what documents say."""
    handled: Words
    """What happens next, by category."""
    critical: str
    incident: str
    needed: Words
    wrong: str
    timeline: str
    timeline_answered: str
    closing: Words
    sender: str
    durations: Durations
    labels: Words
    """Fields by name, as a customer knows them."""

    def in_words(self, length: timedelta) -> str:
        """A length of time, in the largest unit that says it exactly enough."""
        minutes = max(1, round(length.total_seconds() / 60))
        if minutes < 60 or (minutes % 60 and minutes < 600):
            return _counted(self.durations.minutes, minutes)
        hours = round(minutes / 60)
        if hours <= 48 or hours % 24:
            return _counted(self.durations.hours, hours)
        return _counted(self.durations.days, hours // 24)


def toned(words: Words, tone: str) -> str:
    """The words of a tone."""
    return words.get(tone) or words["friendly"]


def by_category(words: Mapping[str, Any], category: str) -> Any:
    """What is said of a category."""
    return words.get(category) or words["general"]


@cache
def wording(language: str) -> Wording:
    """The shipped words of a language; raises `KeyError` for one that is not shipped."""
    if language not in SHIPPED:
        raise KeyError(language)
    packed = resources.files(__package__).joinpath("shipped", f"{language}.yaml")
    return Wording.model_validate(yaml.safe_load(packed.read_text(encoding="utf-8")))


def language_for(wanted: str | None) -> str:
    """The language of a reply to a customer who writes in another or the same."""
    return wanted if wanted in SHIPPED else DEFAULT


def _counted(pair: tuple[str, str], count: int) -> str:
    return pair[count != 1].format(n=count)
