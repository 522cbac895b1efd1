"""What the assistant says about itself, never about the subject: it hands over or closes. In five languages."""

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
