"""Trains the reader: `python -m tools.training.train EXAMPLES WEIGHTS OUT --steps N`.

EXAMPLES is what `build` wrote, WEIGHTS the folder of all-MiniLM-L6-v2. It needs torch, safetensors and tokenizers, in
an environment of its own. It prints how well questions are told apart that it never saw, and stores the weights each
time, averaged over the last steps.
"""

import argparse
import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from caseplane.core.reading.encoding import Tokens
from caseplane.core.reading.encoding import encode as encode_pairs
from tools.training.examples import Labelled, Passage, read
from tools.training.model import ReaderModel

WRONG_PER_QUESTION = 3
QUESTIONS_A_STEP = 8
RATE, HEAD_RATE, WARM_UP, FADE = 1.5e-4, 1e-3, 50, 0.5
KEPT = 0.995
"""Share of the averaged weights that stays at a step."""
SHARES = {
    "squad": 4.0,
    "squad-exchanged": 1.0,
    "qed": 2.0,
    "selqa": 2.0,
    "policyqa": 1.0,
    "medquad": 0.4,
    "faq": 1.0,
}
OTHER_SHARE = 0.3
"""How often a source's questions are drawn. Documentation has most of them, and those from headings are soon learned."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("examples", "weights", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--every", type=int, default=250)
    parser.add_argument("--begin", type=Path, help="weights to go on from")
    arguments = parser.parse_args()
    torch.manual_seed(13)
    tokenizer = Tokenizer.from_file(str(arguments.weights / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    model = ReaderModel(load_file(arguments.weights / "model.safetensors"))
    if arguments.begin:
        model.load_state_dict(load_file(arguments.begin), strict=False)
    averaged = {
        name: value.detach().clone() for name, value in model.named_parameters() if value.requires_grad
    }
    heads = [
        p
        for name, p in model.named_parameters()
        if name.startswith(("answers", "evidence", "important", "marks"))
    ]
    known = {id(p) for p in heads}
    body = [p for p in model.parameters() if p.requires_grad and id(p) not in known]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}], weight_decay=0.01
    )
    rates = [RATE, HEAD_RATE]
    held_out = list(read(arguments.examples / "held_out.jsonl"))
    drawn = batches(list(read(arguments.examples / "train.jsonl")), random.Random(13))  # noqa: S311
    losses: list[float] = []
    begun = time.monotonic()
    for step in range(1, arguments.steps + 1):
        left = (arguments.steps - step) / (FADE * arguments.steps)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, step / WARM_UP, left + 0.02)
        model.train()
        loss = loss_of(model, tokenizer, next(drawn))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(body, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        kept = min(KEPT, step / (step + 10))
        with torch.no_grad():
            for name, value in model.named_parameters():
                if name in averaged:
                    averaged[name].lerp_(value, 1 - kept)
        if step % 50 == 0:
            print(
                f"step {step} loss {np.mean(losses[-50:]):.4f} after {time.monotonic() - begun:.0f} s",
                flush=True,
            )
        if step % arguments.every == 0 or step == arguments.steps:
            save_file(averaged, arguments.out)
            now = {
                name: value.detach().clone() for name, value in model.named_parameters() if name in averaged
            }
            model.load_state_dict(averaged, strict=False)
            print(
                f"step {step}",
                figures(model, tokenizer, held_out, 250 if step < arguments.steps else 10_000),
                flush=True,
            )
            model.load_state_dict(now, strict=False)


def batches(labelled: Sequence[Labelled], chance: random.Random) -> Iterator[list[tuple[str, list[Passage]]]]:
    """Without end: questions of similar length, each with one passage that answers, if any, and some that do not."""
    weights = [SHARES.get(row.source, OTHER_SHARE) for row in labelled]
    while True:
        pool = []
        for row in chance.choices(labelled, weights, k=QUESTIONS_A_STEP * 24):
            right = [p for p in row.passages if p.answers]
            wrong = [p for p in row.passages if not p.answers]
            some = chance.sample(wrong, min(len(wrong), WRONG_PER_QUESTION))
            pool.append((row.question, [*chance.sample(right, min(1, len(right))), *some]))
        pool = [(asked, shown) for asked, shown in pool if shown]
        pool.sort(key=lambda each: max(len(p.text) + len(p.heading) for p in each[1]))
        found = [pool[i : i + QUESTIONS_A_STEP] for i in range(0, len(pool), QUESTIONS_A_STEP)]
        chance.shuffle(found)
        yield from found


def encode(tokenizer: Any, question: str, passages: Sequence[Passage]) -> list[Tokens]:
    return encode_pairs(tokenizer, question, [(p.heading, p.text) for p in passages])


def loss_of(model: ReaderModel, tokenizer: Any, batch: Sequence[tuple[str, list[Passage]]]) -> Tensor:
    """Whether passages answer, which of a question's does, and which words do."""
    rows, passages, owner = [], [], []
    for number, (asked, shown) in enumerate(batch):
        rows += encode(tokenizer, asked, shown)
        passages += shown
        owner += [number] * len(shown)
    answers, evidence = run(model, rows)
    wanted = torch.tensor([float(p.answers) for p in passages])
    smooth = wanted * 0.96 + 0.01
    loss = functional.binary_cross_entropy_with_logits(answers, smooth)
    owners = torch.tensor(owner)
    chosen = []
    for number in range(len(batch)):
        mine = owners == number
        if bool(wanted[mine].any()) and int(mine.sum()) > 1:
            chosen.append(-functional.log_softmax(answers[mine], 0)[wanted[mine] > 0].mean())
    if chosen:
        loss = loss + 0.5 * torch.stack(chosen).mean()
    target, known = spans(rows, passages, evidence.shape[1])
    if bool(known.any()):
        each = functional.binary_cross_entropy_with_logits(evidence, target, reduction="none")
        loss = loss + 0.5 * (each * known).sum() / known.sum()
    return loss


def run(model: ReaderModel, rows: Sequence[Tokens]) -> tuple[Tensor, Tensor]:
    width = -(-max(len(row.ids) for row in rows) // 16) * 16
    ids, marks, mask = (torch.zeros((len(rows), width), dtype=torch.long) for _ in range(3))
    for place, row in enumerate(rows):
        ids[place, : len(row.ids)] = torch.from_numpy(row.ids)
        marks[place, : len(row.ids)] = torch.from_numpy(row.marks)
        mask[place, : len(row.ids)] = 1
    with torch.autocast("cpu", dtype=torch.bfloat16):
        answers, evidence = model(ids[:, : min(width, 192)], marks[:, :192], mask[:, :192])
    return answers.float(), evidence.float()


def spans(rows: Sequence[Tokens], passages: Sequence[Passage], width: int) -> tuple[Tensor, Tensor]:
    """Which tokens belong to the sentence with the answer, and for which that is known."""
    target, known = torch.zeros((len(rows), width)), torch.zeros((len(rows), width))
    for place, (row, passage) in enumerate(zip(rows, passages, strict=True)):
        if passage.gold is None:
            continue
        gold = [sentence(passage.text, a, b) for a, b in passage.gold]
        for at, (start, end) in enumerate(row.offsets[:width]):
            if start >= 0:
                known[place, at] = 1.0
                target[place, at] = float(any(start < b and a < end for a, b in gold))
    return target, known


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch with the rest of its sentence or line."""
    before = [m.end() for m in re.finditer(r"[.!?]\s+|\n", text[:start])]
    after = re.search(r"[.!?](?=\s|$)|\n|$", text[max(start, end - 1) :])
    return (before[-1] if before else 0), (max(start, end - 1) + after.end() if after else len(text))


@torch.no_grad()
def figures(model: ReaderModel, tokenizer: Any, held_out: Sequence[Labelled], most: int) -> dict[str, float]:
    """Figures by source.

    `auroc`: how well questions with an answer in their passages are told from those without; `first`: how often the
    passage that answers is first.
    """
    model.eval()
    found: dict[str, float] = {}
    for source in sorted({row.source for row in held_out}):
        rows = [row for row in held_out if row.source == source]
        rows = random.Random(1).sample(rows, min(most, len(rows)))  # noqa: S311
        best, labels, first, order = [], [], [], []
        for row in rows:
            answers = run(model, encode(tokenizer, row.question, row.passages))[0].numpy()
            right = np.array([p.answers for p in row.passages])
            if right.any() and not right.all():
                first.append(bool(right[int(answers.argmax())]))
                # Of a documentation, the same question without its section is the one without an answer.
                if source != "squad":
                    best += [answers.max(), answers[~right].max()]
                    labels += [True, False]
            if source == "squad":
                best.append(answers.max())
                labels.append(bool(right.any()))
            order.append(answers.max())
        found[f"{source} auroc"] = round(auroc(np.array(best), np.array(labels)), 4)
        found[f"{source} first"] = round(float(np.mean(first)), 4) if first else float("nan")
    return found


def auroc(scores: Any, labels: Any) -> float:
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    right = int(labels.sum())
    if right in (0, len(labels)):
        return float("nan")
    return float((ranks[labels].sum() - right * (right + 1) / 2) / (right * (len(labels) - right)))


if __name__ == "__main__":
    main()
