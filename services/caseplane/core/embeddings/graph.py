"""The ONNX graph of all-MiniLM-L6-v2, written from its weights: no torch, no exporter.

Mean pooling and normalisation are part of the graph, so a session's output is the embedding. In int8
each weight column has a scale, and each token's activations a scale of their own: a scale per batch, the
usual dynamic quantisation, loses more and makes a text's vector depend on its neighbours in the batch.

Source: Devlin et al. 2019, arXiv:1810.04805; Reimers and Gurevych 2019, arXiv:1908.10084.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from caseplane.core.embeddings.port import Quantisation

DIMENSION, HEADS, LAYERS, MAX_TOKENS = 384, 12, 6, 256
IDS, MASK, EMBEDDING = "input_ids", "attention_mask", "embedding"
EPSILON = 1e-12
FUSED = "com.microsoft"

Array = NDArray[Any]


def build_graph(weights: Mapping[str, Array], quantisation: Quantisation) -> bytes:
    """Write the model as a serialised ONNX file.

    Args:
        weights: the checkpoint's tensors by name, float32.
        quantisation: of the matrix products; int8 also stores the word table in half precision.

    Returns:
        A model with int64 inputs `input_ids` and `attention_mask` of shape (batch, tokens), tokens at
        most 256, and output `embedding` of shape (batch, 384), float32, rows of length 1.
    """
    return _EmbeddingWriter(weights, int8=quantisation == "int8").write()


class LayerWriter:
    """Writes the layers of a BERT; a model adds what comes before and after them.

    Args:
        weights: the checkpoint's tensors by name, float32.
        int8: whether the matrix products are quantised.
    """

    def __init__(self, weights: Mapping[str, Array], *, int8: bool) -> None:
        self._weights, self._int8 = weights, int8
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def _layers(self, count: int, hidden: str) -> str:
        mask = self._node("Cast", MASK, to=TensorProto.INT32)
        for layer in range(count):
            hidden = self._layer(f"encoder.layer.{layer}.", hidden, mask)
        return hidden

    def _model(self, name: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> bytes:
        graph = helper.make_graph(self._nodes, name, inputs, outputs, list(self._constants.values()))
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        return bytes(model.SerializeToString())

    def _layer(self, prefix: str, hidden: str, mask: str) -> str:
        own = f"{prefix}attention.self."
        projections = ("query", "key", "value")
        weight = np.concatenate([self._weights[f"{own}{name}.weight"].T for name in projections], 1)
        bias = np.concatenate([self._weights[f"{own}{name}.bias"] for name in projections])
        heads = self._split(self._product(hidden, f"{own}projections", weight))
        attended = self._node(
            "MultiHeadAttention",
            *heads,
            self._constant(f"{own}bias", bias),
            mask,
            domain=FUSED,
            num_heads=HEADS,
        )
        hidden = self._project(f"{prefix}attention.output.", attended, hidden)
        inner = f"{prefix}intermediate.dense."
        widened = self._product(hidden, inner, self._weights[f"{inner}weight"].T)
        bent = self._node("BiasGelu", widened, self._weight(f"{inner}bias"), domain=FUSED)
        return self._project(f"{prefix}output.", bent, hidden)

    def _project(self, prefix: str, x: str, residual: str) -> str:
        bias = self._weight(f"{prefix}dense.bias")
        product = self._product(x, f"{prefix}dense.", self._weights[f"{prefix}dense.weight"].T, bias)
        gain, offset = self._pair(f"{prefix}LayerNorm.")
        # Two plain operators: the fused SkipLayerNormalization takes four times as long here.
        summed = self._node("Add", product, residual)
        return self._node("LayerNormalization", summed, gain, offset, epsilon=EPSILON, axis=-1)

    def _product(self, x: str, name: str, weight: Array, bias: str = "") -> str:
        """Matrix product with a weight of shape (in, out), plus a bias if one is named."""
        product = self._int8_product(x, name, weight) if self._int8 else self._float_product(x, name, weight)
        return self._node("Add", product, bias) if bias else product

    def _float_product(self, x: str, name: str, weight: Array) -> str:
        return self._node("MatMul", x, self._constant(f"{name}weight", weight))

    def _int8_product(self, x: str, name: str, weight: Array) -> str:
        # Seven bits: processors without VNNI add two products in 16 bits, and 2 x 255 x 63 still fits there.
        column_scale = (np.abs(weight).max(axis=0) / 63).astype(np.float32)
        quantised = np.rint(weight / column_scale).astype(np.int8)
        last = self._constant("last", np.array([-1], np.int64))
        one = self._constant("one", np.array(1, np.float32))
        middle = self._constant("middle", np.array(128, np.uint8))
        # The largest magnitude by two reductions: `Abs` would write the whole matrix again.
        highest = self._node("ReduceMax", x, last, keepdims=1)
        lowest = self._node("Neg", self._node("ReduceMin", x, last, keepdims=1))
        to_int = self._constant("to_int", np.array(1 / 127, np.float32))
        row_scale = self._node("Mul", self._node("Max", highest, lowest), to_int)
        integers = self._node("QuantizeLinear", self._node("Div", x, row_scale), one, middle)
        product = self._node(
            "MatMulIntegerToFloat",
            integers,
            self._constant(f"{name}weight", quantised),
            one,
            self._constant(f"{name}scale", column_scale),
            middle,
            self._constant("none", np.array(0, np.int8)),
            domain=FUSED,
        )
        return self._node("Mul", product, row_scale)

    def _split(self, x: str) -> tuple[str, ...]:
        outputs = tuple(f"{x}.{part}" for part in range(3))
        self._nodes.append(helper.make_node("Split", [x], list(outputs), axis=-1, num_outputs=3))
        return outputs

    def _pair(self, prefix: str) -> tuple[str, str]:
        return self._weight(f"{prefix}weight"), self._weight(f"{prefix}bias")

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, values: Array) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def _node(self, operation: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        output = f"{operation}.{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, list(inputs), [output], domain=domain, **attributes))
        return output


class _EmbeddingWriter(LayerWriter):
    def write(self) -> bytes:
        self._pool(self._layers(LAYERS, self._embed_tokens()))
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in (IDS, MASK)
        ]
        output = helper.make_tensor_value_info(EMBEDDING, TensorProto.FLOAT, ["batch", DIMENSION])
        return self._model("all-MiniLM-L6-v2", inputs, [output])

    def _embed_tokens(self) -> str:
        table = self._weights["embeddings.word_embeddings.weight"]
        # Every text is one segment, so the segment's vector is folded into the positions.
        positions = self._weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
        positions = positions + self._weights["embeddings.token_type_embeddings.weight"][0]
        if self._int8:
            rows = self._node("Gather", self._constant("words", table.astype(np.float16)), IDS)
            words = self._node("Cast", rows, to=TensorProto.FLOAT)
        else:
            words = self._node("Gather", self._constant("words", table), IDS)
        zero = self._constant("zero", np.array([0], np.int64))
        length = self._node("Shape", IDS, start=1, end=2)
        used = self._node("Slice", self._constant("positions", positions), zero, length, zero)
        summed = self._node("Add", words, used)
        gain, bias = self._pair("embeddings.LayerNorm.")
        return self._node("LayerNormalization", summed, gain, bias, epsilon=EPSILON, axis=-1)

    def _pool(self, hidden: str) -> None:
        last = self._constant("last", np.array([-1], np.int64))
        tokens = self._constant("tokens", np.array([1], np.int64))
        mask = self._node("Unsqueeze", self._node("Cast", MASK, to=TensorProto.FLOAT), last)
        total = self._node("ReduceSum", self._node("Mul", hidden, mask), tokens, keepdims=0)
        count = self._node("ReduceSum", mask, tokens, keepdims=0)
        mean = self._node("Div", total, count)
        self._nodes.append(helper.make_node("LpNormalization", [mean], [EMBEDDING], axis=-1, p=2))
