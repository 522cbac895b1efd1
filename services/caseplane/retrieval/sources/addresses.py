"""The address at which readers find a document: what its site's generator makes of its path and its header.

A citation is followed, so its link has to open. A generator drops suffixes and numbers, gives folders their index
page, and lets a page name its own address.
"""

import re
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any


class UriStyle(StrEnum):
    """Which generator's rules a source's addresses follow; `plain` is the path as it is."""

    plain = "plain"
    docusaurus = "docusaurus"
    mkdocs = "mkdocs"
    sphinx = "sphinx"
    hugo = "hugo"


_PAGES = frozenset({".md", ".mdx", ".markdown", ".rst", ".adoc", ".asciidoc", ".txt"})
_NUMBERED = re.compile(r"^\d+\s*[-_.]+\s*(?=[^-_.\s])")
_DATED = re.compile(r"^(?:\d{4}[-_.]\d{2}|\d+[.-]\d+[.-]|\d+\.\d)")
_INDEX = frozenset({"index", "readme", "_index"})


def document_address(base: str, style: UriStyle, path: str, metadata: dict[str, Any]) -> str:
    """The address of a document.

    Args:
        base: of the site, where the source's root folder is shown.
        style: whose rules it follows.
        path: of the document in its source.
        metadata: of the document; `slug`, `url` and `page_id` are what its header says of its address.
    """
    own = str(metadata.get("url") or "")
    if style is UriStyle.plain:
        return f"{base}{path}"
    if own.startswith(("http://", "https://")):
        return own
    pure = PurePosixPath(path)
    root = base if not base or base.endswith("/") else f"{base}/"
    if pure.suffix.lower() not in _PAGES:
        return f"{root}{path}"
    return root + _MAKERS[style](pure, metadata).lstrip("/")


def _docusaurus(path: PurePosixPath, metadata: dict[str, Any]) -> str:
    folders = [_unnumbered(part) for part in path.parts[:-1]]
    slug = str(metadata.get("slug") or "")
    if slug.startswith("/"):
        return slug
    name = slug.strip("/") or str(metadata.get("page_id") or "") or _unnumbered(path.stem)
    if not slug and (path.stem.lower() in _INDEX or (folders and name == folders[-1])):
        return "/".join(folders)
    return "/".join([*folders, name])


def _mkdocs(path: PurePosixPath, _: dict[str, Any]) -> str:
    folder = "".join(f"{part}/" for part in path.parts[:-1])
    return folder if path.stem.lower() in _INDEX else f"{folder}{path.stem}/"


def _sphinx(path: PurePosixPath, _: dict[str, Any]) -> str:
    return str(path.with_suffix(".html"))


def _hugo(path: PurePosixPath, metadata: dict[str, Any]) -> str:
    own = str(metadata.get("url") or "")
    if own:
        return own
    parts = [part.lower().replace(" ", "-") for part in path.with_suffix("").parts]
    parts = parts[1:] if len(parts) > 1 and parts[0] == "content" else parts
    slug = str(metadata.get("slug") or "").strip("/")
    if parts[-1] in _INDEX:
        parts = [*parts[:-2], slug] if slug and len(parts) > 1 else parts[:-1]
    elif slug:
        parts = [*parts[:-1], slug]
    return "".join(f"{part}/" for part in parts)


def _unnumbered(part: str) -> str:
    return part if _DATED.match(part) else _NUMBERED.sub("", part)


_MAKERS = {
    UriStyle.docusaurus: _docusaurus,
    UriStyle.mkdocs: _mkdocs,
    UriStyle.sphinx: _sphinx,
    UriStyle.hugo: _hugo,
}
