"""Versions, platforms, plans and programming languages: what a passage holds for, and what a question names.

The words are those of documentation, in the languages of `text.intents`; the nearest place that names a kind decides:
a tab before its heading, a heading before the one above it, then the title, the header of the file, its path.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from packaging.version import InvalidVersion, Version


class VariantKind(StrEnum):
    """What two passages on one subject may differ in."""

    version = "version"
    platform = "platform"
    plan = "plan"
    language = "language"


@dataclass(frozen=True, slots=True)
class Variant:
    """One value of a kind.

    Attributes:
        name: for comparison: `2.9`, `macos`, `pro`.
        shown: as the text has it: `Loftbox 2.9`, `Mac`.
        product: what the version is of, in lower case; empty if the text does not say.
    """

    kind: VariantKind
    name: str
    shown: str
    product: str = ""

    @property
    def release(self) -> tuple[int, ...]:
        """Of a version, its numbers; empty if it has none."""
        try:
            return Version(self.name.removesuffix(".x")).release
        except InvalidVersion:
            return ()

    def is_same(self, other: "Variant") -> bool:
        """Whether one holds where the other does: `3` holds for `3.1`, `mobile` for `android`."""
        if self.kind is not other.kind:
            return False
        if self.kind is VariantKind.version:
            pairs = zip(self.release, other.release, strict=False)
            return self.is_comparable(other) and all(a == b for a, b in pairs)
        return (
            self.name == other.name
            or self.name in _PARTS.get(other.name, ())
            or other.name in _PARTS.get(self.name, ())
        )

    def is_comparable(self, other: "Variant") -> bool:
        """Whether both are values of one thing, so that they exclude each other if they differ."""
        return self.kind is other.kind and (
            not self.product or not other.product or self.product == other.product
        )


Scope = frozenset[Variant]
"""What a passage holds for; of a kind that it has no value of, it holds for all."""

_PARTS = {"mobile": ("android", "ios"), "desktop": ("windows", "macos", "linux")}

_NUMBER = r"\d+(?:\.(?:\d+|x)\b){1,3}"
_VERSION = re.compile(
    r"(?<![\w$€£.,/-])(?:(?P<product>[A-Z][\w+-]*)\s+)?"
    rf"(?:(?P<mark>[vV]|(?:[Vv]ersion|[Rr]elease|[Vv]ersione|[Vv]ersión)\s)\.?\s?(?P<marked>\d+(?:\.(?:\d+|x)\b){{0,3}})"
    rf"|(?P<bare>{_NUMBER}))(?:[-.]?(?:alpha|beta|rc)\d*)?(?![\w%€$]|\s?(?:%|€|\$|(?:[KMGT]i?B|ms|s|sec|min|h|hours?|days?"
    r"|percent|EUR|USD|GHz|px|cm|mm|kg|km|m)\b))"
)
_NUMBERED_PRODUCT = re.compile(r"\b(?P<product>[A-Z][\w+-]*)\s+(?P<number>\d{1,2})(?![\w.,:%/-])")
_NO_PRODUCT = frozenset(
    "step steps chapter figure fig table part section phase level tier day week page appendix article option example"
    " question note method windows top type layer lesson stage form rule error http code port in on for the version"
    " release to from of since until before after with and or is are im für pour dans en per nel settings"
    " january february march april may june july august september october november december".split()
)
_PATH_VERSION = re.compile(
    r"(?:^|[-_])(?:v|version-?|release-?)(\d+(?:[.]\d+|[.]x)*)(?=$|[-_])|^(\d+(?:\.(?:\d+|x))+)$",
    re.IGNORECASE,
)


def _vocabulary(listed: str) -> dict[str, str]:
    """Canonical name by spelling."""
    found = {}
    for line in listed.strip().splitlines():
        name, _, spellings = line.strip().partition(": ")
        found.update(dict.fromkeys([name, *filter(None, spellings.split(", "))], name))
    return found


_PLATFORMS = _vocabulary("""
    windows: windows 10, windows 11, windows pc
    macos: mac os, mac, macbook, imac, os x, mac os x
    linux: ubuntu, debian, fedora, rhel, centos
    android: android phone, android app
    ios: iphone, ipad, ipados, iphone app
    web: web app, web browser, web version, webapp
    desktop: desktop app, desktop client, desktop version
    mobile: mobile app, mobile device, smartphone, mobile version
    docker: docker compose
    kubernetes: k8s, helm
    chrome: google chrome
    firefox: mozilla firefox
    safari
    edge: microsoft edge
    outlook: microsoft outlook
    gmail
""")
_LANGUAGES = _vocabulary("""
    python
    javascript: js, node.js, nodejs, node, typescript, ts
    java
    golang
    ruby
    php
    c#: .net, dotnet, csharp
    rust
    kotlin
    swift
    curl
    cli: command line, command-line, terminal
""")
_PLANS = (
    "free starter basic standard plus pro professional premium business team teams enterprise community ultimate"
    " growth personal individual essential essentials advanced scale developer hobby trial gratis kostenlos gratuit"
).split()
_OFFER = r"plans?|editions?|tiers?|subscriptions?|accounts?|licen[cs]es?|packages?|tarif|abo|lizenz|paket|konto|workspace"
_BEFORE_PLAN = r"plan|forfait|piano|tarif|abo|offre|édition|edición|edizione|edition"
_PLAN = re.compile(
    rf"\b(?P<name>{'|'.join(_PLANS)})(?:[- ](?:{_OFFER}))\b|\b(?:{_BEFORE_PLAN})\s+(?P<after>{'|'.join(_PLANS)})\b",
    re.IGNORECASE,
)
_ALONE_PLAN = re.compile(
    r"\b(?:on|with|for|in|using|have|mit|im|avec|con)\s+(?:the\s+)?(?P<name>(?i:pro|enterprise|premium|ultimate|starter)|Community|Free)\b"
)


def _spelt(vocabulary: dict[str, str]) -> re.Pattern[str]:
    spellings = sorted(map(re.escape, vocabulary), key=len, reverse=True)
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(spellings)})(?![\w-]|\saddress)", re.IGNORECASE)


_WORDS = (
    (VariantKind.platform, _PLATFORMS, _spelt(_PLATFORMS)),
    (VariantKind.language, _LANGUAGES, _spelt(_LANGUAGES)),
)


@lru_cache(maxsize=8192)
def variants_in(text: str) -> Scope:
    """What a question, a title or a heading names."""
    found = {*_versions(text), *_plans(text)}
    for kind, vocabulary, pattern in _WORDS:
        for word in pattern.finditer(text):
            found.add(Variant(kind, vocabulary[word[0].lower()], word[0]))
    return frozenset(found)


def _versions(text: str) -> Iterator[Variant]:
    for match in _VERSION.finditer(text):
        product = match["product"] or ""
        product = "" if product.lower() in _NO_PRODUCT else product
        number = match["marked"] or match["bare"]
        shown = f"{product} {number}".strip() if product or match["bare"] else f"version {number}"
        yield Variant(VariantKind.version, number, shown, product.lower())
    for match in _NUMBERED_PRODUCT.finditer(text):
        if match["product"].lower() not in _NO_PRODUCT:
            yield Variant(VariantKind.version, match["number"], match[0], match["product"].lower())


def _plans(text: str) -> Iterator[Variant]:
    alone = text.strip().rstrip(":").lower()
    if alone in _PLANS:
        yield Variant(VariantKind.plan, alone, text.strip().rstrip(":"))
    for match in (*_PLAN.finditer(text), *_ALONE_PLAN.finditer(text)):
        groups = match.groupdict()
        name = groups["name"] or groups.get("after") or ""
        yield Variant(VariantKind.plan, name.lower(), match[0] if "after" in groups else name)


@lru_cache(maxsize=8192)
def variants_of_path(path: str) -> Scope:
    """The version that a path names: `docs/v2/a.md`, `versioned_docs/version-1.2/a.md`."""
    for segment in reversed(path.split("/")):
        found = _PATH_VERSION.search(re.sub(r"\.[a-z]+$", "", segment))
        if found:
            number = found[1] or found[2]
            return frozenset({Variant(VariantKind.version, number, f"version {number}")})
    return frozenset()


def nearest(*places: Scope) -> Scope:
    """Of each kind, what the first place that names it says."""
    found: set[Variant] = set()
    for place in places:
        known = {variant.kind for variant in found}
        found |= {variant for variant in place if variant.kind not in known}
    return frozenset(found)


def suits(scope: Scope, asked: Scope) -> bool | None:
    """Whether a passage holds for what a question names; None if the passage names none of its kinds."""
    verdict: bool | None = None
    for kind in {variant.kind for variant in asked}:
        wanted = [variant for variant in asked if variant.kind is kind]
        given = [v for v in scope if any(v.is_comparable(each) for each in wanted)]
        if given:
            if not any(v.is_same(each) for v in given for each in wanted):
                return False
            verdict = True
    return verdict


def differs(one: Scope, other: Scope) -> VariantKind | None:
    """The kind in which two passages exclude each other, if there is one."""
    for kind in VariantKind:
        ours = [v for v in one if v.kind is kind]
        pairs = [(a, b) for a in ours for b in other if a.is_comparable(b)]
        if pairs and not any(a.is_same(b) for a, b in pairs):
            return kind
    return None


def newest(variants: Iterable[Variant]) -> Variant | None:
    """The highest of versions."""
    numbered = [v for v in variants if v.kind is VariantKind.version]
    return max(numbered, key=lambda v: v.release, default=None)


_CURRENT = re.compile(
    r"\b(?:latest|current|stable|newest|aktuelle?|neueste|dernière|actuelle|última|actual|ultima|corrente)\b",
    re.IGNORECASE,
)
_OLD = re.compile(
    r"\b(?:legacy|deprecated|end[- ]of[- ]life|eol|unsupported|archived?|obsolete|outdated|older|old version"
    r"|no longer (?:maintained|supported|available|updated)|veraltet|nicht mehr (?:unterstützt|gepflegt)|obsol[eè]te"
    r"|plus (?:maintenue?|prise? en charge)|obsoleto|non più supportat[oa])\b",
    re.IGNORECASE,
)


def says_current(text: str) -> bool:
    """Whether a page says that it is about the current version."""
    return bool(_CURRENT.search(text)) and not says_old(text)


def says_old(text: str) -> bool:
    return bool(_OLD.search(text))


_WANTS_NEWEST = re.compile(
    r"\b(?:latest|newest|current|most recent|neuesten?|aktuellen?|dernière|última|ultima)"
    r"\s+(?:version|release|versión|versione)",
    re.IGNORECASE,
)


def wants_newest(question: str) -> bool:
    return bool(_WANTS_NEWEST.search(question))
