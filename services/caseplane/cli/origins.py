"""Tells which source of a knowledge base a folder is: by where it lies, not by its name alone.

A source keeps the folder's path and, for a checkout, its repository. A folder that was moved is recognised, so that
nothing is stored twice; another folder of the same name is another source.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from caseplane.cli.exits import CommandError, Exit

REMOTE = re.compile(r'\[remote "origin"\][^\[]*?^\s*url\s*=\s*(\S+)', re.MULTILINE)
SCP_LIKE = re.compile(r"^(?:[^@/]+@)?([^/:]+):(?!//)(.+)$")
SAME_SHARE = 0.5
"""Of a source's documents that a folder must hold unchanged to be taken for the source, moved."""


@dataclass(frozen=True)
class Origin:
    """Where a folder lies.

    Attributes:
        path: absolute, without links.
        repository: the address that it was cloned from and the folder in it; empty if it is no checkout.
    """

    path: Path
    repository: str = ""

    @property
    def text(self) -> str:
        """As the source keeps it."""
        query = f"?repository={quote(self.repository)}" if self.repository else ""
        return f"file://{quote(str(self.path))}{query}"[:1000]


@dataclass(frozen=True)
class Choice:
    """The source to update: its id, or the name of one to be made."""

    source: str
    name: str
    note: str = ""


Share = Callable[[str], Awaitable[float]]
"""The share of a source's documents, by its id, that the folder holds unchanged."""


def origin_of(folder: Path) -> Origin:
    path = folder.resolve()
    return Origin(path, _repository(path))


def read_origin(text: str | None) -> Origin | None:
    parts = urlsplit(text or "")
    if parts.scheme != "file":
        return None
    return Origin(Path(unquote(parts.path)), parse_qs(parts.query).get("repository", [""])[0])


async def choose(sources: list[dict[str, Any]], here: Origin, same: Share) -> Choice:
    """The source that a folder is, or a new name."""
    uploaded = [source for source in sources if source["kind"] == "upload"]
    for source in uploaded:
        known = read_origin(source["origin"])
        if known is not None and known.path == here.path:
            return Choice(source["id"], source["name"])
    for source in uploaded:
        if await _moved(source, here, same):
            before = read_origin(source["origin"])
            note = f"It was at {before.path} before." if before else ""
            return Choice(source["id"], source["name"], note)
    name = free_name(here.path, {source["name"] for source in sources})
    other = f"Another source is named {here.path.name}." if name != here.path.name else ""
    return Choice(name, name, other)


def choose_for_file(sources: list[dict[str, Any]], file: Path) -> tuple[Choice, str]:
    """The source of a single file, and its path there: that of a folder above it, else one of its own folder's name."""
    path = file.resolve()
    known = {read.path: source for source in sources if (read := read_origin(source["origin"]))}
    for folder in path.parents:
        source = known.get(folder)
        if source is not None and source["kind"] == "upload":
            return Choice(source["id"], source["name"]), path.relative_to(folder).as_posix()
    name = free_name(path.parent, {source["name"] for source in sources})
    return Choice("", name), path.name


async def _moved(source: dict[str, Any], here: Origin, same: Share) -> bool:
    """Whether a source is this folder, which lay elsewhere or was ingested before origins were kept."""
    before = read_origin(source["origin"])
    if before is not None and before.path.is_dir():
        return False
    if before is not None and before.repository and before.repository == here.repository:
        return True
    name = before.path.name if before else source["name"]
    return name == here.path.name and await same(source["id"]) >= SAME_SHARE


def free_name(path: Path, taken: Iterable[str]) -> str:
    """The shortest end of a path that no source has for its name: `docs`, else `shop/docs`, and so on."""
    taken = set(taken)
    parts = [part for part in path.parts if part != path.anchor] or ["root"]
    for count in range(1, len(parts) + 1):
        name = "/".join(parts[-count:])[-200:]
        if name not in taken:
            return name
    raise CommandError(
        f"Every name for {path} is taken by another source; give --source NAME.", Exit.conflict
    )


def _repository(path: Path) -> str:
    for top in (path, *path.parents):
        if (top / ".git").exists():
            remote = _remote(top / ".git")
            return f"{remote}/{path.relative_to(top).as_posix()}".removesuffix("/.") if remote else ""
    return ""


def _remote(git: Path) -> str:
    """The address that a repository was cloned from, without scheme, user and `.git`."""
    try:
        if git.is_file():  # a further work tree or a submodule
            git = git.parent / git.read_text().removeprefix("gitdir:").strip()
            common = git / "commondir"
            git = git / common.read_text().strip() if common.is_file() else git
        found = REMOTE.search((git / "config").read_text())
    except (OSError, UnicodeDecodeError):
        return ""
    if found is None:
        return ""
    url = found[1]
    scp = SCP_LIKE.match(url)
    parts = urlsplit(url)
    place = f"{scp[1]}/{scp[2]}" if scp else f"{parts.hostname or ''}{parts.path}"
    return place.rstrip("/").removesuffix(".git")
