"""The reader: a small model that sees a question and a passage together and says whether the passage answers.

Vectors are made of question and passage alone, so they tell what a passage is about but not whether it answers.
`docs/reader.md` says what it was trained on, how good it is and where it fails.
"""

from pathlib import Path

from caseplane.core.reading.port import Asked, Read, Reader, Span
from caseplane.core.reading.settings import ReaderSettings

__all__ = ["Asked", "Read", "Reader", "ReaderSettings", "Span", "build_reader"]


def build_reader(settings: ReaderSettings, *, cache_dir: Path) -> Reader | None:
    """The reader that comes with the package, loaded at its first use; None if it is turned off or lacks its packages.

    Args:
        settings: whether it is used, and how.
        cache_dir: of the embedding model; its word table is kept there between starts.
    """
    from caseplane.core.reading.model import PackagedReader

    if not settings.enabled or not PackagedReader.available():
        return None
    return PackagedReader(cache_dir=cache_dir, threads=settings.threads)
