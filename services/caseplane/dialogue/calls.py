"""Requests to be called, and to speak to a department: other wordings of the wish for a person.

Looked for sentence by sentence. A sentence that asks how something is done ("how do I call the API?") is about the subject.
"""

import re

_SENTENCE = re.compile(r"[^.!?¿¡;\n]+(?:\.(?=\w)[^.!?¿¡;\n]+)*[.!?]*")
_ABOUT = re.compile(
    r"[\W_]*(?:(?:and|but|so|also|hi|hello|please|und|aber|et|y|e|ma)[ ,]+)?(?:how|what|what's|which|why|who|where|when|does|do|is it|are you able|wie|was|welche\w*|warum|wer|wo|wann"
    r"|comment|pourquoi|quel(?:le)?s?|quand|o[uù]|c[oó]mo|qu[eé]|por qu[eé]|qui[eé]n|cu[aá]ndo|d[oó]nde|come|cosa|perch[eé]|quando|dove|chi)\b",
    re.IGNORECASE,
)
_DEPARTMENT_EN = (
    r"(?:billing|sales|accounting|accounts|finance|support|customer (?:service|support|care|success)|technical support|tech support|payments|legal|retention"
    r"|hr|the (?:office|helpdesk|help desk)|management|complaints|the team|your (?:team|office|boss|manager|colleagues?))"
)
_SPEAK_EN = r"(?:i(?:'d| would| really| just)* (?:like|want|need|have|wish|prefer)(?: to)?|let me|can i|could i|may i|i must|i have to|please let me|i wanna|i'?d rather|^\W*(?:please )?)"
_WANTED = re.compile(
    # A call
    r"^\W*(?:please |pls |just |ok,? |then |so )*(?:call|phone|ring)(?: me| us)(?: back| up)?"
    r"(?:,? (?:now|today|tomorrow|asap|please|pls|later|urgently|immediately|soon|instead|thanks|thank you|as soon as possible))*(?: (?:when(?:ever)? you|on|at|under|this|in) .{0,60})?\W*$"
    r"|\b(?:can|could|would|will|may|please have|have|need|want|ask|get|let)\b[^.!?\n]{0,25}\b(?:some ?(?:one|body)|any ?(?:one|body)|you|a (?:human|person|colleague|manager|supervisor)|your (?:manager|team|boss|colleague))"
    r"(?: from (?:\w+ ){0,3}?\w+)?(?: please)?(?: to)? (?:please )?(?:call|phone|ring|contact|reach)(?: me| us)\b(?! (?:by name|[\"']))"
    r"|\bsome ?(?:one|body) (?:please |pls |should |must |needs to |has to )*(?:call|phone|ring|contact|reach|help) me\b"
    r"|\b(?:give|drop) (?:me|us) a (?:call|ring|buzz|bell|phone call)\b|\b(?:i|we)(?:'d| would)? (?:want|need|like|request|demand|expect) (?:to (?:have|get|request) )?(?:a|an|your) (?:phone ?call|call ?back|call|callback)\b(?! (?:url|function|handler|method))"
    r"|\b(?:i|we)(?:'d| would)? (?:want|need|like|prefer) to be (?:called|phoned|contacted)\b|\b(?:call|phone|reach|contact) (?:me|us) (?:by|on (?:my|the)|via) (?:phone|mobile|cell|telephone)\b"
    r"|\bplease (?:call|phone|ring) (?:me|us)\b(?! (?:by name|[\"']))"
    # A department
    rf"|{_SPEAK_EN} ?(?:speak|talk|chat)(?:ing)? (?:directly )?(?:to|with) (?:(?:some ?(?:one|body)|any ?(?:one|body)|a person|somebody) (?:in|from|at) )?(?:your |the )?{_DEPARTMENT_EN}\b(?! (?:api|endpoint|service account))"
    rf"|\b(?:connect|transfer|forward|put|pass|get) me (?:over |through |on )?(?:to|with) (?:your |the )?{_DEPARTMENT_EN}(?: (?:team|department|desk|people))?\b"
    r"|\b(?:is there|isn't there|is) (?:any ?(?:one|body)|some ?(?:one|body)|a (?:real )?(?:human|person)) (?:here |there )?(?:that |who(?:m)? )?(?:i|we) (?:can|could|may) (?:talk|speak|chat|turn)\b"
    r"|\bi(?:'d| would)? (?:need|want|like) (?:some )?(?:help|support|assistance|an answer|a reply) from (?:a |an )?(?:real |actual )?(?:human|person|someone|somebody|agent)\b"
    r"|\b(?:don'?t|do not|won'?t|not going to|refuse to|stop making me) (?:want to |like to |wish to )?(?:talk|speak|talking|speaking|chat) (?:to|with) (?:a |an |this |the )?(?:stupid |dumb |useless )?(?:bot|robot|machine|computer|ai|chatbot|assistant)\b"
    r"|\b(?:stop|no|enough)\b[^.!?\n]{0,15}\bbots?\b[^.!?\n]{0,10}\b(?:human|person|agent)\b"
    # German
    r"|\b(?:rufen sie|ruft|rufe?|ruf) (?:mich|uns)\b[^.!?\n]{0,40}(?:an|zurück)\b|\b(?:mich|uns)\b[^.!?\n]{0,30}\b(?:anrufen|zurückrufen|kontaktieren)\b|\b(?:zurückgerufen|angerufen) werden\b"
    r"|\b(?:bitte|erbitte|wünsche|brauche|möchte|hätte gern\w*)\b[^.!?\n]{0,20}\b(?:um )?(?:einen )?(?:rückruf|anruf)\b|\brückruf (?:bitte|erbeten|erwünscht)\b"
    r"|\bmit (?:der|dem|ihrer|ihrem|eurer|eurem|jemandem aus der|jemandem vom) (?:buchhaltung|vertrieb|rechnungs\w+|abrechnung|support|kundenservice|kundendienst|verkauf|technik\w*|chef\w*|geschäftsführ\w+|abteilung)\b[^.!?\n]{0,30}\b(?:sprechen|reden|telefonieren|verbinden)\b"
    r"|\b(?:verbinden|leiten|stellen) sie mich\b[^.!?\n]{0,30}\b(?:support|buchhaltung|vertrieb|kundenservice|kundendienst|abteilung|zentrale)\b"
    r"|\b(?:brauche|will|möchte|suche|hätte gern\w*) (?:hier |bitte |jetzt )?(?:einen |eine )?(?:echten |richtigen |realen |lebenden )?(?:menschen|mitarbeiter\w*|ansprechpartner\w*)\b(?! (?:hinzu|anlegen|einladen|hinzufügen|löschen|entfernen))"
    r"|\bgibt es (?:hier |da )?(?:auch )?(?:einen |eine )?(?:echten? |richtigen? |realen? )?(?:menschen|person|ansprechpartner\w*|mitarbeiter\w*)\b"
    # French
    r"|\b(?:rappelez|appelez|rappelle|contactez)[- ](?:moi|nous)\b|\b(?:pouvez|pourriez|peut|pourrait)\b[^.!?\n]{0,25}\b(?:m'|me |nous )(?:r?appeler|contacter|téléphoner)\b|\b(?:m'appeler|me rappeler)\b"
    r"|\b(?:être|etre) rappel[ée]e?\b|\b(?:veux|voudrais|souhaite|aimerais|dois|puis-je)\b[^.!?\n]{0,20}\bparler (?:à|au|avec) (?:la |le |l'|votre )?(?:facturation|comptabilité|service|support|commercial|direction|responsable|équipe)\b"
    # Spanish
    r"|\b(?:ll[aá]men?me|ll[aá]mame|ll[aá]mennos)\b|\b(?:pued[ea]n?|podr[ií]an?|puedes)\b[^.!?\n]{0,25}\b(?:llamarme|llamarnos|contactarme)\b|\b(?:me|nos) (?:pued[ea]n?|podr[ií]an?|puedes) (?:llamar|contactar)\b|\bque (?:me|nos) (?:llam[ea]n?|contacten?)\b"
    r"|\b(?:quiero|quisiera|necesito|puedo|me gustaría)\b[^.!?\n]{0,15}\bhablar con (?:el |la |su )?(?:facturaci[oó]n|contabilidad|ventas|soporte|departamento|atenci[oó]n|encargad\w+|jefe|responsable)\b"
    # Italian
    r"|\b(?:richiamatemi|chiamatemi|mi chiami|mi richiam(?:i|ate)|mi chiamate|richiamami|chiamami|contattatemi)\b|\b(?:pu[òo]|potete|potrebbe|potreste|puoi)\b[^.!?\n]{0,15}\b(?:chiamarmi|richiamarmi|contattarmi)\b|\bessere (?:ri)?chiamat[oa]\b"
    r"|\b(?:voglio|vorrei|devo|posso|ho bisogno di)\b[^.!?\n]{0,15}\bparlare (?:con|a) (?:la |il |l'|un |una |qualcuno (?:di|della|del) )?(?:vostro |vostra )?(?:amministrazione|contabilit[àa]|fatturazione|assistenza|supporto|vendite|commerciale|responsabile|ufficio)\b",
    re.IGNORECASE,
)
_LONGEST = 400


def wants_a_call(text: str) -> bool:
    """Whether a sentence asks to be called or to speak to a department."""
    sentences = (each[0].strip()[:_LONGEST] for each in _SENTENCE.finditer(text))
    return any(_WANTED.search(each) is not None and not _ABOUT.match(each) for each in sentences)
