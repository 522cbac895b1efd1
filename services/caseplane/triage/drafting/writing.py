"""Writes the draft of a reply: from documents where they answer the ticket, else from a template.

Pure. The caller finds and judges the answer; this puts it between greeting, acknowledgment and closing in the tone and
language of the reply, and says what an agent must look at. Greeting, time and closing are never a model's words: it does
not learn the customer's name, and promises no time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from caseplane.answering import DraftAnswer, Evidence
from caseplane.text.language import detect_language
from caseplane.text.markdown import safe
from caseplane.triage.configuration import Configuration
from caseplane.triage.drafting.actions import escalation_reasons, suggested
from caseplane.triage.drafting.models import (
    Action,
    ActionKind,
    Draft,
    Flag,
    FlagKind,
    Origin,
    Parts,
    Situation,
)
from caseplane.triage.drafting.safety import addresses, flags_of
from caseplane.triage.drafting.sandbox import TemplateFaultyError
from caseplane.triage.drafting.values import blanked, filled, given, values_of
from caseplane.triage.drafting.wording import DEFAULT, Wording, by_category, language_for, toned, wording

_NAME = "{name}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What documents say to the ticket, as the gate passed it.

    Attributes:
        draft: the answer.
        evidence: all that was found, of which it cites some.
        acknowledgment: a model's words before it; empty for those of the language.
        escalate: a model's reason to hand the ticket up; empty for none.
    """

    draft: DraftAnswer
    evidence: Sequence[Evidence] = ()
    acknowledgment: str = ""
    escalate: str = ""

    @property
    def origin(self) -> Origin:
        return Origin.evidence if self.draft.origin.startswith("extractive") else Origin.model


@dataclass
class _Voice:
    """Renders templates with the ticket's values, and keeps what was ours in them."""

    values: Mapping[str, Any]
    ours: list[str] = field(default_factory=list)

    def say(self, source: str) -> str:
        text = filled(source, self.values)
        self.ours.append(filled(source, blanked(self.values)))
        return text


def draft(
    situation: Situation,
    *,
    configuration: Configuration,
    tone: str | None = None,
    answer: Answer | None = None,
) -> Draft:
    """Draft a reply.

    Args:
        situation: what is known of the ticket.
        configuration: has the tones and templates.
        tone: None for the configuration's.
        answer: None if documents do not answer the ticket.
    """
    tone = tone or configuration.tone
    asked_in = situation.language or detect_language(f"{situation.subject}\n{situation.body}")
    words = wording(language_for(asked_in))
    labels = {name: rule.title for name, rule in configuration.fields.items() if rule.title}
    voice = _Voice(values_of(situation, words, tone=tone, labels=labels))
    template = _Template.of(configuration, situation.category, words.language)
    if answer is not None:
        parts = _answered(situation, answer, words, voice, tone)
    else:
        parts = _unanswered(situation, template, words, voice, tone)
    greeting, closing = _frame(configuration, words, voice, tone)
    parts = parts.model_copy(update={"greeting": greeting, "closing": closing})
    evidence = answer.evidence if answer else ()
    content = safe(_content(parts, voice, words, tone), allowed=_known(evidence, voice.ours))
    flags = (
        *_of_language(asked_in, words),
        *flags_of(content, situation, evidence=evidence, ours=voice.ours, filled=given(voice.values)),
    )
    reasons = escalation_reasons(situation, flags)
    if answer is not None and answer.escalate:
        reasons = (*reasons, answer.escalate)
    actions = suggested(
        situation, labels={**labels, **wording(DEFAULT).labels}, answered=answer is not None, escalate=bool(reasons), flags=flags,
        template=template.actions,
    )  # fmt: skip
    return Draft(
        content=content,
        parts=parts,
        tone=tone,
        language=words.language,
        origin=answer.origin if answer else Origin.template,
        template_used=None if answer else template.name,
        suggested_actions=(*template.complaints, *actions),
        expected_by=situation.expected_by,
        requires_escalation=bool(reasons),
        escalation_reasons=reasons,
        flags=flags,
        citations=answer.draft.citations if answer else (),
        confidence=answer.draft.confidence if answer else None,
        written_by=answer.draft.origin if answer else "template-1",
    )


@dataclass
class _Template:
    """What a category's tickets are told where no document answers them."""

    name: str
    text: str
    actions: tuple[str, ...] = ()
    complaints: list[Action] = field(default_factory=list)

    @classmethod
    def of(cls, configuration: Configuration, category: str, language: str) -> "_Template":
        chosen = configuration.categories.get(category)
        name = chosen.template if chosen else None
        found = configuration.templates.get(name) if name else None
        if name is None or found is None:
            return cls(f"shipped/{category}", "")
        text = found.text.get(language) or found.text.get(DEFAULT) or next(iter(found.text.values()))
        return cls(name, text, tuple(found.actions))

    def said(self, voice: _Voice) -> str:
        """Its text; empty if it cannot be rendered, which then is the first thing that the agent reads."""
        try:
            return voice.say(self.text) if self.text else ""
        except TemplateFaultyError as exc:
            words = (
                f"The template {self.name!r} cannot be used ({exc}): tell whoever keeps the configuration."
            )
            self.complaints.append(Action(kind=ActionKind.correct, about=self.name, words=words))
            return ""


def _answered(situation: Situation, answer: Answer, words: Wording, voice: _Voice, tone: str) -> Parts:
    opening = answer.acknowledgment or voice.say(
        toned(by_category(words.acknowledgment, situation.category), tone)
    )
    lead = "" if answer.origin is Origin.model else voice.say(words.answer)
    return Parts(
        acknowledgment=_joined(opening, *_context(situation, words, voice, tone)),
        explanation="\n\n".join(filter(None, (lead, answer.draft.content))),
        timeline=voice.say(words.timeline_answered),
    )


def _unanswered(situation: Situation, template: _Template, words: Wording, voice: _Voice, tone: str) -> Parts:
    context = _context(situation, words, voice, tone)
    told = template.said(voice)
    if told:
        opening, handled = "", told
    else:
        opening = voice.say(toned(by_category(words.acknowledgment, situation.category), tone))
        handled = _joined(
            voice.say(words.noted) if voice.values["details"] else "",
            voice.say(by_category(words.handled, situation.category)),
        )
    if situation.critical:
        handled = _joined(handled, voice.say(words.critical))
    return Parts(
        acknowledgment=_joined(opening, *context),
        explanation=_joined(handled, voice.say(words.wrong)),
        action_items=tuple(voice.values["missing"]),
        timeline=voice.say(words.timeline),
    )


def _context(situation: Situation, words: Wording, voice: _Voice, tone: str) -> list[str]:
    """What shows the customer that their case is known: the trouble, the earlier ticket, the incident."""
    said = []
    if situation.negative:
        said.append(voice.say(toned(words.sorry, tone)))
    if voice.values["history"]["number"]:
        said.append(voice.say(words.earlier))
    if situation.incident is not None:
        said.append(voice.say(words.incident))
    return said


def _frame(configuration: Configuration, words: Wording, voice: _Voice, tone: str) -> tuple[str, str]:
    """How the reply begins and ends: in the configuration's words, but a customer without a name is greeted in ours."""
    own = configuration.tones.get(tone)
    greeting = own.greeting.get(words.language) if own else None
    closing = own.closing.get(words.language) if own else None
    name = voice.values["customer"]["name"]
    if greeting is None or not name:
        greeted = voice.say(toned(words.greeting, tone))
    else:
        greeted = greeting.replace(_NAME, name)
    return greeted, f"{closing or voice.say(toned(words.closing, tone))}\n{words.sender}"


def _content(parts: Parts, voice: _Voice, words: Wording, tone: str) -> str:
    needed = ""
    if parts.action_items:
        needed = "\n".join(
            [voice.say(toned(words.needed, tone)), *(f"- {item}" for item in parts.action_items)]
        )
    paragraphs = (
        parts.greeting,
        parts.acknowledgment,
        parts.explanation,
        needed,
        parts.timeline,
        parts.closing,
    )
    return "\n\n".join(filter(None, paragraphs))


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _known(evidence: Sequence[Evidence], ours: Sequence[str]) -> Any:
    """Whether a link may stay in the Markdown: it stands in a document or in a template."""
    known = {mark.value for chunk in evidence for mark in chunk.marks if mark.kind == "link"}
    known |= {chunk.uri for chunk in evidence}
    known |= {
        address for text in (*ours, *(chunk.text for chunk in evidence)) for address, _ in addresses(text)
    }
    bases = tuple(address.rstrip("/") for address in known if address.startswith(("https://", "http://")))

    def allowed(address: str) -> bool:
        return address.startswith(("https://", "http://")) and address.startswith(bases) if bases else False

    return allowed


def _of_language(asked_in: str | None, words: Wording) -> list[Flag]:
    if asked_in is None or asked_in == words.language:
        return []
    detail = f"The ticket seems to be in the language {asked_in!r}, the draft is in {words.language!r}: translate it."
    return [Flag(kind=FlagKind.language, quote="", detail=detail)]
