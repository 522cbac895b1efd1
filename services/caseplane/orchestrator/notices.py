"""What the assistant says of itself, never of the subject: it hands over, asks, or closes. In five languages."""

NOTICES: dict[str, dict[str, str]] = {
    "handoff": {
        "en": "I could not answer this reliably from our documentation, so I have passed it to a colleague."
        " They have the whole conversation and will reply here.",
        "de": "Das kann ich aus unserer Dokumentation nicht verlässlich beantworten. Ich habe es an eine Kollegin"
        " oder einen Kollegen weitergegeben; die Antwort kommt hier.",
        "fr": "Je ne peux pas répondre de façon fiable à partir de notre documentation. J'ai transmis votre"
        " demande à une personne de l'équipe, qui vous répondra ici.",
        "es": "No puedo responder con fiabilidad a partir de nuestra documentación. He pasado su consulta a una"
        " persona del equipo, que le responderá aquí.",
        "it": "Non posso rispondere in modo affidabile in base alla nostra documentazione. Ho passato la richiesta"
        " a una persona del team, che risponderà qui.",
    },
    "handoff_requested": {
        "en": "I have passed this to a colleague. They have the whole conversation and will reply here.",
        "de": "Ich habe es an eine Kollegin oder einen Kollegen weitergegeben; die Antwort kommt hier.",
        "fr": "J'ai transmis votre demande à une personne de l'équipe, qui vous répondra ici.",
        "es": "He pasado su consulta a una persona del equipo, que le responderá aquí.",
        "it": "Ho passato la richiesta a una persona del team, che risponderà qui.",
    },
    "confirmed": {
        "en": "Glad that is solved. Write here any time if it comes back.",
        "de": "Schön, dass es gelöst ist. Schreiben Sie hier, falls es wieder auftritt.",
        "fr": "Heureux que ce soit résolu. Écrivez ici si le problème revient.",
        "es": "Me alegra que esté resuelto. Escriba aquí si vuelve a ocurrir.",
        "it": "Bene che sia risolto. Scriva qui se il problema si ripresenta.",
    },
}


def notice(kind: str, language: str | None) -> str:
    """The notice in the customer's language, or in English."""
    texts = NOTICES[kind]
    return texts.get((language or "en")[:2], texts["en"])


EXPLANATIONS = {
    "no_evidence": "The documentation does not cover this.",
    "insufficient_coverage": "The documentation answers only a part of this.",
    "conflicting_sources": "The documentation says different things about this.",
    "missing_citations": "No answer could be proven from the documentation.",
    "low_confidence": "The documentation may not answer exactly this.",
    "missing_entitlement": "A person has to decide what may be shared about this.",
    "customer_request": "A person was asked for.",
    "policy": "Questions like this are always answered by a person.",
}


def explanation(reason: str) -> str:
    """Why a person takes over, as a customer may know it; what broke inside is for agents."""
    return EXPLANATIONS.get(reason, "This needs a person.")
