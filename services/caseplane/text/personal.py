"""Finds statements about one customer's account, money or data, which are nothing to tell the next customer.

Sentence by sentence, in English, German, French, Spanish and Italian. What is doubtful counts as personal: then a person
reads a draft instead of a customer reading of another customer. Instructions ("open your account settings") and
conditions ("if you were charged twice, …") are for everyone.
"""

import re
from collections.abc import Iterator

_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\w)[^.!?\n]+)*[.!?]*")
_CONDITION = re.compile(
    r"\s*(?:if|when(?:ever)?|once|unless|until|after|before|in case|make sure|wenn|falls|sobald|nachdem|bevor|si|quand"
    r"|lorsque|dès que|apr[èe]s|cuando|en caso|una vez|despu[ée]s|se|quando|qualora|una volta|dopo)\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"\[(?:email|phone|card|iban|ip|ssn|secret|jwt|password)\]", re.IGNORECASE)
_NUMBERED = re.compile(
    r"\b(?:order|invoice|ticket|case|contract|customer|account|booking|reservation|reference|serial|licen[cs]e|tracking|transaction|payment"
    r"|rechnung|bestellung|auftrag|ticket|kunde|vertrag|buchung|konto|vorgang|sendung"
    r"|facture|commande|dossier|contrat|client|compte|r[ée]servation|factura|pedido|contrato|cliente|cuenta|reserva"
    r"|fattura|ordine|contratto|conto|pratica|prenotazione)(?:s?(?:nummer|-?nr\.?|-?id)?)"
    r"\s{0,2}(?:no\.?|nr\.?|num(?:ber|[ée]ro|ero)?\.?|id|n[°º]\.?|#)?\s{0,2}[:#]?\s{0,2}(?=[\w-]*\d{3})[A-Z]{0,6}[-_/]?\d[\w/-]{2,}"
    r"|(?<![\w&])#\d{4,}\b",
    re.IGNORECASE,
)
_OWN_LINK = re.compile(
    r"https?://\S*(?:[?&](?:token|key|code|sig|signature|auth|reset|invite)=|/[0-9a-f]{24,}\b)\S*", re.I
)
_DATE = re.compile(
    r"\b(?:\d{1,2}(?:\.|st|nd|rd|th)? ?(?:de |of )?(?:jan|feb|m[aä]r|apr|ma[iyg]|jun|jul|aug|ago|sep|o[ck]t|nov|d[eé][czi])\w*\.?"
    r"|(?:january|february|march|april|june|july|august|september|october|november|december) \d{1,2}\b"
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.)",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?:[$€£¥]|\b(?:eur|usd|chf|gbp))\s?\d|\d[\d.,]*\s?(?:[$€£¥]|(?:eur|usd|chf|gbp|euros?|dollars?|francs?)\b)",
    re.I,
)
_MOVED = re.compile(
    r"\b(?:refunded|credited|charged|billed|reimbursed|paid|transferred|deducted|debited|overcharged|compensated"
    r"|erstattet|gutgeschrieben|überwiesen|abgebucht|belastet|berechnet|bezahlt|gezahlt|rembours[ée]e?s?|cr[ée]dit[ée]e?s?|pr[ée]lev[ée]e?s?"
    r"|factur[ée]e?s?|pay[ée]e?s?|reembols(?:ado|amos)|abonado|cobrado|cargado|pagado|rimborsato|accreditato|addebitato|pagato)\b",
    re.IGNORECASE,
)
_YOU = re.compile(
    r"\b(?:(?i:you|your|yours|yourself)|Sie|Ihnen|Ihr(?:e[mnrs]?)?|du|dir|dich|dein(?:e[mnrs]?)?|euch|euer|eure[mnrs]?|vous|votre|vos|toi|ton|tes"
    r"|usted(?:es)?|sus?|tus?|te|le|les|ti|tu[oaei]|suoi?|su[ae]|vostr[oaie]|vi|Lei|La|Le)\b"
)
_DONE_TO_YOU = re.compile(
    # English: what we did, and to whom
    r"\b(?:i|we|our \w+|my colleagues?|the team|support)(?:'ve| have| had| has|'d)?(?: (?:just|now|already|also|therefore|manually))? "
    r"(?!need|recommend|suggest|support|offer|only|do\b|can)\w*(?:ed|set|sent|gave|made|took|put|lt|ught|found|given|taken|done|cut|let|saw|seen)\b"
    r"[^.!?\n]{0,80}\b(?:you|your|yours)\b"
    r"|\byour (?:[\w-]+ ){1,4}?(?:was|were|had(?! to)|has been|have been|had been|has(?! to)|will be|is (?:now|again|already|still|back|un|not)|are now|are again"
    r"|is (?:locked|blocked|suspended|disabled|active|activated|expired|overdue|past due|cancell?ed|restored|paid|open|pending|on (?:its|the) way))\b"
    r"|\b(?:you|you've|you have|you had) (?:just |already |recently |also |accidentally |probably )*(?:were|had been|have been|entered|used|typed|changed|deleted|ordered|paid"
    r"|did|wrote|signed|logged|registered|bought|purchased|cancell?ed|subscribed|upgraded|downgraded|requested|created|sent|received|reported|mentioned"
    r"|exceeded|forgot|removed|added|chose|selected|booked|told|gave|missed|made)\b(?! (?:to|by) (?:default|design))"
    r"|\bthat (?:was|is) (?:our|my) (?:mistake|fault|error)|\b(?:an exception|a goodwill|as a courtesy|as goodwill)\b",
    re.IGNORECASE,
)
_DONE_OTHER = re.compile(
    # German
    r"\b(?:ich|wir|meine? kolleg\w+|unser \w+)\b[^.!?\n]{0,60}\b(?:habe|haben|hat|hatte[n]?|wurde[n]?)\b[^.!?\n]{0,80}\b(?:Ihnen|Ihr\w*|dir|dich|dein\w*|euch|eue?r\w*)\b"
    r"|\b(?:habe|haben) (?:ich |wir )?(?:Ihnen|Ihr\w*|dir|dich|dein\w*|euch|eue?r\w*)\b"
    r"|\b(?:Ihr|Ihre|Ihrem|Ihrer|dein|deine|deinem|deiner|euer|eure) (?:[\w-]+ ){1,4}?(?:wurde|wurden|war|waren|ist (?:jetzt|nun|wieder|gesperrt|aktiv|abgelaufen|offen|freigeschaltet|bezahlt)|sind (?:jetzt|nun|wieder)|hatte|wird (?:am|bis))\b"
    r"|\b(?:Sie|du|ihr) (?:haben|hast|habt|hatten|hattest|wurden|wurdest|waren|warst)\b[^.!?\n]{0,80}\b(?:ge\w{2,}|\w+ge\w+(?:t|en)|\w+iert|(?:be|ver|er|ent|zer|über|unter)\w{2,}(?:t|en))\b"
    # French
    r"|\b(?:j'ai|nous avons|on a|nous vous avons|je vous ai|je t'ai|nous t'avons)\b[^.!?\n]{0,80}\b(?:vous|votre|vos|toi|ton|tes)\b|\b(?:je (?:vous|t)|nous (?:vous|t))(?:'| )?(?:ai|avons)\b"
    r"|\b(?:votre|vos|ton|ta|tes) (?:[\w'-]+ ){1,4}?(?:a été|ont été|était|étaient|est (?:maintenant|désormais|de nouveau|à nouveau|bloqu\w+|suspendu\w*|actif|active|expir\w+|en cours)|avait|sera)\b"
    r"|\bvous (?:avez|aviez|étiez) (?:\w+ )?\w+(?:é|i|u|is|it)e?s?\b"
    # Spanish
    r"|\b(?:he|hemos|le he|te he|le hemos|te hemos|les hemos) \w+(?:ado|ido|to|cho|sto)\b[^.!?\n]{0,60}\b(?:sus?|tus?|usted|ti)\b|\b(?:le|te|les|os) (?:he|hemos) \w+"
    r"|\b(?:su|sus|tu|tus) (?:[\w-]+ ){1,4}?(?:fue|fueron|ha sido|han sido|estaba|está (?:ahora|ya|activ\w+|bloquead\w+|suspendid\w+|pendiente|vencid\w+)|será|había)\b"
    r"|\b(?:usted )?(?:ha|había|has|habías) (?:introducido|usado|escrito|cambiado|borrado|eliminado|pedido|pagado|comprado|cancelado|recibido|solicitado|superado)\b"
    # Italian
    r"|\b(?:ho|abbiamo) \w+(?:ato|uto|ito|so|to)\b[^.!?\n]{0,60}\b(?:su[oa]|suoi|sue|tu[oa]|tuoi|tue|vostr\w|Lei|voi|te)\b|\b(?:le|ti|vi|Le) (?:ho|abbiamo) \w+"
    r"|\b(?:il|la|i|le|l')? ?(?:suo|sua|suoi|sue|tuo|tua|tuoi|tue|vostr\w) (?:[\w'-]+ ){1,4}?(?:è stat\w|sono stat\w|era|erano|è (?:ora|di nuovo|attiv\w|bloccat\w|sospes\w|scadut\w)|sarà)\b"
    r"|\b(?:ha|hai|aveva|avevi|avete) (?:inserito|usato|scritto|cambiato|cancellato|eliminato|ordinato|pagato|comprato|annullato|ricevuto|richiesto|superato)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\bi (?:found|checked|looked (?:up|at|into)|can see|see) (?:in |at |that )?your\b|\b(?:ich (?:sehe|habe)|wir sehen) (?:in |an )?Ihr\w*\b"
    r"|\bje vois (?:que )?(?:votre|vos)\b|\bveo (?:que )?(?:su|tu)\b|\bvedo (?:che )?(?:il|la) (?:suo|sua|tuo|tua)\b",
    re.IGNORECASE,
)
_OWN_MATTER = re.compile(
    r"\bwhere(?:'s| is| are) my (?:order|parcel|package|delivery|refund|money|payment|shipment)\b|\bwhen (?:will|do) i (?:get|receive) my\b"
    r"|\bwhy (?:was|were|am|are|have|did) (?:i|we|you) (?:been )?(?:charge[d]?|billed?|block(?:ed)?|lock(?:ed)?|suspend(?:ed)?|deduct(?:ed)?)\b"
    r"|(?:^|[.!?,\n]\s*|\bplease |\b(?:can|could|would) (?:you|someone) (?:please )?)(?:cancel|refund|unlock|reset|reactivate|restore|correct|extend|upgrade|downgrade|delete|close|transfer|check)\b"
    r"[^.!?\n]{0,30}\b(?:my|our|me|us)\b"
    r"|\bwo (?:ist|bleibt) mein\w* (?:bestellung|paket|geld|lieferung|erstattung|zahlung)|\bwarum (?:wurde|wurden|bin) (?:ich|mir|mein)\b"
    r"|\b(?:bitte )?(?:stornieren|erstatten|entsperren|kündigen|löschen|ändern|korrigieren|verlängern|überprüfen) sie\b[^.!?\n]{0,30}\b(?:mein\w*|mir|uns\w*)\b"
    r"|\bo[ùu] est (?:ma|mon) (?:commande|colis|remboursement|argent|paiement)|\bpourquoi (?:ai-je|m'a-t-on|suis-je)\b"
    r"|\b(?:annulez|remboursez|débloquez|supprimez|corrigez|pouvez-vous (?:annuler|rembourser|débloquer|supprimer|corriger))\b[^.!?\n]{0,30}\b(?:ma|mon|mes|moi|me)\b"
    r"|\bd[óo]nde est[áa] mi (?:pedido|paquete|reembolso|dinero|pago)|\bpor qu[ée] me (?:han|ha|cobr\w+)"
    r"|\b(?:cancele|reembolse|desbloquee|elimine|puede (?:cancelar|reembolsar|desbloquear|eliminar|corregir))\b[^.!?\n]{0,30}\b(?:mi|mis|me)\b"
    r"|\bdov'?[èe] il mio (?:ordine|pacco|rimborso|pagamento)|\bperch[ée] mi (?:è|avete|hanno)"
    r"|\b(?:annulli|rimborsi|sblocchi|elimini|pu[òo] (?:annullare|rimborsare|sbloccare|eliminare|correggere))\b[^.!?\n]{0,30}\b(?:mi[oa]|mi[ei]|miei|mie)\b",
    re.IGNORECASE,
)
_TOLD_OF_THEM = re.compile(
    r"\bit (?:was|has been|is now) (?:refunded|credited|cancell?ed|unlocked|reactivated|restored)\b", re.I
)


def is_personal(text: str) -> bool:
    """Whether a text, such as an agent's reply, says something about the one customer it was written for."""
    if _MARK.search(text) or _OWN_LINK.search(text) or _NUMBERED.search(text):
        return True
    return any(_about_you(sentence) for sentence in sentences(text))


def asks_for_oneself(text: str) -> bool:
    """Whether a question can only be answered for the one who asks: "where is my order?", "please unlock my account"."""
    return bool(_NUMBERED.search(text) or _OWN_MATTER.search(text))


def without_marks(text: str) -> str:
    """The text without the marks that redaction leaves."""
    return re.sub(r"[ \t]{2,}", " ", _MARK.sub("", text)).strip()


def sentences(text: str) -> Iterator[str]:
    return (found for each in _SENTENCE.finditer(text) if (found := each[0].strip()))


def _about_you(sentence: str) -> bool:
    if _CONDITION.match(sentence):
        return False
    done = (
        _DONE_TO_YOU.search(sentence)
        or _DONE_OTHER.search(sentence)
        or _TOLD_OF_THEM.search(sentence)
        or _OURS.search(sentence)
    )
    moved = _AMOUNT.search(sentence) and _MOVED.search(sentence)
    return bool(done or moved or (_DATE.search(sentence) and _YOU.search(sentence)))
