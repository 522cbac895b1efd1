"""The reader in torch: the first layers of all-MiniLM-L6-v2 over a question and a passage together.

`caseplane.core.reading.graph` writes the same arithmetic for ONNX Runtime; `export` checks that they agree.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH, HEADS, LAYERS, LONGEST = 384, 12, 4, 192
VIEWS = 4
MARKS = 4
"""Kinds of tokens: of the question, of it and said in the passage, of the passage, of it and asked for."""


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.projections = nn.Linear(WIDTH, 3 * WIDTH)
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.wide = nn.Linear(WIDTH, 4 * WIDTH)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH)
        self.norm_out = nn.LayerNorm(WIDTH, eps=1e-12)
        self.dropout = nn.Dropout(0.1)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        rows, tokens, _ = hidden.shape
        parts = self.projections(hidden).view(rows, tokens, 3, HEADS, WIDTH // HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = self.attended(mixed.transpose(1, 2).reshape(rows, tokens, WIDTH))
        hidden = self.norm(hidden + self.dropout(mixed))
        inner = self.narrow(functional.gelu(self.wide(hidden)))
        return self.norm_out(hidden + self.dropout(inner))


class ReaderModel(nn.Module):
    """See the module.

    Args:
        weights: of all-MiniLM-L6-v2, by name. Its word table is used as it is and not trained, so that an
            installation need not have it twice.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(
            weights["embeddings.word_embeddings.weight"].float(), freeze=True
        )
        first = weights["embeddings.token_type_embeddings.weight"][0]
        self.positions = nn.Parameter(weights["embeddings.position_embeddings.weight"][:LONGEST] + first)
        self.marks = nn.Parameter(torch.randn(MARKS, WIDTH) * 0.01)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.important = nn.Linear(WIDTH, VIEWS)
        self.answers = nn.Linear(WIDTH + VIEWS, 1)
        self.evidence = nn.Linear(WIDTH, 1)
        nn.init.zeros_(self.evidence.bias)
        nn.init.normal_(self.important.weight, std=0.05)
        with torch.no_grad():
            self.answers.weight *= 0.2
            self.answers.weight[0, WIDTH:] = 4.0
            self.answers.bias.fill_(-9.0)
        self._take(weights)

    def _take(self, weights: Mapping[str, Tensor]) -> None:
        def linear(target: nn.Linear, *names: str) -> None:
            target.weight.data = torch.cat([weights[f"{name}.weight"] for name in names]).float()
            target.bias.data = torch.cat([weights[f"{name}.bias"] for name in names]).float()

        def norm(target: nn.LayerNorm, name: str) -> None:
            target.weight.data = weights[f"{name}.weight"].float().clone()
            target.bias.data = weights[f"{name}.bias"].float().clone()

        norm(self.norm, "embeddings.LayerNorm")
        for number, layer in enumerate(self.layers):
            prefix = f"encoder.layer.{number}."
            own = f"{prefix}attention.self."
            linear(layer.projections, f"{own}query", f"{own}key", f"{own}value")
            linear(layer.attended, f"{prefix}attention.output.dense")
            norm(layer.norm, f"{prefix}attention.output.LayerNorm")
            linear(layer.wide, f"{prefix}intermediate.dense")
            linear(layer.narrow, f"{prefix}output.dense")
            norm(layer.norm_out, f"{prefix}output.LayerNorm")

    def forward(self, ids: Tensor, marks: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Read rows.

        Args:
            ids: tokens, shape (rows, tokens).
            marks: the kind of each.
            mask: 1 for tokens, 0 for padding.

        Returns:
            Log odds that the passage answers, shape (rows,), and that a token belongs to the answer, (rows, tokens).
        """
        hidden = self.norm(self.words(ids) + self.positions[: ids.shape[1]] + self.marks[marks])
        hidden = functional.dropout(hidden, 0.1, self.training)
        seen = torch.zeros(mask.shape, dtype=torch.float32).masked_fill(mask == 0, -math.inf)[
            :, None, None, :
        ]
        for layer in self.layers:
            hidden = layer(hidden, seen.to(hidden.dtype))
        hidden = hidden.float()
        found = torch.cat([hidden[:, 0], self._met(hidden, marks, mask)], 1)
        return self.answers(found).squeeze(-1), self.evidence(hidden).squeeze(-1)

    def _met(self, hidden: Tensor, marks: Tensor, mask: Tensor) -> Tensor:
        """How near the words of the question come to their nearest of the passage, shape (rows, views).

        A view is a mean of cosines, weighted by how important the model takes each word to be.
        """
        told = (marks >= 2).float() * mask
        unit = functional.normalize(hidden, dim=-1)
        near = (unit @ unit.transpose(1, 2) - 4.0 * (1.0 - told)[:, None, :]).amax(-1)
        weight = self.important(hidden) - 1e4 * (1.0 - (1.0 - told) * mask)[..., None]
        return (torch.softmax(weight, 1) * near[..., None]).sum(1)
