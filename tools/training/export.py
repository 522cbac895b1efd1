"""Writes the trained reader as the file that ships: `python -m tools.training.export TRAINED`.

TRAINED is what `train` stored. The word table is an input of the graph and not
in the file. It runs in the repository's environment, and prints the file's size and SHA-256.
"""

import argparse
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper
from safetensors.numpy import load_file

from caseplane.core.embeddings.graph import DIMENSION, EPSILON, MASK, LayerWriter
from caseplane.core.reading.model import MODEL

WORDS, MARKS, ANSWERS, EVIDENCE = "words", "marks", "answers", "evidence"
_NAMES = {
    "attended": "attention.output.dense", "norm": "attention.output.LayerNorm", "wide": "intermediate.dense",
    "narrow": "output.dense", "norm_out": "output.LayerNorm",
}  # fmt: skip

Array = NDArray[Any]


class ReaderWriter(LayerWriter):
    """Writes the reader with int8 products.

    Inputs: `words`, float32 rows of the word table (batch, tokens, 384); `marks` and `attention_mask`, int64 (batch,
    tokens). Outputs: `answers` (batch,) and `evidence` (batch, tokens), log odds.
    """

    def __init__(self, trained: Mapping[str, Array]) -> None:
        super().__init__(_renamed(trained), int8=True)
        self._depth = 1 + max(int(name.split(".")[1]) for name in trained if name.startswith("layers."))

    def write(self) -> bytes:
        hidden = self._layers(self._depth, self._embed())
        first = self._node("Gather", hidden, self._constant("first", np.array([0], np.int64)), axis=1)
        first = self._node("Squeeze", first, self._constant("tokens", np.array([1], np.int64)))
        self._head(self._node("Concat", first, self._met(hidden), axis=1), ANSWERS)
        self._head(hidden, EVIDENCE)
        inputs = [
            helper.make_tensor_value_info(WORDS, TensorProto.FLOAT, ["batch", "tokens", DIMENSION]),
            helper.make_tensor_value_info(MARKS, TensorProto.INT64, ["batch", "tokens"]),
            helper.make_tensor_value_info(MASK, TensorProto.INT64, ["batch", "tokens"]),
        ]
        outputs = [
            helper.make_tensor_value_info(ANSWERS, TensorProto.FLOAT, ["batch"]),
            helper.make_tensor_value_info(EVIDENCE, TensorProto.FLOAT, ["batch", "tokens"]),
        ]
        return self._model("caseplane-reader", inputs, outputs)

    def _embed(self) -> str:
        zero = self._constant("zero", np.array([0], np.int64))
        length = self._node("Shape", MARKS, start=1, end=2)
        used = self._node("Slice", self._weight("positions"), zero, length, zero)
        marked = self._node("Gather", self._constant("marks.table", self._weights["marks"]), MARKS)
        summed = self._node("Add", self._node("Add", WORDS, used), marked)
        gain, bias = self._pair("embeddings.LayerNorm.")
        return self._node("LayerNormalization", summed, gain, bias, epsilon=EPSILON, axis=-1)

    def _met(self, hidden: str) -> str:
        """How near the words of the question come to the passage's; see `ReaderModel`."""
        last = self._constant("last", np.array([-1], np.int64))
        tokens = self._constant("tokens", np.array([1], np.int64))
        one = self._constant("one", np.array(1, np.float32))
        mask = self._node("Cast", MASK, to=TensorProto.FLOAT)
        of_passage = self._node("GreaterOrEqual", MARKS, self._constant("two", np.array([2], np.int64)))
        told = self._node("Mul", self._node("Cast", of_passage, to=TensorProto.FLOAT), mask)
        untold = self._node("Sub", one, told)
        unit = self._node("LpNormalization", hidden, axis=-1, p=2)
        cosines = self._node("MatMul", unit, self._node("Transpose", unit, perm=[0, 2, 1]))
        barred = self._node("Mul", untold, self._constant("four", np.array([4], np.float32)))
        near = self._node(
            "ReduceMax", self._node("Sub", cosines, self._node("Unsqueeze", barred, tokens)), last, keepdims=1
        )
        asked = self._node("Mul", untold, mask)
        out = self._node(
            "Mul", self._node("Sub", one, asked), self._constant("far", np.array([1e4], np.float32))
        )
        weights = self._constant("important.weight.t", self._weights["important.weight"].T)
        said = self._node("Add", self._node("MatMul", hidden, weights), self._weight("important.bias"))
        shares = self._node("Softmax", self._node("Sub", said, self._node("Unsqueeze", out, last)), axis=1)
        return self._node("ReduceSum", self._node("Mul", shares, near), tokens, keepdims=0)

    def _head(self, hidden: str, name: str) -> None:
        weight = self._constant(f"{name}.weight.t", self._weights[f"{name}.weight"].T)
        odds = self._node("Add", self._node("MatMul", hidden, weight), self._weight(f"{name}.bias"))
        last = self._constant("last", np.array([-1], np.int64))
        self._nodes.append(helper.make_node("Squeeze", [odds, last], [name]))


def _renamed(trained: Mapping[str, Array]) -> dict[str, Array]:
    """The trained tensors by the names of a BERT checkpoint."""
    found = {}
    for name, value in trained.items():
        parts = name.split(".")
        if parts[0] == "norm":
            found[f"embeddings.LayerNorm.{parts[1]}"] = value
        elif parts[0] != "layers":
            found[name] = value
        elif parts[2] == "projections":
            for place, part in enumerate(("query", "key", "value")):
                own = f"encoder.layer.{parts[1]}.attention.self.{part}.{parts[3]}"
                found[own] = value[place * DIMENSION : (place + 1) * DIMENSION]
        else:
            found[f"encoder.layer.{parts[1]}.{_NAMES[parts[2]]}.{parts[3]}"] = value
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=MODEL)
    arguments = parser.parse_args()
    model = ReaderWriter(load_file(arguments.trained)).write()
    arguments.out.write_bytes(model)
    print(f"{arguments.out}: {len(model) / 1e6:.1f} MB, SHA-256 {hashlib.sha256(model).hexdigest()}")


if __name__ == "__main__":
    main()
