"""Questions of public data sets, each in the form of its own files."""

import csv
import hashlib
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from tools.training.examples import Labelled, Passage
from tools.training.pieces import cut

HELD_OUT_ARTICLES = 4
"""Of the SQuAD file's articles, chosen by their names' hashes: they measure and never train."""


def squad(path: Path, *, held_out: bool) -> Iterator[Labelled]:
    """SQuAD 2.0: half of the questions have no answer in their paragraph, though it looks as if."""
    articles = json.loads(path.read_text("utf-8"))["data"]
    articles.sort(key=lambda article: hashlib.sha256(article["title"].encode()).hexdigest())
    chosen = articles[:HELD_OUT_ARTICLES] if held_out else articles[HELD_OUT_ARTICLES:]
    for article in chosen:
        title = article["title"].replace("_", " ")
        if int(hashlib.sha256(article["title"].encode()).hexdigest(), 16) % 2:
            raise ValueError(f"The article {title} is held back for acceptance.")
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            for each in paragraph["qas"]:
                spans = {(a["answer_start"], a["answer_start"] + len(a["text"])) for a in each["answers"]}
                answers = not each["is_impossible"]
                passages = cut(title, text, sorted(spans) if answers else (), answers=answers)
                yield Labelled("squad", f"squad/{title}", each["question"].strip(), tuple(passages))


def qed(folder: Path) -> Iterator[Labelled]:
    """Natural questions, as people typed them into a search engine, with the sentence that answers."""
    seen = set()
    for path in sorted(folder.glob("*.jsonlines")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            spans = [(a, b + 1) for a, b in row.get("answer_spans") or ()]
            if not spans or row["question_text"] in seen:
                continue
            seen.add(row["question_text"])
            passages = cut(row["title_text"], row["paragraph_text"], spans)
            yield Labelled("qed", f"qed/{row['title_text']}", row["question_text"], tuple(passages))


def policyqa(folder: Path, chance: random.Random) -> Iterator[Labelled]:
    """Questions on websites' privacy policies; other passages of a policy that nobody labelled with them do not answer."""
    for path in sorted(folder.glob("*.json")):
        for article in json.loads(path.read_text("utf-8"))["data"]:
            title = article["title"]
            by_kind: dict[str, set[int]] = {}
            for number, paragraph in enumerate(article["paragraphs"]):
                for each in paragraph["qas"]:
                    by_kind.setdefault(each["type"].split("|||")[0], set()).add(number)
            for paragraph in article["paragraphs"]:
                for each in paragraph["qas"]:
                    spans = [(a["answer_start"], a["answer_start"] + len(a["text"])) for a in each["answers"]]
                    if not any(b > a for a, b in spans) or chance.random() < 0.5:
                        continue
                    same = by_kind[each["type"].split("|||")[0]]
                    others = [p for i, p in enumerate(article["paragraphs"]) if i not in same]
                    wrong = [
                        passage
                        for other in chance.sample(others, min(2, len(others)))
                        for passage in cut(title, other["context"], (), answers=False)[:1]
                    ]
                    right = cut(title, paragraph["context"], spans)
                    yield Labelled("policyqa", f"policyqa/{title}", each["question"], (*right, *wrong))


def selqa(folder: Path) -> Iterator[Labelled]:
    """Questions on sections of an encyclopaedia with the sentences that answer them."""
    for path in sorted(folder.glob("*.json")):
        for row in json.loads(path.read_text("utf-8")):
            text, spans, answers = "", [], set(row["answers"])
            for index, sentence in enumerate(row["candidates"]):
                start = len(text)
                text += sentence.strip() + " "
                if index in answers:
                    spans.append((start, len(text) - 1))
            heading = f"{row['article']} > {row['section']}"
            passages = cut(heading, text.rstrip(), spans)
            right = [p for p in passages if p.answers]
            wrong = [p for p in passages if not p.answers][:4]
            if right:
                yield Labelled("selqa", f"selqa/{row['article']}", row["question"], (*right, *wrong))


def medquad(folder: Path, chance: random.Random, *, most: int) -> Iterator[Labelled]:
    """Questions on health topics; what is said of the same topic on other questions nearly answers."""
    files = sorted(folder.rglob("*.xml"))
    chance.shuffle(files)
    count = 0
    for file in files:
        root = ElementTree.parse(file).getroot()  # noqa: S314 - a known file of the data set
        focus = root.findtext("Focus") or ""
        pairs = [
            (pair.findtext("Question") or "", " ".join((pair.findtext("Answer") or "").split()))
            for pair in root.iter("QAPair")
        ]
        pairs = [(asked.replace(" ?", "?"), text) for asked, text in pairs if len(text) > 80]
        for asked, text in pairs:
            wrong = [
                passage
                for other, said in pairs
                if other != asked
                for passage in cut(focus, said, (), answers=False)[:1]
            ]
            shown = re.sub(r"\s*\(are\)", "", asked)
            yield Labelled(
                "medquad",
                f"medquad/{focus}",
                shown,
                (*cut(focus, text, None), *chance.sample(wrong, min(3, len(wrong)))),
            )
            count += 1
            if count >= most:
                return


def faq(path: Path) -> Iterator[Labelled]:
    """English entries of a public FAQ."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["lang"] == "en" and row["answer"].strip():
                heading = row["category"] or row["name"]
                first = cut(heading, row["answer"].strip(), None)[0]
                passage = Passage(heading, first.text, answers=True)
                yield Labelled("faq", f"faq/{row['link']}", row["question"], (passage,))
