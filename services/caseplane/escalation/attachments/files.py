"""Names and types of files: only types that are on the list, and only if the content is what the name says.

The name that a customer gave is kept for people and never becomes a path: the object's key is made of ids.
"""

import csv
import io
import json
import re
import unicodedata
import zipfile

from caseplane.core.errors import InvalidInputError, UnsupportedMediaError

OOXML = "application/vnd.openxmlformats-officedocument"
TYPES: dict[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "docx": f"{OOXML}.wordprocessingml.document",
    "xlsx": f"{OOXML}.spreadsheetml.sheet",
    "txt": "text/plain",
    "log": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "json": "application/json",
}
"""By extension. HTML and SVG are left out: a browser would run what is in them."""
MAX_NAME = 200
RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def clean_name(name: str) -> str:
    """A file name that is safe to show and to save under: no folders, controls or reserved names.

    Raises:
        InvalidInputError: nothing is left of it.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in name if c.isprintable() and c not in '<>:"|?*').strip(" .")
    if RESERVED.match(kept):
        kept = f"_{kept}"
    if not kept:
        raise InvalidInputError("The file needs a name.")
    stem, dot, extension = kept.rpartition(".")
    if dot and len(kept) > MAX_NAME:
        kept = f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}"
    return kept[:MAX_NAME]


def media_type_of(name: str, data: bytes) -> str:
    """The type that the name promises, if the content is of that type.

    Raises:
        UnsupportedMediaError: the type is not on the list, or the content is something else.
    """
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in TYPES:
        listed = ", ".join(TYPES)
        raise UnsupportedMediaError(f"Files of type .{extension} are not accepted; these are: {listed}.")
    if not _is(extension, data):
        raise UnsupportedMediaError(f"The content is not what .{extension} says it is.")
    return TYPES[extension]


def _is(extension: str, data: bytes) -> bool:
    match extension:
        case "png":
            return data.startswith(b"\x89PNG\r\n\x1a\n")
        case "jpg" | "jpeg":
            return data.startswith(b"\xff\xd8\xff")
        case "gif":
            return data.startswith((b"GIF87a", b"GIF89a"))
        case "webp":
            return data[:4] == b"RIFF" and data[8:12] == b"WEBP"
        case "pdf":
            return data.startswith(b"%PDF-")
        case "docx":
            return _zip_holds(data, "word/document.xml")
        case "xlsx":
            return _zip_holds(data, "xl/workbook.xml")
        case _:
            return _is_text(extension, data)


def _zip_holds(data: bytes, member: str) -> bool:
    """Whether it is a zip with this member; only its directory is read, so a bomb costs nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return member in names and "[Content_Types].xml" in names


def _is_text(extension: str, data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if any(ord(c) < 32 and c not in "\t\n\r\f\x1b" for c in text):
        return False
    try:
        if extension == "json":
            json.loads(text)
        elif extension == "csv":
            for _ in zip(range(100), csv.reader(io.StringIO(text)), strict=False):
                pass
    except (ValueError, csv.Error, RecursionError):
        return False
    return True
