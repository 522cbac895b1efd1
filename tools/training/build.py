"""Writes the labelled questions: `python -m tools.training.build DATA OUT`.

DATA has a folder per source, laid out as `docs/reader.md` says. OUT receives `train.jsonl` and `held_out.jsonl`.
"""

import argparse
import random
from collections.abc import Iterable
from pathlib import Path

from tools.training import datasets
from tools.training.documentation import questions_of
from tools.training.examples import Labelled, write
from tools.training.hardening import other_questions, with_near, without_answers, without_headings

DOCUMENTATION = (
    "aks", "business-central", "cert-manager", "chatwoot", "dapr", "flux", "hugo", "knative", "microsoft-365-community",
    "otel",
)  # fmt: skip
HELD_OUT = "prometheus"
"""A documentation that only measures."""
SEED = 13


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    data, out = arguments.data, arguments.out
    chance = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    train: list[Labelled] = []
    for name in DOCUMENTATION:
        rows = _hard(questions_of(data / name, name, chance), chance, among=80)
        train += without_headings(rows, chance, 0.4)
    train += _hard(datasets.squad(data / "squad" / "dev_a.json", held_out=False), chance)
    train += _hard(datasets.qed(data / "qed"), chance)
    train += _hard(datasets.policyqa(data / "policyqa", chance), chance)
    train += _hard(datasets.selqa(data / "selqa"), chance)
    train += _hard(datasets.medquad(data / "medquad", chance, most=4000), chance)
    train += _hard(datasets.faq(data / "covid_faq.csv"), chance)
    held_out = list(with_near(list(questions_of(data / HELD_OUT, HELD_OUT, chance)), chance))
    held_out += datasets.squad(data / "squad" / "dev_a.json", held_out=True)
    chance.shuffle(train)
    out.mkdir(parents=True, exist_ok=True)
    print("train", write(out / "train.jsonl", train), "held out", write(out / "held_out.jsonl", held_out))


def _hard(labelled: Iterable[Labelled], chance: random.Random, *, among: int = 25) -> list[Labelled]:
    rows = list(labelled)
    more = list(other_questions(rows, chance, 0.2))
    rows = list(without_answers(list(with_near(rows, chance, among=among)), chance, 0.2))
    print(rows[0].source if rows else "nothing", len(rows), "and", len(more))
    return [*rows, *more]


if __name__ == "__main__":
    main()
