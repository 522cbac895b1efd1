"""Walks a folder for files to ingest, without leaving it; hidden files and build outputs are left out."""

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from caseplane.retrieval.parsing.archives import is_clutter
from caseplane.retrieval.parsing.errors import DocumentError, TooLargeError, UnsafePathError
from caseplane.retrieval.parsing.settings import IngestionSettings

_IGNORED = frozenset({"node_modules", "__pycache__", "CVS"})


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file of a folder; `uri` is its path in it with `/`, the same on every system."""

    uri: str
    path: Path
    size: int = 0
    error: DocumentError | None = None


def walk_folder(root: Path, *, limits: IngestionSettings | None = None) -> Iterator[FolderFile]:
    """List the files of a folder in a stable order.

    Hidden entries and version control are left out. A link is followed only if it stays inside the
    folder and is a file; a link that leads out, a device or a file too large to read comes with
    its error, so that it is reported rather than missed.

    Raises:
        NotADirectoryError: `root` is no folder.
    """
    limits = limits or IngestionSettings()
    base = root.resolve(strict=True)
    if not base.is_dir():
        raise NotADirectoryError(f"{root} is not a folder.")
    for folder, folders, files in os.walk(base, followlinks=False):
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _IGNORED and name not in linked
        )
        for name in sorted([*files, *linked]):
            if not is_clutter(name):
                yield _inspect(base, Path(folder) / name, limits)


def _inspect(base: Path, path: Path, limits: IngestionSettings) -> FolderFile:
    relative = path.relative_to(base).as_posix()
    # A name in no charset becomes one that can be stored, sent and shown.
    relative = relative.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    uri = unicodedata.normalize("NFC", relative)
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(base):
            raise UnsafePathError("The link leads out of the folder.")
        if real.is_dir():
            raise UnsafePathError("A link to a folder is not followed.")
        if not real.is_file():
            raise UnsafePathError("This is a device or another special file.")
        size = real.stat().st_size
    except DocumentError as exc:
        return FolderFile(uri, path, error=exc)
    except (OSError, RuntimeError) as exc:
        return FolderFile(uri, path, error=UnsafePathError(f"It cannot be opened: {exc}."))
    if size > limits.max_bytes:
        error = TooLargeError(
            f"The file has {size:,} bytes; {limits.max_bytes:,} are allowed.",
            limit=limits.max_bytes,
            setting="max_bytes",
        )
        return FolderFile(uri, path, size, error)
    return FolderFile(uri, real, size)
