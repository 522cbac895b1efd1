"""The reader that comes with the package: four layers in int8 (`reader.onnx`) over the embedding model's word table.

The layers are a file of this package, trained by `tools/training`. The word table is the one of all-MiniLM-L6-v2, which
the extra `local` installs anyway; it is stored once in half precision, so that it is mapped and not loaded.
"""

import asyncio
import contextlib
import importlib.util
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caseplane.core.embeddings.minilm import WEIGHTS_PACKAGE, batches, weights_folder, write_atomically
from caseplane.core.reading.encoding import Tokens, encode
from caseplane.core.reading.port import Asked, Read
from caseplane.core.telemetry import get_logger

MODEL = Path(__file__).with_name("reader.onnx")
TABLE = "all-MiniLM-L6-v2-words-fp16.npy"
WIDTH = 384
UNREAD = -8.0
"""Log odds of a stretch of which no token was read."""
log = get_logger(__name__)


class _Loaded(NamedTuple):
    tokenizer: Any
    session: Any
    words: NDArray[np.float16]


class PackagedReader:
    """The reader in this process; its model is loaded at the first use.

    Args:
        cache_dir: where the word table is kept between starts; if unwritable, it is read anew each time.
        threads: batches read at once; 0 means one per core, at most 4.
    """

    def __init__(self, *, cache_dir: Path, threads: int = 0) -> None:
        self._cache_dir = cache_dir
        self._pool = ThreadPoolExecutor(threads or min(os.cpu_count() or 1, 4), thread_name_prefix="reader")
        self._loading = Lock()
        self._loaded: _Loaded | None = None

    @staticmethod
    def available() -> bool:
        """Whether what it needs is installed: the extra `local`."""
        return all(importlib.util.find_spec(name) for name in (WEIGHTS_PACKAGE, "onnxruntime", "tokenizers"))

    async def read(self, question: str, passages: Sequence[Asked]) -> list[Read]:
        if not passages:
            return []
        return await asyncio.to_thread(self.read_now, question, passages)

    def read_now(self, question: str, passages: Sequence[Asked]) -> list[Read]:
        """Read in the calling thread."""
        loaded = self._load()
        rows = encode(loaded.tokenizer, question, [(each.heading, each.text) for each in passages])
        found: list[Read | None] = [None] * len(rows)

        def run(places: list[int]) -> None:
            answers, evidence = _run(loaded, [rows[place] for place in places])
            for at, place in enumerate(places):
                judged = [_of(rows[place], evidence[at], *each) for each in passages[place].stretches]
                found[place] = Read(float(answers[at]), np.array(judged, np.float32))

        list(self._pool.map(run, batches([len(row.ids) for row in rows])))
        return [each for each in found if each is not None]

    def _load(self) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._loaded = _Loaded(_tokenizer(), _session(), word_table(self._cache_dir))
            return self._loaded


def _run(loaded: _Loaded, rows: Sequence[Tokens]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    width = max(len(row.ids) for row in rows)
    words = np.zeros((len(rows), width, WIDTH), np.float32)
    marks = np.zeros((len(rows), width), np.int64)
    mask = np.zeros((len(rows), width), np.int64)
    for place, row in enumerate(rows):
        words[place, : len(row.ids)] = loaded.words[row.ids]
        marks[place, : len(row.ids)] = row.marks
        mask[place, : len(row.ids)] = 1
    answers, evidence = loaded.session.run(None, {"words": words, "marks": marks, "attention_mask": mask})
    return answers, evidence


def _of(row: Tokens, evidence: NDArray[np.float32], start: int, end: int) -> float:
    """The mean over a stretch's tokens."""
    inside = [at for at, (a, b) in enumerate(row.offsets) if a < end and start < b]
    return float(evidence[inside].mean()) if inside else UNREAD


def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(MODEL.read_bytes(), options, providers=["CPUExecutionProvider"])


def word_table(cache_dir: Path) -> NDArray[np.float16]:
    """The embedding model's word table, shape (words, 384), mapped from the cache where that can be."""
    path = cache_dir / TABLE
    with contextlib.suppress(OSError, ValueError):
        stored: NDArray[np.float16] = np.load(path, mmap_mode="r")
        return stored
    from safetensors import safe_open

    with safe_open(weights_folder() / "model.safetensors", "np") as weights:
        table: NDArray[np.float16] = weights.get_tensor("embeddings.word_embeddings.weight").astype(
            np.float16
        )
    try:
        write_atomically(path, _as_file(table))
    except OSError as error:  # a read-only file system costs memory and a second at each start
        log.warning("reader_cache_unwritable", path=str(path), reason=error.strerror)
    return table


def _as_file(table: NDArray[np.float16]) -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    np.save(buffer, table)
    return buffer.getvalue()
