"""Writes the embedding model's graph into a folder, so that pods need neither the weights nor what reads them.

    model.py FOLDER

Run while the services' image is built, from where the weights' package is installed. Of that package only the
tokenizer's files stay: the graph holds the weights, quantised.
"""

import sys
from pathlib import Path

from caseplane.core.embeddings.minilm import MiniLmEmbedder, weights_folder
from caseplane.core.reading.model import word_table


def main(folder: str) -> None:
    """Write the graph, try it once, keep the words that the reader needs, and remove the weights that both are made from."""
    embedder = MiniLmEmbedder(cache_dir=Path(folder))
    vector = embedder.embed_now(["Does it work?"])[0]
    if abs(float(vector @ vector) - 1) > 1e-3:
        raise SystemExit("The model does not give vectors of length 1.")
    word_table(Path(folder))
    for weights in weights_folder().glob("*.safetensors"):
        weights.unlink()


if __name__ == "__main__":
    main(sys.argv[1])
