"""Reads zip files that may have been made to hurt: by name, by link, by size or by depth.

Nothing is ever written to disk by a member's name. A member that is refused is handed over with its
reason, so that it gets a line in the report; an archive that is a bomb is refused whole.
"""

import io
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from caseplane.retrieval.parsing.errors import (
    CorruptDocumentError,
    DocumentError,
    EncryptedDocumentError,
    TooLargeError,
    UnsafeArchiveError,
    UnsafePathError,
    UnsupportedFormatError,
)
from caseplane.retrieval.parsing.settings import MIB, IngestionSettings

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_CLUTTER = re.compile(r"(?:^|/)(?:__MACOSX/|\.[^./])|(?:^|/)(?:Thumbs\.db|desktop\.ini)$", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its bytes, or the reason why there are none."""

    path: str
    data: bytes = b""
    error: DocumentError | None = None


class Archive:
    """A zip file whose sizes have been checked before anything is unpacked.

    Args:
        data: the zip file.
        limits: what it may cost.

    Raises:
        CorruptDocumentError: it is no readable zip file.
        UnsafeArchiveError: it would unpack to more than the limits allow.
    """

    def __init__(self, data: bytes, *, limits: IngestionSettings) -> None:
        self._limits = limits
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as exc:
            raise CorruptDocumentError(f"The archive cannot be read: {exc}.") from exc
        self.entries = self._zip.infolist()
        self.expanded_bytes = sum(e.file_size for e in self.entries)
        self._refuse_bombs(len(data))

    def read(self, entry: zipfile.ZipInfo) -> bytes:
        """Unpack one member.

        Raises:
            EncryptedDocumentError, CorruptDocumentError, UnsupportedFormatError, TooLargeError
        """
        if entry.flag_bits & _ENCRYPTED:
            raise EncryptedDocumentError("The member is encrypted.")
        if entry.file_size > self._limits.max_bytes:
            raise _too_large(entry.file_size, self._limits)
        try:
            with self._zip.open(entry) as stream:
                data = stream.read(self._limits.max_bytes + 1)
        except NotImplementedError as exc:
            raise UnsupportedFormatError("The member is packed in a way not read here.") from exc
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as exc:
            raise CorruptDocumentError(f"The member cannot be unpacked: {exc}.") from exc
        if len(data) > self._limits.max_bytes:
            raise _too_large(len(data), self._limits)
        return data

    def _refuse_bombs(self, size: int) -> None:
        limits = self._limits
        if len(self.entries) > limits.max_members:
            raise UnsafeArchiveError(
                f"The archive has {len(self.entries):,} members; {limits.max_members:,} are allowed.",
                setting="max_members",
            )
        if self.expanded_bytes > limits.max_expanded_bytes:
            raise UnsafeArchiveError(
                f"The archive unpacks to {self.expanded_bytes:,} bytes; "
                f"{limits.max_expanded_bytes:,} are allowed.",
                setting="max_expanded_bytes",
            )
        if sum(e.compress_size for e in self.entries) > size:
            raise UnsafeArchiveError("Members of the archive overlap, which only bombs need.")
        for entry in self.entries:
            ratio = entry.file_size / max(entry.compress_size, 1)
            if entry.file_size > MIB and ratio > limits.max_ratio:
                raise UnsafeArchiveError(
                    f"A member unpacks to {ratio:.0f} times its size; {limits.max_ratio} are allowed.",
                    setting="max_ratio",
                )


def read_archive(data: bytes, *, limits: IngestionSettings) -> Iterator[Member]:
    """Read the files of a zip file, and of zip files in it, in a stable order.

    Raises:
        CorruptDocumentError, UnsafeArchiveError: about the archive as a whole, before any member.
    """
    archive = Archive(data, limits=limits)
    yield from _members(archive, "", limits, depth=0, budget=[limits.max_expanded_bytes])


def safe_path(name: str) -> str:
    """A member's name as a relative path with `/`, in one Unicode form.

    Raises:
        UnsafePathError: it is absolute, leaves the archive, or holds control characters.
    """
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if (
        path.startswith("/")
        or re.match(r"[A-Za-z]:", path)
        or ".." in parts
        or _CONTROL.search(path)
        or not parts
        or len(path) > 1024
    ):
        raise UnsafePathError(f"The name {name[:200]!r} does not stay inside its folder.")
    return "/".join(parts)


def is_clutter(path: str) -> bool:
    """Whether it is a hidden file or one that desktop systems leave behind."""
    return bool(_CLUTTER.search(path))


def _members(
    archive: Archive, prefix: str, limits: IngestionSettings, *, depth: int, budget: list[int]
) -> Iterator[Member]:
    budget[0] -= archive.expanded_bytes
    seen: set[str] = set()
    for entry in sorted(archive.entries, key=lambda e: e.filename):
        name = _name(entry)
        if entry.is_dir() or is_clutter(name.replace("\\", "/")) or "/.git/" in name:
            continue
        try:
            path = prefix + safe_path(name)
            _refuse_special(entry)
            if path in seen:
                raise UnsafePathError("The archive holds this name twice.")
            seen.add(path)
            content = archive.read(entry)
            if not path.lower().endswith(".zip"):
                yield Member(path, content)
                continue
            if depth >= limits.max_nesting:
                raise UnsupportedFormatError("Archives are not opened this deep in archives.")
            inner = Archive(content, limits=limits)
            if inner.expanded_bytes > budget[0]:
                raise UnsafeArchiveError(
                    "The archives inside unpack to more than is allowed.",
                    setting="max_expanded_bytes",
                )
        except DocumentError as exc:
            yield Member(_shown(prefix + name), error=exc)
            continue
        yield from _members(inner, f"{path}/", limits, depth=depth + 1, budget=budget)


def _refuse_special(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise UnsafePathError("The member is a link.")
    if kind not in (0, stat.S_IFREG):
        raise UnsafePathError("The member is a device or another special file.")


def _name(entry: zipfile.ZipInfo) -> str:
    """The name in the charset it was written in: many packers write UTF-8 and do not say so."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _shown(name: str) -> str:
    return _CONTROL.sub("\ufffd", name)[:1024]


def _too_large(size: int, limits: IngestionSettings) -> TooLargeError:
    return TooLargeError(
        f"The file has {size:,} bytes; {limits.max_bytes:,} are allowed.",
        limit=limits.max_bytes,
        setting="max_bytes",
    )
