"""The header a static site generator reads: YAML between `---`, or TOML between `+++`.

Only what a reader or a filter can use is kept; a broken header is text like any other.
"""

import re
import tomllib
from typing import Any

import yaml

from caseplane.retrieval.parsing.documents import Metadata

_YAML = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\A\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LIMIT = 64 * 1024
# Ours on the left; on the right the names Hugo, Docusaurus, MkDocs and Jekyll use, best first.
_NAMES = {
    "title": ("title", "linkTitle", "sidebar_label", "name"),
    "description": ("description", "summary", "excerpt"),
    "tags": ("tags", "keywords", "categories"),
    "updated": ("lastmod", "last_modified_at", "updated", "last_update", "date"),
    "version": ("version", "since", "min_version"),
    "product": ("product",),
    "language": ("lang", "language"),
    "slug": ("slug",),
    "url": ("permalink", "url"),
    "page_id": ("id",),
    "draft": ("draft",),
    "published": ("published",),
}


def split_front_matter(text: str) -> tuple[Metadata, str]:
    """Take the header off a text.

    Returns:
        What it says, under our names, and the text after it; ({}, text) if there is none.
    """
    for pattern, load in ((_YAML, _load_yaml), (_TOML, _load_toml)):
        match = pattern.match(text)
        if match and len(match[1]) <= _LIMIT:
            fields = load(match[1])
            if fields is not None:
                return _known(fields), text[match.end() :]
    return {}, text


def _load_yaml(text: str) -> dict[str, Any] | None:
    try:
        # Aliases are how a small header becomes a large one, and no header needs them.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            return None
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else ({} if fields is None else None)


def _load_toml(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _known(fields: dict[str, Any]) -> Metadata:
    found: Metadata = {}
    for ours, theirs in _NAMES.items():
        for name in theirs:
            value = _plain(fields.get(name))
            if value not in (None, "", []):
                found[ours] = value
                break
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return [" ".join(str(v).split())[:200] for v in value[:50] if not isinstance(v, dict | list)]
    if value is None or isinstance(value, dict):
        return None
    return " ".join(str(value).split())[:1000]
