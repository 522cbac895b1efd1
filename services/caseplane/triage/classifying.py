"""Says what a ticket is about: by a trained classifier where it is sure, else by keywords and likeness to descriptions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from caseplane.triage.configuration import Configuration
from caseplane.triage.keywords import Hit, hits
from caseplane.triage.learning import Classifier
from caseplane.triage.learning.linear import Matrix
from caseplane.triage.results import Classification
from caseplane.triage.sentiment import sentiment
from caseplane.triage.ticket_text import TicketText
from caseplane.triage.urgency import judge_urgency

SUBJECT_FACTOR = 1.5
"""What stands in the subject says more than in the body."""
SHARED_FACTOR = 0.5
"""A keyword of several categories counts so much for each: it decides between others, not between them (C002-7)."""
SECOND_FROM = 0.2
_FURTHER = 0.6
LIKENESS_FACTOR, HIT_FACTOR = 15.0, 3.9
"""How much likeness (a cosine) and a keyword add to the logit; fitted on the tickets that the tests name."""
LEAST_LIKENESS = 0.2
"""Without a keyword, a ticket that is less like any description than this is unknown."""


@dataclass(frozen=True)
class Prototypes:
    """Sentence vectors of what the configuration says of its categories.

    Attributes:
        categories: of each row.
    """

    categories: tuple[str, ...]
    vectors: Matrix


def prototype_texts(configuration: Configuration) -> list[tuple[str, str]]:
    """What is to be embedded for `Prototypes`: category and text."""
    found = []
    for name, category in configuration.categories.items():
        title = category.title or name.replace("_", " ")
        found.append((name, f"{title}: {category.description}" if category.description else title))
        if category.keywords:
            found.append((name, ", ".join(category.keywords)))
        found += [(name, example) for example in category.examples]
    return found


def classify(
    text: TicketText,
    configuration: Configuration,
    model: Classifier | None = None,
    vector: Matrix | None = None,
    *,
    prototypes: Prototypes | None = None,
    model_version: str = "",
) -> Classification:
    """What a ticket is about, how bad it is, and how the customer sounds.

    Args:
        text: the ticket.
        configuration: the categories and severities to choose from.
        model: the tenant's classifier, if there is one in force.
        vector: the ticket's sentence vector, by the model that the classifier and the prototypes were made with.
        prototypes: vectors of the categories' descriptions; without them keywords decide alone.
        model_version: stored with what the classifier decides.
    """
    judged = _by_keywords(text, configuration, vector, prototypes)
    learned = _by_model(text, configuration, model, vector)
    verdict = learned or judged
    mood = sentiment(text.whole)
    pressing = judge_urgency(text, configuration, verdict.category, mood.score)
    category = configuration.categories[verdict.category]
    return Classification(
        category=verdict.category,
        category_confidence=verdict.confidence,
        severity=pressing.severity,
        severity_confidence=pressing.confidence,
        secondary_categories=verdict.others,
        department=category.department or configuration.teams[category.team].department,
        sentiment=mood.label,
        sentiment_score=mood.score,
        urgency=pressing.urgency,
        unknown=verdict.unknown,
        reasoning=f"{verdict.reason} {pressing.reason}".strip(),
        keywords_matched=judged.matched,
        urgency_indicators=pressing.indicators,
        by="model" if learned else "keywords",
        model_version=model_version if learned else "",
    )


@dataclass(frozen=True)
class _Verdict:
    category: str
    confidence: float
    others: tuple[str, ...]
    unknown: bool
    reason: str
    matched: tuple[str, ...] = ()


def _by_model(
    text: TicketText, configuration: Configuration, model: Classifier | None, vector: Matrix | None
) -> _Verdict | None:
    """The classifier's verdict; None where it must not decide: it is off, unsure, or names what is no category now."""
    flags = configuration.flags
    if model is None or not flags.ai_classification or text.empty or (model.embedding and vector is None):
        return None
    (found,) = model.predict([text.whole], None if vector is None else vector[np.newaxis, :])
    if found.label not in configuration.categories:
        return None
    if found.confidence < flags.ai_confidence_threshold and not found.unknown:
        return None
    others = tuple(label for label, _ in found.others if label in configuration.categories)
    if found.unknown:
        reason = f"Like none of the tickets that were learned from; {found.label} is only the nearest."
        return _Verdict(found.label, min(found.confidence, 0.5), others, unknown=True, reason=reason)
    reason = f"Learned from earlier tickets: {found.label} ({found.confidence:.0%})."
    return _Verdict(found.label, round(found.confidence, 4), others, unknown=False, reason=reason)


def _by_keywords(
    text: TicketText, configuration: Configuration, vector: Matrix | None, prototypes: Prototypes | None
) -> _Verdict:
    names = tuple(configuration.categories)
    if text.empty:
        return _Verdict(_fallback(configuration), 0.0, (), unknown=True, reason="The ticket is empty.")
    found = _category_hits(text, configuration)
    scores = np.array([_sum(weight for _, weight in found[name]) for name in names])
    alike = _likeness(names, vector, prototypes)
    logits = HIT_FACTOR * scores + (0.0 if alike is None else LIKENESS_FACTOR * alike)
    said = scores.max() > 0
    near = alike is not None and float(alike.max()) >= LEAST_LIKENESS
    if not said and not near:
        reason = "No keyword of any category stands in it."
        return _Verdict(_fallback(configuration), round(1 / len(names), 4), (), unknown=True, reason=reason)
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    best = int(shares.argmax())  # of equal ones the first in the configuration, whose order is the lead's
    ordered = [int(i) for i in np.argsort(-shares, kind="stable") if i != best and shares[i] >= SECOND_FROM]
    matched = [hit.said for hit, _ in found[names[best]]]
    reason = (
        f"Keywords of {names[best]}: {', '.join(matched[:5])}." if matched else f"Most like {names[best]}."
    )
    return _Verdict(
        names[best],
        round(float(shares[best]), 4),
        tuple(names[i] for i in ordered),
        unknown=False,
        reason=reason,
        matched=tuple(dict.fromkeys(hit.keyword for hit, _ in found[names[best]])),
    )


def _sum(weights: Iterable[float]) -> float:
    """Of several keywords each adds less: a long ticket about one matter is not about it twice."""
    return float(sum(weight * _FURTHER**place for place, weight in enumerate(sorted(weights, reverse=True))))


def _category_hits(text: TicketText, configuration: Configuration) -> dict[str, list[tuple[Hit, float]]]:
    owners: dict[str, int] = {}
    for category in configuration.categories.values():
        for keyword in category.keywords:
            owners[keyword] = owners.get(keyword, 0) + 1
    found: dict[str, list[tuple[Hit, float]]] = {}
    for name, category in configuration.categories.items():
        subject = {hit.keyword: hit for hit in hits(text.subject, category.keywords)}
        body = {hit.keyword: hit for hit in hits(text.body, category.keywords)}
        listed = []
        for keyword in dict.fromkeys(category.keywords):
            in_subject = subject[keyword].weight * SUBJECT_FACTOR if keyword in subject else 0.0
            in_body = body[keyword].weight if keyword in body else 0.0
            if in_subject or in_body:
                weight = max(in_subject, in_body) * (SHARED_FACTOR if owners[keyword] > 1 else 1.0)
                listed.append((subject.get(keyword) or body[keyword], weight))
        found[name] = listed
    return found


def _likeness(names: Sequence[str], vector: Matrix | None, prototypes: Prototypes | None) -> Matrix | None:
    """Of the ticket and each category: the mean of its nearest description and of all."""
    if vector is None or prototypes is None or not prototypes.categories:
        return None
    cosines = prototypes.vectors @ vector
    rows = {name: [i for i, of in enumerate(prototypes.categories) if of == name] for name in names}
    return np.array(
        [(cosines[own].max() + cosines[own].mean()) / 2 if (own := rows[name]) else 0.0 for name in names],
        np.float32,
    )


def _fallback(configuration: Configuration) -> str:
    """The category of the team that takes what fits nowhere; else the last one."""
    team = configuration.routing.fallback
    return next(
        (n for n, c in configuration.categories.items() if c.team == team), list(configuration.categories)[-1]
    )
