"""Words of small talk and of short answers, by act and language.

Each pattern has to match a whole segment of a message in its normal form: lower case, without accents, apostrophes and
punctuation. A segment with any other word is content.
"""

from caseplane.dialogue.acts import Act
from caseplane.dialogue.phrases_abroad import ABROAD

Phrases = dict[str, tuple[str, ...]]

GREETING: Phrases = {
    "en": (
        r"(?:hi|hey|hello|hiya|howdy|heya|yo|helo|hullo)(?: hi| hey| hello)?(?: again)?"
        r"(?: there| all| everyone| everybody| team| support| bot| folks| guys| you| friend)*",
        r"(?:a )?(?:very )?good (?:morning|afternoon|evening|day)(?: to you)?(?: all| everyone| team| there)?",
        r"(?:morning|evening|afternoon|greetings|gday)(?: all| everyone| team)?",
        r"(?:dear|to) (?:sirs?|madam|sirs? (?:or|and) madam|team|support|all|support team|colleagues)",
        r"(?:i )?hope (?:you are|youre|youre all|this finds you|this (?:e?mail|message) finds you)"
        r"(?: doing)?(?: all)? (?:well|good|fine)(?: today)?",
        r"how are you(?: doing)?(?: today)?|hows it going|whats up|sup|how do you do|nice to meet you",
        r"(?:is )?(?:anyone|anybody|somebody|someone) (?:there|here|around|home|online)|(?:are )?you there",
        r"(?:hello )?(?:testing|test|just testing|this is a test)(?: test)?",
    ),
    "de": (
        r"(?:hallo|hallochen|hi|hey|moin|moin moin|servus|gruezi|grussgott|gruss gott|tach|na)"
        r"(?: hallo| zusammen| du| ihr| leute| team| nochmal| an alle| liebes team)*",
        r"(?:einen )?(?:schonen )?(?:guten|gute) (?:morgen|tag|abend|nachmittag)(?: zusammen)?|mahlzeit",
        r"(?:einen )?(?:wunder)?schonen (?:guten )?(?:morgen|tag|abend)(?: zusammen)?",
        r"sehr geehrte(?:s|r)? (?:damen und herren|team|support team|kundenservice)|liebes (?:support )?team",
        r"wie gehts(?: dir| ihnen)?|wie geht es (?:dir|ihnen|euch)|ist (?:da )?jemand da|jemand da",
    ),
    "fr": (
        r"(?:bonjour|bonsoir|salut|coucou|rebonjour|re bonjour|allo)(?: a tous| tout le monde| a vous| madame"
        r"| monsieur| et|,| la| lequipe| toute lequipe| encore)*",
        r"bonne? (?:matinee|apres midi|soiree|journee) a tous|madame monsieur|chere equipe",
        r"(?:comment )?(?:ca va|allez vous|vas tu)|il y a quelquun|(?:y a )?quelquun",
    ),
    "es": (
        r"(?:hola|buenas|holi|saludos)(?: hola| buenas| de nuevo| otra vez| a todos| equipo| que tal| amigos?)*",
        r"(?:hola )?(?:muy )?buen(?:os|as)? (?:dias?|tardes?|noches?)(?: a todos| equipo)?",
        r"(?:que tal|como (?:estas?|estan|va(?: todo)?))|hay alguien(?: ahi)?|estimad[oa]s?(?: senores| equipo)?",
    ),
    "it": (
        r"(?:ciao|salve|buongiorno|buonasera|buondi|buon giorno|buona sera|buon pomeriggio|pronto)"
        r"(?: a tutti| tutti| di nuovo| ancora| team)*",
        r"(?:come (?:va|stai|sta|state)|ce qualcuno|gentili signori|spettabile \w+)",
    ),
    "pt": (
        r"(?:ola|oi|oie|opa|alo|e ai)(?: oi| ola| de novo| a todos| pessoal| gente| equipe| tudo bem| tudo bom)*",
        r"(?:ola |oi )?(?:bom dia|boa tarde|boa noite)(?: a todos| pessoal| equipe)?",
        r"(?:tudo (?:bem|bom)|como (?:vai|esta|vai voce))|(?:tem )?alguem ai|prezad[oa]s?(?: senhores)?",
    ),
    "nl": (
        r"(?:hallo|hoi|hey|dag|goeiedag|goededag|hai)(?: hoi| allemaal| daar| team| weer| nogmaals)*",
        r"(?:goede|goeie) ?(?:morgen|middag|avond|dag)(?: allemaal| team)?|goedemorgen|goedemiddag|goedenavond"
        r"|goedenmiddag|goedendag|goeiemorgen",
        r"(?:geachte|beste) (?:heer|mevrouw|heer mevrouw|team|support)|hoe gaat het(?: met je| met u)?|is er iemand",
    ),
}  # fmt: skip

FAREWELL: Phrases = {
    "en": (
        r"(?:ok |okay )?(?:good ?bye|bye|bye bye|byebye|cya|see (?:you|ya)(?: later| soon)?|take care|later)"
        r"(?: then| for now| now)?",
        r"(?:have|enjoy) (?:a |the |your )?(?:very )?(?:nice|good|great|lovely|wonderful)? ?"
        r"(?:day|evening|weekend|one|rest of (?:the|your) day|night|week)(?: too| ahead)?|good ?night",
        r"(?:thats|that is|that will be|thatll be|this is) (?:all|it|everything)(?: for (?:now|today)| from me"
        r"| thank you| thanks)*",
        r"(?:kind |best |warm |many )?(?:regards|wishes)|cheers mate|yours (?:sincerely|faithfully)|sincerely|best",
        r"(?:no|nope|nah) ?(?:thats all|that is all|nothing (?:else|more)|im (?:good|fine|ok)|all good)?"
        r" (?:thanks|thank you|thx)|nothing else|(?:no )?(?:more|further) questions?|no other questions?",
    ),
    "de": (
        r"(?:tschuss|tschuess|tschau|ciao|auf wiedersehen|bis (?:dann|bald|spater|morgen|nachher))(?: dann| danke)?",
        r"(?:einen |noch einen |ein )?(?:schonen?|schones|gute[ns]?|angenehmen) (?:tag|abend|feierabend|wochenende|nacht)"
        r"(?: noch| wunsche ich)?|gute nacht",
        r"(?:mit )?(?:freundlichen|freundliche|viele|liebe|beste|herzliche)[nr]? (?:grusse[n]?|gruessen?|gruß)|mfg|lg|vg",
        r"das (?:wars|war es|ist alles)(?: schon| fur heute)?|nein danke|keine (?:weiteren )?fragen(?: mehr)?|sonst nichts",
    ),
    "fr": (
        r"(?:au revoir|a (?:bientot|plus|plus tard|demain)|adieu)|bonne (?:journee|soiree|nuit|fin de journee|continuation)"
        r"(?: a vous)?|bon week ?end",
        r"(?:bien )?cordialement|(?:bien a vous|sinceres salutations|meilleures salutations)",
        r"(?:cest|ce sera) tout(?: pour (?:le moment|aujourdhui|linstant))?|non merci|(?:pas|plus) dautres? questions?|rien dautre",
    ),
    "es": (
        r"(?:adios|hasta (?:luego|pronto|manana|la vista)|chao|chau|nos vemos)|(?:que tenga[s]? )?(?:un )?(?:buen|feliz) dia"
        r"|buen fin de semana",
        r"(?:un )?(?:cordial )?(?:saludo|saludos|saludos cordiales)|atentamente",
        r"(?:eso|esto) es todo(?: por (?:ahora|hoy))?|no gracias|nada mas(?: gracias)?|ninguna otra (?:pregunta|duda)",
    ),
    "it": (
        r"(?:arrivederci|a presto|a dopo|addio|buona (?:giornata|serata|notte)|buon (?:lavoro|weekend|fine settimana))",
        r"(?:cordiali|distinti) saluti|(?:e|questo e) tutto(?: per (?:ora|oggi))?|no grazie|nientaltro|niente altro",
    ),
    "pt": (
        r"(?:tchau|adeus|ate (?:logo|mais|breve|amanha)|tenha um bom dia|bom fim de semana)",
        r"(?:atenciosamente|cumprimentos|abracos?)|(?:e )?so isso|isso e tudo|nao obrigad[oa]|mais nada",
    ),
    "nl": (
        r"(?:tot (?:ziens|later|snel|morgen)|doei|dag dag|fijne (?:dag|avond|weekend)(?: nog)?|prettige dag(?: nog)?)",
        r"(?:met )?vriendelijke groet(?:en)?|groetjes|groet(?:en)?|dat (?:is|was) alles|nee (?:bedankt|dank je)",
    ),
}  # fmt: skip

THANKS: Phrases = {
    "en": (
        r"(?:ok |okay |great |perfect |cool |awesome |super |alright |good |nice |excellent |yes |ah |oh )*"
        r"(?:(?:many |so many |a (?:lot|million) |much )?(?:thanks|thank you|thank u|thankyou|thx|thnx|tnx|thanx|ty|tysm|cheers"
        r"|tks))(?: (?:you|so much|a lot|a bunch|very much|very very much|much|again|a ton|a million|anyway|already|mate|man"
        r"|guys|all|everyone|team|bot|dear|indeed|kindly|in advance|tho|though))*"
        r"(?: for (?:(?:all|the|your|this|that|a|very|really|quick|fast|kind|great|prompt|help(?:ing)?|helping|me|us|out"
        r"|support|info|information|reply|answer|response|time|patience|effort|assistance|everything|today|yesterday"
        r"|clarif\w+|explanation|explaining|tip|hint|update|link|it) ?)+)?(?: (?:bye|goodbye|have a (?:nice|great|good) day))?",
        r"(?:i )?(?:really |much |very much )?appreciate(?:d)?(?: (?:it|that|this|your help|the help|you))?(?: a lot| very much)?"
        r"|much (?:appreciated|obliged)|youre (?:the best|a star|awesome|great)|you rock|(?:very |super |so )?(?:kind|nice) of you"
        r"|good bot|(?:great|nice|good|awesome) (?:job|work|support|service|help)|that(?:s| is| was) (?:very |so )?(?:kind|nice)",
    ),
    "de": (
        r"(?:ok |okay |super |perfekt |prima |toll |alles klar |ah |na )*(?:(?:vielen|herzlichen|besten|tausend|lieben|recht) )*"
        r"(?:dank|danke|dankeschon|dankesehr|merci)(?: (?:dir|ihnen|euch|schon|sehr|vielmals|nochmal|nochmals|im voraus|erstmal"
        r"|auch|trotzdem|ebenfalls|gleichfalls|team|leute))*"
        r"(?: fur (?:(?:die|den|das|deine|ihre|eure|schnelle|nette|rasche|gute|hilfe|antwort|auskunft|info|infos|unterstutzung"
        r"|ruckmeldung|muhe|alles|tipp|hinweis) ?)+)?",
        r"(?:sehr |das ist |das war )+(?:nett|lieb|freundlich)(?: von (?:dir|ihnen))?|dankbar|(?:gute|tolle) arbeit",
    ),
    "fr": (
        r"(?:ok |super |parfait |genial |daccord |tres bien |ah )*(?:un (?:grand|gros) |mille |grand )?merci"
        r"(?: (?:beaucoup|bien|infiniment|encore|a vous|a toi|davance|tout de meme|quand meme|mille fois|par avance))*"
        r"(?: (?:pour|de) (?:(?:la|le|les|votre|ton|ta|vos|cette|laide|aide|reponse|rapide|info|infos|information|informations"
        r"|retour|explication|explications|patience|tout|mavoir aide) ?)+)?",
        r"(?:cest|tres|vous etes) (?:tres )?(?:gentil|aimable|sympa)(?: a vous)?|je vous remercie(?: beaucoup| infiniment| davance)?",
    ),
    "es": (
        r"(?:ok |vale |perfecto |genial |muy bien |estupendo |si |ah )*(?:muchas |muchisimas |mil |un millon de )?gracias"
        r"(?: (?:a ti|a usted|a ustedes|de nuevo|otra vez|por adelantado|de antemano|igualmente|totales))*"
        r"(?: por (?:(?:la|el|tu|su|toda|todo|vuestra|ayuda|respuesta|informacion|rapida|apoyo|atencion|tiempo|soporte"
        r"|paciencia|aclaracion) ?)+)?",
        r"(?:te|se|os|le) lo agradezco(?: mucho)?|(?:muy|que) amable|agradecid[oa]",
    ),
    "it": (
        r"(?:ok |perfetto |bene |benissimo |ottimo |ah )*(?:molte |mille |tante )?grazie"
        r"(?: (?:mille|tante|infinite|ancora|a te|a voi|a lei|in anticipo|comunque|davvero))*"
        r"(?: (?:per|del|della|dell)(?: )?(?:(?:il|la|laiuto|aiuto|risposta|tutto|supporto|informazione|informazioni|rapida"
        r"|disponibilita|pazienza) ?)+)?",
        r"(?:ti|la|vi) ringrazio(?: molto| tanto)?|(?:molto|troppo) gentile|gentilissim[oia]",
    ),
    "pt": (
        r"(?:ok |ta |perfeito |otimo |certo |legal |ah )*(?:muito |muitissimo )?(?:obrigad[oa]|obrigadao|brigad[oa]|valeu|vlw)"
        r"(?: (?:a voce|a todos|mesmo|de novo|novamente|desde ja|viu|pessoal))*"
        r"(?: (?:pela|pelo|por) (?:(?:a|o|sua|seu|tudo|ajuda|resposta|informacao|suporte|atencao|rapida) ?)+)?",
        r"agradec(?:o|ido|ida)(?: muito)?",
    ),
    "nl": (
        r"(?:ok |oke |super |prima |top |ah )*(?:hartelijk |heel erg |heel |veel |erg )*(?:bedankt|dank|dankjewel|dankuwel|dank je"
        r"|dank u|dank jullie|thanks|dankje)(?: (?:wel|je wel|u wel|hoor|alvast|nogmaals|jullie))*"
        r"(?: voor (?:(?:de|je|uw|jullie|het|hulp|snelle|reactie|antwoord|informatie|uitleg|alles|moeite) ?)+)?",
    ),
}  # fmt: skip

ACKNOWLEDGEMENT: Phrases = {
    "*": (
        r"(?:ok|okay|okey|okeydokey|okie|kk|k|oki|okidoki|mhm|mmh|hm|hmm|hm ok|aha|ah|oh|ahh|ohh|ah ok|oh ok|ah okay|oh okay)"
        r"(?: ok| okay| super| top| cool)*",
        r"(?:super|perfect|top|cool|wow|bravo|roger|lol|haha|hihi|hehe|jaja|jeje|kkk|rsrs|xd)",
    ),
    "en": (
        r"(?:(?:ok|okay|ah|oh|alright|all right|right|yes|yep|yeah|great|good|cool|fine|nice|well|sure|perfect|so|then|hm+) )*"
        r"(?:got it|gotcha|i (?:see|understand|get it)|understood|noted|makes (?:total |perfect )?sense|(?:that )?makes sense"
        r"|alright(?:y)?|all right|right|fine|sure(?: thing)?|great|good|cool|nice|excellent|awesome|amazing|wonderful|brilliant"
        r"|lovely|fantastic|fair enough|sounds (?:good|great|fine)|(?:thats |that is )?(?:good|great|nice|fine|ok|okay|perfect|helpful"
        r"|useful|interesting|clear)(?: to know)?|good to know|no (?:problem|worries|prob)|np|never ?mind|nvm|forget it|will do"
        r"|copy that|roger that|agreed|of course|absolutely|exactly|indeed|correct|true|very well|perfectly|done"
        r"|(?:yes|yep|yeah|yup|ya|yea|aye)(?: yes| yeah| please| sir)?|cool cool|ill (?:try|check|do|test|see)(?: (?:it|that|this))?"
        r"(?: (?:out|now|later|tomorrow|then|first))*|let me (?:try|check|see|test)(?: (?:it|that|this))?(?: (?:out|first|now))*"
        r"|i will (?:try|check|do|test)(?: (?:it|that|this))?(?: (?:out|now|later|tomorrow|then))*|trying (?:it |that )?now"
        r"|(?:just )?(?:one|a) (?:moment|second|sec|minute|min)(?: please)?|(?:hold on|hang on|wait|brb|back in a (?:sec|minute|moment))"
        r"(?: a (?:moment|minute|sec|second))?(?: please)?|got that|i did it|(?:ill|i will) wait(?: (?:here|for it|then))?|no (?:hurry|rush)|take your time|oh (?:nice|cool|great)|(?:oh )?i see(?: now)?|ok then|okay then)"
        r"(?: (?:then|now|ok|okay|thanks))*",
    ),
    "de": (
        r"(?:(?:ok|okay|ah|oh|ach so|achso|na|ja|gut|super|also|alles) )*(?:alles klar|klar|verstanden|verstehe|ich verstehe|gut"
        r"|sehr gut|in ordnung|passt(?: so)?|passt schon|prima|toll|schon|spitze|perfekt|wunderbar|klasse|genau|richtig|stimmt"
        r"|einverstanden|ach so|achso|aha|ja|jawohl|jo|jep|jup|gerne?|na gut|na dann|macht nichts|kein problem|schon gut|egal"
        r"|geht klar|wird gemacht|mach ich|werde ich (?:machen|tun|probieren|testen)|(?:das )?(?:probiere|teste|versuche) ich"
        r"(?: mal| aus| jetzt| gleich)*|ich (?:probiere|versuche|teste) (?:es|das)(?: mal| aus| jetzt| gleich)*|moment(?: bitte)?"
        r"|einen moment(?: bitte)?|ich warte(?: gern)?|kein stress|gut zu wissen|interessant|das macht sinn|klingt gut)(?: so| dann| jetzt)*",
    ),
    "fr": (
        r"(?:(?:ok|ah|oh|oui|tres|bon|bien|ben) )*(?:daccord|dac|compris|jai compris|je comprends|bien recu|entendu|parfait|super"
        r"|genial|bien|tres bien|ca marche pour moi|ca roule|note|cest note|cest bon|cest clair|je vois|bon|oui|ouais|exact"
        r"|exactement|bien sur|pas de (?:souci|probleme)|tant pis|je vais (?:essayer|voir|tester|verifier)(?: ca)?|jessaye|jessaie"
        r"|un (?:instant|moment)(?: svp| sil vous plait)?|bon a savoir|interessant)(?: alors)?",
    ),
    "es": (
        r"(?:(?:ok|ah|oh|si|muy|pues|vale|bueno) )*(?:vale|entendido|entiendo|lo entiendo|de acuerdo|perfecto|genial|bien|muy bien"
        r"|bueno|claro|claro que si|listo|comprendo|comprendido|estupendo|fenomenal|esta bien|ya veo|ya|si|exacto|exactamente"
        r"|correcto|no hay problema|no importa|lo (?:probare|intentare|pruebo|intento|voy a probar)|voy a (?:probar|intentar|ver)(?:lo)?"
        r"|un (?:momento|segundo)(?: por favor)?|que bien|interesante|bueno saberlo)",
    ),
    "it": (
        r"(?:(?:ok|ah|oh|si|va|molto|allora) )*(?:capito|ho capito|capisco|va bene|daccordo|perfetto|bene|benissimo|molto bene|ottimo"
        r"|chiaro|certo|certamente|ricevuto|inteso|giusto|esatto|si|nessun problema|non importa|fa niente|provo|ci provo"
        r"|lo provo|vado a provare|un (?:attimo|momento)(?: per favore)?|interessante|buono a sapersi)",
    ),
    "pt": (
        r"(?:(?:ok|ah|oh|sim|ta|muito) )*(?:entendi|entendido|certo|ta bom|esta bem|tudo bem|beleza|perfeito|otimo|legal|bom|muito bem"
        r"|claro|compreendi|combinado|de acordo|sim|exato|isso|sem problemas?|nao faz mal|vou (?:tentar|testar|ver)"
        r"|(?:so )?um (?:momento|minuto|instante)(?: por favor)?|interessante|bom saber|blz)",
    ),
    "nl": (
        r"(?:(?:ok|oke|ah|oh|ja|heel) )*(?:begrepen|ik begrijp het|ik snap het|snap ik|duidelijk|prima|goed|is goed|heel goed|perfect"
        r"|top|oke|mooi|fijn|helder|akkoord|ja|jazeker|precies|klopt|geen probleem|maakt niet uit|ik (?:probeer|ga) het(?: proberen)?"
        r"|(?:een )?(?:moment|ogenblik)(?:je)?(?: graag)?|interessant|goed om te weten)",
    ),
}  # fmt: skip

ABOUT_ASSISTANT: Phrases = {
    "en": (
        r"(?:so |wait |sorry |but |and |um )*(?:are|r) (?:you|u) (?:(?:a|an|the|some|just|really|actually|only|even|kind of|like) )*"
        r"(?:(?:real|live|actual|human|automated|virtual|digital|ai|chat|support) )*(?:(?:ro|chat ?)?bot|human(?: being)?|person|people"
        r"|machine|robot|computer|ai|a i|artificial intelligence|assistant|program|real|chatgpt|gpt|llm|language model|automated"
        r"|agent|alive)(?: or (?:(?:a|an|the|real|live|actual) )*(?:(?:ro|chat ?)?bot|human(?: being)?|person|machine|robot|computer|ai|real))?",
        r"(?:so |wait |sorry )?(?:am i|is it|is this|are we|do i|is that) (?:(?:really|actually|just|now) )*(?:(?:talking|speaking|chatting"
        r"|writing|talk|speak|chat) (?:to|with) )?(?:(?:a|an|the|some|real|live|actual|human|automated) )*(?:(?:ro|chat ?)?bot|human(?: being)?"
        r"|person|machine|robot|computer|ai|someone real|somebody real)(?: or (?:(?:a|an|the|real|live|actual) )*(?:bot|human(?: being)?"
        r"|person|machine|robot|computer|ai))?(?: here| now)?",
        r"(?:and )?(?:who|what) (?:are|r) (?:you|u)(?: exactly| anyway| really)?|whos (?:this|there)|who is (?:this|there)|what is this(?: chat| bot)?"
        r"|who (?:am i|are we) (?:(?:talking|speaking|chatting|writing) (?:to|with)|with)(?: here| now)?"
        r"|(?:with )?whom am i (?:talking|speaking|chatting)(?: to| with)?|who (?:made|built|created|wrote) you",
        r"(?:whats|what is) your name|do you have a name|what (?:can|do) you (?:do|know)(?: for me)?|what can you help(?: me)?(?: with)?"
        r"|how can you help(?: me)?|what are you (?:for|able to do)|what do you do(?: here)?",
    ),
    "de": (
        r"(?:bist du|sind sie|seid ihr) (?:(?:ein|eine|ne|n|echt|echte|echter|richtiger|wirklich|denn|nur|etwa|auch) )*(?:chat ?)?(?:bot|roboter|mensch"
        r"|maschine|ki|person|computer|programm|assistent|echt|real)(?: oder (?:(?:ein|eine|echter|echte) )*(?:bot|roboter|mensch|maschine|ki|person))?",
        r"(?:spreche|schreibe|rede|chatte) ich (?:(?:hier|jetzt|gerade|eigentlich|denn) )*mit (?:(?:einem|einer|echten|echtem|richtigen) )*(?:chat ?)?(?:bot|roboter"
        r"|mensch|menschen|maschine|ki|person|computer)(?: oder (?:(?:einem|einer|echten) )*(?:bot|roboter|menschen?|maschine|ki|person))?",
        r"(?:wer|was) (?:bist du|sind sie|seid ihr)(?: denn| eigentlich| genau)*|mit wem (?:spreche|schreibe|rede|chatte|habe) ich(?: hier| denn| eigentlich| es| zu tun)*"
        r"|wie (?:heisst|heissen) (?:du|sie)(?: denn| eigentlich)*|(?:hast du|haben sie) einen namen|was (?:kannst du|konnen sie)(?: alles| denn)*(?: tun| fur mich tun)?"
        r"|ist (?:das|dies|hier) (?:hier )?ein (?:chat ?)?(?:bot|roboter|mensch)|wobei (?:kannst du|konnen sie)(?: mir)? helfen",
    ),
    "fr": (
        r"(?:(?:etes vous|es tu|tu es|vous etes|est ce que (?:vous etes|tu es)) )(?:(?:un|une|vrai|vraie|le) )*(?:robot|bot|humain|humaine|personne|machine|ia|ordinateur|chatbot"
        r"|assistant)(?: ou (?:(?:un|une|vrai|vraie) )*(?:robot|bot|humain|personne|machine))?",
        r"(?:qui (?:etes vous|es tu|est ce)|vous etes qui|tu es qui|cest qui|a qui (?:je parle|est ce que je parle|ai je affaire|parle je)|avec qui (?:je parle|est ce que je parle|parle je)"
        r"|(?:je parle|est ce que je parle|parle je) (?:a|avec) (?:(?:un|une|vrai|vraie) )*(?:robot|bot|humain|personne|machine)|comment (?:tappelles tu|vous appelez vous)"
        r"|cest un (?:robot|bot)|que (?:peux tu|pouvez vous|sais tu|savez vous) faire)",
    ),
    "es": (
        r"(?:(?:eres|es usted|es|sos|tu eres|usted es) )(?:(?:un|una|el|solo|realmente) )*(?:robot|bot|humano|humana|persona|maquina|ia|chatbot|asistente|ordenador)(?: real| de verdad)?"
        r"(?: o (?:(?:un|una) )*(?:robot|bot|humano|humana|persona|maquina)(?: real)?)?",
        r"(?:quien (?:eres|es usted|sos|habla)|que eres|con quien (?:hablo|estoy hablando|tengo el gusto)|(?:hablo|estoy hablando) con (?:(?:un|una) )*(?:robot|bot|humano|persona|maquina)"
        r"(?: real)?|como te llamas|cual es tu nombre|que (?:puedes|sabes|puede) hacer|en que (?:puedes|me puedes) ayudar(?:me)?)",
    ),
    "it": (
        r"(?:(?:sei|lei e|e lei|siete|tu sei) )(?:(?:un|una|uno|davvero|solo|vero|vera) )*(?:robot|bot|umano|umana|persona|macchina|ia|chatbot|assistente|computer)(?: reale| vera| vero)?"
        r"(?: o (?:(?:un|una|vera) )*(?:robot|bot|umano|persona|macchina)(?: reale| vera)?)?",
        r"(?:chi sei|chi e lei|cosa sei|con chi (?:parlo|sto parlando|ho il piacere)|(?:parlo|sto parlando) con (?:(?:un|una) )*(?:robot|bot|umano|persona|macchina)(?: reale| vera)?"
        r"|come ti chiami|qual e il tuo nome|(?:che )?cosa (?:puoi|sai) fare|in cosa puoi aiutarmi)",
    ),
    "pt": (
        r"(?:(?:voce e|tu es|es|e voce|vc e) )(?:(?:um|uma|o|so|mesmo) )*(?:robo|robot|bot|humano|humana|pessoa|maquina|ia|chatbot|assistente)(?: real| de verdade)?"
        r"(?: ou (?:(?:um|uma) )*(?:robo|robot|bot|humano|pessoa|maquina)(?: real)?)?",
        r"(?:quem (?:e voce|es tu|esta falando)|o que voce e|com quem (?:estou falando|eu falo|falo)|(?:estou falando|falo) com (?:(?:um|uma) )*(?:robo|bot|humano|pessoa|maquina)(?: real)?"
        r"|(?:qual e o seu nome|como (?:voce )?se chama)|o que voce (?:pode|sabe) fazer)",
    ),
    "nl": (
        r"(?:ben je|bent u|ben jij|zijn jullie) (?:(?:een|echt|echte|gewoon|wel) )*(?:robot|(?:chat ?)?bot|mens|persoon|machine|ai|computer|assistent)(?: of (?:(?:een|echt) )*(?:robot|bot|mens|persoon|machine))?",
        r"(?:wie (?:ben je|bent u|ben jij)|wat ben je|met wie (?:spreek|praat|chat) ik|(?:spreek|praat|chat) ik (?:nu )?met (?:een )?(?:echt )?(?:robot|bot|mens|persoon|machine)|hoe heet (?:je|u)"
        r"|wat kun je(?: doen)?|is dit een (?:robot|bot|mens))",
    ),
}  # fmt: skip

ANNOUNCEMENT: Phrases = {
    "en": (
        r"(?:(?:i|we) (?:(?:just|only|also|still|do|really) )*(?:have|got|have got|ve got|had)|ive (?:just )?(?:got|one)|got|there(?:s| is)|may i ask|can i ask|could i ask|let me ask) "
        r"(?:(?:a|an|one|some|few|couple of|two|another|quick|small|short|little|general|simple|more|other|further|final|last) )*"
        r"(?:questions?|problems?|issues?|things?|something|query|queries|requests?|concerns?|doubts?|trouble|inquiry|enquiry)"
        r"(?: (?:for|to) (?:you|ask(?: you)?))?(?: please)?",
        r"(?:(?:just )?(?:a|one|another|two) )?(?:(?:quick|small|short|little|general|simple|other|more|new|final|last) )*(?:questions?|query|problem|issue|inquiry|enquiry)(?: please| for you)?",
        r"(?:please )?(?:(?:can|could|would|will) (?:you|someone|somebody|anyone|u) (?:please )?)?help(?: me| us| needed| please| a bit| out| with (?:something|this|a problem|an issue)| here)*",
        r"(?:i|we) (?:(?:really|just|urgently) )*(?:need|want|require|could use|would like|am looking for|look for) (?:(?:some|a bit of|your|urgent|a little|any) )*(?:help|support|assistance|advice)(?: please| now)?",
        r"i need help(?: with (?:something|this|a problem|an issue|it))?(?: please)?|im (?:stuck|lost)|i am (?:stuck|lost)",
        r"(?:can|could|may) (?:i|we) ask (?:you )?(?:(?:a|one|some) )?(?:(?:quick|small) )?(?:question|questions|something)(?: please)?|i would like to ask (?:you )?(?:something|a question)"
        r"|support|assistance",
    ),
    "de": (
        r"(?:ich|wir) (?:habe|haben|hatte|hatten|hab) (?:(?:da|nur|mal|noch|auch|leider|eine|ein|einige|paar|kurze|kleine|andere|weitere|kurz|ne|n|zwei|allgemeine) )*"
        r"(?:frage|fragen|problem|probleme|anliegen|anfrage)(?: an (?:sie|dich|euch))?",
        r"(?:(?:nur|noch|eine|kurze|kleine|andere|weitere|mal|ein) )*(?:frage|problem|anliegen)|(?:ich )?(?:brauche|benotige) (?:(?:bitte|mal|ihre|deine|eure) )*hilfe(?: bitte)?|hilfe(?: bitte)?"
        r"|(?:kannst du|konnen sie|konnt ihr|kann) (?:mir|uns)(?: (?:jemand|bitte|mal|kurz))* helfen|(?:kann|darf|durfte) ich (?:(?:sie|dich|euch|mal|kurz|etwas|was) )*(?:fragen|was fragen)",
    ),
    "fr": (
        r"(?:(?:jai|jaurais|nous avons|on a) )(?:(?:juste|encore|une|un|deux|quelques|petite|petit|autre|simple|des) )*(?:question|questions|probleme|problemes|demande|souci)(?: (?:a|pour) vous(?: poser)?)?(?: a poser)?",
        r"(?:(?:juste|une|un|petite|autre|encore) )*(?:question|probleme)(?: rapide)?|(?:jai|jaurais) besoin (?:daide|de votre aide|dun conseil)(?: svp)?|(?:a l)?aidez moi(?: svp| sil vous plait)?|aide"
        r"|(?:pouvez vous|peux tu|pourriez vous) maider(?: svp| sil vous plait)?|(?:puis je|je peux)(?: vous)? poser une question",
    ),
    "es": (
        r"(?:(?:tengo|tenemos|tendria) )(?:(?:solo|una|un|otra|otro|dos|unas|algunas|pequena|rapida|breve) )*(?:pregunta|preguntas|duda|dudas|problema|problemas|consulta|inconveniente)(?: rapida| mas)?",
        r"(?:(?:una|un|otra|solo) )*(?:pregunta|duda|consulta|problema)(?: rapida| mas)?|(?:necesito|necesitamos) (?:(?:su|tu|un poco de) )?ayuda(?: por favor)?|ayuda(?: por favor)?|ayudame|ayudenme"
        r"|(?:me )?(?:puedes|puede|podrias|podria|pueden) ayudar(?:me)?(?: por favor)?|(?:puedo|podria) (?:hacerte|hacerle|hacer) una (?:pregunta|consulta)",
    ),
    "it": (
        r"(?:(?:ho|avrei|abbiamo) )(?:(?:solo|una|un|unaltra|ancora|due|alcune|delle|piccola|breve) )*(?:domanda|domande|problema|problemi|richiesta|dubbio)(?: veloce| rapida)?",
        r"(?:(?:una|un|solo|unaltra) )*(?:domanda|problema)(?: veloce)?|(?:ho|avrei) bisogno (?:di aiuto|daiuto|del vostro aiuto|di una mano)|aiuto|aiutatemi|mi (?:puoi|puo|potete|potresti|potrebbe) aiutare"
        r"|(?:puoi|puo|potete) aiutarmi(?: per favore)?|posso (?:fare|farti|farle|chiedere) (?:una domanda|una cosa)",
    ),
    "pt": (
        r"(?:(?:tenho|temos|estou com) )(?:(?:so|uma|um|outra|outro|duas|algumas|pequena|rapida) )*(?:pergunta|perguntas|duvida|duvidas|problema|problemas)(?: rapida)?",
        r"(?:(?:uma|um|outra|so) )*(?:pergunta|duvida|problema)(?: rapida)?|(?:preciso|precisamos) de (?:(?:sua|uma) )?ajuda(?: por favor)?|ajuda(?: por favor)?|(?:pode|voce pode|podem|poderia) me ajudar(?: por favor)?"
        r"|(?:posso|poderia) fazer uma pergunta",
    ),
    "nl": (
        r"(?:ik|wij|we) (?:heb|hebben) (?:(?:een|nog|even|ook|alleen|snelle|korte|andere|paar) )*(?:vraag|vraagje|vragen|probleem|problemen)(?: voor (?:je|jullie|u))?",
        r"(?:(?:een|nog|korte|snelle|andere) )*(?:vraag|vraagje|probleem)|(?:ik heb )?hulp nodig|(?:ik heb hulp nodig)|help(?: mij| me)?|(?:kun je|kunt u|kan iemand|kunnen jullie) (?:mij|me) helpen|mag ik (?:iets|wat|een vraag) (?:vragen|stellen)",
    ),
}  # fmt: skip

DOUBT: Phrases = {
    "*": (r"\?+",),
    "en": (
        r"(?:(?:but|and|hm+|um|wait|so|sorry|ok|okay|no) )*(?:are|r) (?:you|u) (?:(?:really|absolutely|quite|100|completely|very|still) )*(?:sure|certain|positive|serious)(?: about (?:that|this|it))?(?: now)?",
        r"(?:oh |hm+ |wait |but )*(?:really|seriously|for real|is it really|is that (?:really )?(?:true|so|right|correct|real|accurate)|is this (?:really )?(?:true|right|correct|accurate|official|up to date|current|still (?:true|valid|correct))"
        r"|sure|srsly|you sure|how so|says who|according to (?:whom|what)|is it true|is that (?:up to date|current|official|still (?:true|valid|correct|current)))(?: now)?",
        r"(?:(?:what|where|which|whats|what is|wheres|where is|do you have|give me|show me|can you (?:show|give|send)(?: me)?|any|link to|have you got) )*(?:(?:a|the|your|any|some|is|are|that|this) )*"
        r"(?:source|sources|proof|evidence|reference|references|citation|citations|link|links|documentation for (?:that|this))(?: (?:for|of|to) (?:that|this|it))?(?: please)?",
        r"(?:and |but )?where (?:does|do|did|is|can i|could i|have you|exactly does) (?:it|that|this|you|they|read|find|see|the docs?|the documentation)? ?(?:say|says|said|read|written|stated|documented|get|got|find|see|know|from|come from|mentioned|described|explained)?"
        r"(?: (?:that|this|it|so|this information|that information|that from|it from|this from|from|documented|written))*",
        r"(?:how|where) (?:do|did|would|can) (?:you|u) (?:know|get|find|be sure|tell)(?: (?:that|this|it|about that|from|for sure|so))*|i (?:doubt|dont believe|do not believe|cant believe|dont trust|am not sure about|dont think) (?:it|that|this|you|so|thats right|that is right)"
        r"|(?:that|this|it) (?:cant|cannot|can not|doesnt (?:sound|look|seem)|does not (?:sound|look|seem)|sounds|seems|looks) (?:be )?(?:right|true|correct|wrong|odd|strange|outdated|old)|are you making (?:this|that|it) up",
        r"(?:sorry )?(?:what|huh|eh|pardon|excuse me|come again|say (?:that )?again|what do you mean|i (?:dont|do not|didnt|did not|cant) (?:understand|get it|get that|follow|understand (?:that|this|it|you|your answer|the answer)))(?: by that| exactly)?",
    ),
    "de": (
        r"(?:(?:aber|und|hm+|also|echt|na) )*(?:bist du|sind sie|seid ihr) (?:(?:dir|sich|euch|da|ganz|wirklich|absolut|denn) )*sicher|(?:echt|wirklich|ernsthaft|im ernst|ehrlich)(?: jetzt| wahr)?|sicher|ist das (?:wirklich |auch |denn |noch )*(?:so|wahr|richtig|aktuell|sicher|korrekt|offiziell)"
        r"|stimmt das(?: wirklich| denn| so| auch| noch)*",
        r"(?:(?:die|eine|hast du|haben sie|gibt es|welche|was ist|was ist die|deine|ihre|eine) )*(?:quelle|quellen|beleg|belege|beweis|nachweis|link)(?: dazu| dafur| davon| bitte)*|wo steht (?:das|es)(?: denn| genau| so| geschrieben)*|woher (?:weisst du|wissen sie|hast du|haben sie|kommt)(?: das| denn| die info)*|wer sagt das"
        r"|das (?:glaube ich nicht|kann nicht (?:sein|stimmen)|bezweifle ich)|wie bitte|hah?|hae|wie meinst du das|wie meinen sie das|(?:das )?verstehe ich nicht|ich verstehe (?:das |es )?nicht|versteh ich nicht",
    ),
    "fr": (
        r"(?:(?:mais|et|euh|hein) )*(?:(?:en )?(?:etes vous|es tu|vous etes|tu es|tes) )?(?:(?:vraiment|bien|en) )*(?:sur|sure|certain|certaine|surs)(?: de (?:ca|cela|vous|toi))?|(?:vraiment|serieusement|ah bon|cest vrai|cest sur|est ce (?:vraiment )?(?:vrai|exact|correct|sur))"
        r"|(?:(?:quelle est|la|une|votre|avez vous|donnez moi|le|un) )*(?:source|sources|preuve|preuves|reference|lien)(?: svp| sil vous plait)?|ou (?:est ce ecrit|cest ecrit|est ce que cest ecrit|est ce indique|avez vous (?:lu|vu|trouve) (?:ca|cela))|comment (?:le )?(?:savez vous|sais tu)(?: ca| cela)?|qui (?:le )?dit (?:ca|cela)?"
        r"|je (?:ny crois pas|ne (?:vous )?crois pas|ne comprends pas|comprends pas|nai pas compris)|(?:comment ca|pardon|quoi|hein)",
    ),
    "es": (
        r"(?:(?:pero|y|eh) )*(?:(?:estas|esta|estan|esta usted) )?(?:(?:realmente|completamente) )?(?:segur[oa]s?)(?: de (?:eso|esto|ello))?|(?:de verdad|en serio|de veras|seguro|es (?:verdad|cierto|correcto|asi)|eso es (?:verdad|cierto|correcto))"
        r"|(?:(?:cual es|la|una|tu|su|tienes|tiene|dame|el|un) )*(?:fuente|fuentes|prueba|pruebas|referencia|enlace)(?: de (?:eso|esto))?|(?:en )?donde (?:dice|pone|esta escrito|lo dice|aparece)(?: eso| esto)?|como (?:lo )?sabes(?: eso)?|quien (?:lo )?dice(?: eso)?"
        r"|no (?:lo|te) creo|(?:no (?:lo )?entiendo|no (?:lo )?entendi|no comprendo|que|como|perdon|como dices)",
    ),
    "it": (
        r"(?:(?:ma|e|eh) )*(?:(?:sei|e|siete|ne sei) )?(?:(?:davvero|proprio) )?(?:sicur[oaie])(?: di (?:questo|cio|quello))?|(?:davvero|sul serio|veramente|e vero|e corretto|e giusto|sicuro)"
        r"|(?:(?:qual e|la|una|hai|avete|dammi|il|un|le) )*(?:fonte|fonti|prova|prove|riferimento|link)(?: per favore)?|dove (?:sta|e) scritto|dove (?:lo )?dice(?: questo)?|come (?:lo )?sai|chi (?:lo )?dice|non (?:ci|ti) credo|(?:non (?:ho )?capi(?:sco|to)|non lo capisco|cosa|come|scusa|prego)",
    ),
    "pt": (
        r"(?:(?:mas|e) )*(?:(?:tem|voce tem|vc tem) )?(?:(?:mesmo) )?(?:certeza)(?: (?:disso|absoluta))?|(?:serio|e serio|de verdade|mesmo|e verdade|isso e verdade|isso esta certo|sera)"
        r"|(?:(?:qual e|qual|a|uma|tem|o|um) )*(?:fonte|fontes|prova|referencia|link)(?: disso)?|onde (?:diz|esta escrito|esta)(?: isso)?|como (?:voce )?sabe(?: disso)?|quem disse(?: isso)?|nao acredito|(?:nao entendi|nao entendo|nao compreendo|o que|como assim|que)",
    ),
    "nl": (
        r"(?:(?:maar|en) )*(?:(?:weet|weet je|weet u|ben je|bent u) )?(?:(?:dat|het|je|u|heel) )*(?:zeker)(?: (?:weten|van|ervan))?|(?:echt|echt waar|serieus|meen je dat|klopt dat(?: wel)?|is dat (?:echt )?(?:zo|waar|juist))"
        r"|(?:(?:wat is|de|een|heb je|heeft u) )*(?:bron|bronnen|bewijs|link|verwijzing)(?: daarvoor| daarvan)?|waar staat (?:dat|het)|hoe weet je dat|wie zegt dat|(?:ik )?(?:geloof|snap|begrijp) (?:ik )?(?:het|dat) niet|(?:wat|watte|pardon)",
    ),
}  # fmt: skip

FAILURE: Phrases = {
    "en": (
        r"(?:(?:but|no|sorry|unfortunately|sadly|its|it|is|thats|that|this|the|problem|issue|still) )*(?:not|un) ?(?:solved|fixed|resolved|sorted)(?: (?:yet|for me|at all|sorry))*",
        r"(?:(?:but|and|no|nope|sorry|unfortunately|hm+|well|ok|okay|sadly|yeah|still|also|actually|then|so|thanks|again|argh|ugh) )*"
        r"(?:(?:this|that|it|these|those|they|your (?:answer|solution|suggestion|advice|steps|instructions?)|the (?:answer|solution|suggestion|advice|steps|instructions?|link|fix)"
        r"|(?:that|this|the same) (?:solution|suggestion|answer|advice|approach|option|link|fix)|none of (?:this|that|it)|nothing|which|neither) )?"
        r"(?:(?:still|also|just|really|unfortunately|sadly|simply|even|sometimes|has|have|had|is|was|are|were|did|does|do|would|will|could) )*"
        r"(?:(?:not|didnt|doesnt|dont|isnt|wasnt|wont|hasnt|havent|couldnt|cant|never|no longer|does not|did not|do not|didn|doesn|failed to|stopped) )"
        r"(?:(?:really|actually|even|seem to|appear to|been|quite|at all|yet) )*"
        r"(?:work|works|worked|working|help|helps|helped|helping|helpful|solve|solved|fix|fixed|resolve|resolved|change|changed|do|did|succeed|useful|correct|right|answer|true|enough|possible|it|what i (?:asked|meant|need|want|wanted|was asking|am asking|was looking for|am looking for)(?: for| about)?|my question)"
        r"(?: (?:it|this|that|me|us|anything|my (?:question|problem|issue)|the (?:question|problem|issue)|for (?:me|us)|at all|much|either|yet|here|the trick|so far|any more|anymore|again|now|on my (?:side|end|machine|computer)|as (?:described|expected|you said)|sorry))*",
        r"(?:(?:but|and|no|nope|sorry|it|its|it is|still|that|this|thats|we|i|same|i am|im|the) )*(?:(?:still|again|continues? to|keeps|keep|always) )+(?:(?:is|has|have|get|getting|got|see|seeing|having|the|a|an|that|this|those|it|not|exactly|very|happens|happening) )*"
        r"(?:same|same (?:error|problem|issue|result|thing|message|here|story|outcome)|broken|failing|fails?|failed|stuck|happens|happening|there|error|errors|problem|issue|not|nothing|wrong|occurs?|crashing|crashes|down|bad|no luck|failing|unsolved|open|persists?|exists?|no change)(?: (?:as before|again|for me|here|now|today|error|problem|message|issue|sorry))*",
        r"(?:(?:but|and|no|nope|sorry|still|i|we|get|getting|got|have|see|exactly|its|it is|thats|that is|always|just|the|im|am) )*(?:same|same (?:error|problem|issue|result|thing|message|story|outcome|behaviou?r)|no (?:change|luck|difference|effect|success|improvement|good|use|dice)|nothing (?:changed?|changes|happens|happened|works|worked|helps|helped|new))"
        r"(?: (?:as before|again|for me|here|now|so far|at all|still|though|appears|sorry|unfortunately))*",
        r"(?:(?:but|and|no|nope|sorry|well|yes|yeah|again|unfortunately|as i said|like i said) )*(?:i|we|ive|weve|i have|we have) (?:(?:have|had|just|also|of course|literally) )*(?:already|tried|did|done|followed|checked|just|all|been)(?: (?:already|tried|done|did|do|try|that|this|it|so|all of (?:that|this|it)|everything|all|of|them|those|these|steps?|exactly|your|the|instructions?|suggestions?|solution"
        r"|before|twice|three times|many times|several times|a hundred times|multiple times|without (?:success|luck|any (?:success|luck)|result)|to no avail|and|but|nothing|no luck|no success|works|worked|happened|changed|there|here|yesterday|today|now|as described|described|too|suggested|what|you|said|say|told|me|wrote|is|described|it didnt (?:work|help)|didnt (?:work|help)|doesnt (?:work|help)|it doesnt (?:work|help)|does not work|did not work|it does not (?:work|help)|it did not (?:work|help)|still))*",
        r"(?:(?:already|just) )?(?:tried|did|done|been) (?:(?:that|this|it|already|all|everything|there|of|them|both) ?)+(?:(?:already|before|twice|too|without success|no luck|nothing|didnt work|didnt help|done that|and|but|doesnt work|did not work|did not help) ?)*|already (?:done|tried|did)(?: (?:that|this|it))?",
        r"(?:(?:but|no|nope|sorry|well|actually) )*(?:(?:thats|that is|this is|its|it is|your answer is|you are|youre|that was|the answer is) )?(?:(?:completely|totally|just|simply|all|very|so|plain|really|absolutely) )*(?:wrong|incorrect|false|useless|nonsense|rubbish|garbage|bullshit|unhelpful|not helpful|irrelevant|wrong answer|a wrong answer|the wrong answer|bad answer|not it|not true|not correct|not right|not the (?:answer|point|question|problem)|terrible|stupid|mistaken|off topic|outdated)",
        r"(?:(?:but|and|no|oh no|damn|sorry) )*(?:(?:it|this|that|the (?:problem|issue|error)) )?(?:(?:just|has|is) )*(?:happens|happened|happening|failed|fails|broke|broken|back|occurred|returned|came back|come back)(?: (?:once )?(?:again|too|today|now|back|once more))*",
        r"(?:(?:but|no|sorry|and) )*(?:i|we) (?:(?:dont|cant|cannot|do not|can not|couldnt|didnt) )(?:find|see|have|get)(?: (?:it|that|this|them|those|these|such|any|a|an|any such|the|option|button|menu|page|setting|settings|there|here|anything|anywhere|link|like that|tab|entry|field|thing))*|there is no(?:t)? (?:(?:such|any) )*(?:thing|option|button|menu|page|setting|link|tab|entry|field)(?: (?:there|here|like that))*"
        r"|(?:it|that|this) (?:isnt|is not|doesnt exist|does not exist|isnt there|is not there)(?: there| here)?|doesnt exist|does not exist",
        r"(?:no|nope|nah|negative|not really|not at all|of course not|no way)(?: (?:no|sorry|it|that|this|thats not it|thats not what i (?:asked|meant)|it didnt|it doesnt|it did not|it does not|that didnt))*|(?:not|doesnt|didnt|dont|does not|did not) (?:working|work|worked|help|helping|helpful|fixed|solved|really|yet)(?: (?:for me|at all|either|yet|sorry))*|any (?:other|more|further) (?:ideas?|suggestions?|options?|way|solutions?)|(?:what|anything) else(?: can i (?:do|try))?|something else|(?:is there )?another way",
    ),
    "de": (
        r"(?:(?:leider|das|es|ist|problem|immer|noch|aber|nein|damit) )*nicht (?:gelost|behoben|erledigt|geklart)",
        r"(?:(?:aber|und|nein|ne|nee|leider|hm+|sorry|nun|ok|danke|trotzdem|also|doch|immer noch) )*(?:(?:das|es|dies|dies|die (?:losung|antwort|anleitung)|der (?:tipp|link|vorschlag)|ihre antwort|deine antwort|nichts davon|beides) )?(?:(?:hat|haben|ist|war|geht|klappt|funktioniert|hilft|tut|lauft|will|wird|stimmt|losst|lost|andert) )"
        r"(?:(?:bei|mir|uns|das|es|leider|auch|immer|noch|trotzdem|aber|so|hier|mein|problem|jetzt|alles|wieder|daran|einfach|uberhaupt|gar|genau) )*(?:nicht|nichts|nix|kein erfolg|keinen erfolg|keine hilfe|falsch|nutzlos)(?: (?:funktioniert|geklappt|geholfen|gebracht|gelost|geandert|mehr|weiter|so|richtig|gemeint|gefragt|das was ich (?:meine|meinte|wollte|gefragt habe)|was ich (?:meine|meinte|wollte|gefragt habe)|die antwort|hilfreich|gewesen|ganz|meine frage|immer noch|leider))*",
        r"(?:(?:aber|und|nein|leider|es|das|ist|hat) )*(?:(?:immer|weiterhin|noch|wieder|nach wie vor|trotzdem|genau|alles) )*(?:das|der|die|den) ?(?:selbe|gleiche|gleichen|selben)(?: (?:fehler|problem|meldung|fehlermeldung|ergebnis))?|(?:immer noch|weiterhin|nach wie vor|noch immer|wieder)(?: (?:das|der|die|den|ein|nicht|kaputt|fehler|problem|gleiche|selbe|defekt|kein erfolg|nichts|geht|es|funktioniert|klappt|da))*|(?:leider )?(?:kein(?:e|en)?) (?:erfolg|anderung|veranderung|besserung|wirkung|unterschied)|(?:es |da )?(?:andert|passiert|tut) (?:sich )?nichts",
        r"(?:(?:aber|und|nein|ja|leider) )*(?:(?:das|es|alles) )?(?:habe|hab|haben|hatte) (?:(?:ich|wir) )(?:(?:das|es|alles|doch|schon|bereits|leider|auch|ja|genau|so|langst|davon|mehrmals|mehrfach|dies) )*(?:probiert|versucht|gemacht|getan|ausprobiert|getestet|befolgt)(?: (?:ohne erfolg|hilft nicht|bringt nichts|geht nicht))*|(?:ich|wir) (?:habe|hab|haben|hatte) (?:(?:das|es|alles|doch|schon|bereits|auch|ja|genau|so|mehrmals|mehrfach|dies|leider) )*(?:probiert|versucht|gemacht|getan|ausprobiert|getestet|befolgt)(?: (?:ohne erfolg|hilft nicht|bringt nichts))*|schon (?:probiert|versucht|gemacht|getan)",
        r"(?:(?:nein|aber|sorry) )*(?:(?:das|die antwort|es) ist )?(?:(?:vollig|komplett|leider|ganz|einfach|total) )*(?:falsch|unsinn|quatsch|blodsinn|nutzlos|nicht hilfreich|keine hilfe|die falsche antwort|falsche antwort|veraltet)|(?:nein|ne|nee|no|nope|eher nicht|nicht wirklich|uberhaupt nicht)(?: leider| sorry)*|(?:geht|klappt|funktioniert|hilft) (?:(?:leider|immer noch|bei mir|mir|auch|so) )*nicht(?: mehr| weiter)?|(?:es ist|das ist|es|das) (?:wieder|schon wieder|erneut)(?: (?:passiert|kaputt|aufgetreten|da|so))*|(?:passiert|tritt) (?:wieder|erneut)(?: auf)?|(?:den|die|das|ich|so (?:einen|eine|ein)|diesen|diese) (?:(?:button|knopf|option|menu|punkt|seite|einstellung|menupunkt|link) )?(?:finde|sehe|gibt es|habe) (?:ich |es )?(?:(?:das|den|die|es|bei mir) )*nicht|finde ich nicht|gibt es nicht",
    ),
    "fr": (
        r"(?:(?:mais|et|non|malheureusement|desole|bah|ok|merci) )*(?:(?:ca|cela|ceci|la (?:solution|reponse)|votre (?:reponse|solution)|ce|cest|rien|le lien) )?(?:(?:na|ne|nest|nont|a|est|ma|ne ma) )*(?:(?:toujours|marche|fonctionne|resout|aide|sert|repond|change|va|correspond|suffit|donne|regle|maide|pas|plus|toujours pas|rien|vraiment|encore|fait) )*(?:pas|rien|plus|a rien)(?: (?:marche|fonctionne|aide|aidee|resolu|change|repondu|regle|chez moi|pour moi|mon probleme|a ma question|du tout|ce que je (?:demande|voulais|cherche|demandais)|non plus|le probleme|la (?:bonne )?reponse|utile|ca|donne))*",
        r"(?:(?:mais|et|non|cest|jai|il y a|encore|et) )*(?:toujours )?(?:(?:exactement|le|la|les|encore) )*(?:meme|memes) (?:chose|erreur|probleme|message|resultat)(?: quavant)?|(?:toujours|encore) (?:la meme chose|le meme probleme|la meme erreur|pareil|rien|casse|en panne|pas|bloque)|(?:cest )?(?:toujours )?pareil|(?:aucun|pas de) (?:changement|effet|resultat|succes)|rien (?:ne )?(?:change|a change|ne se passe)",
        r"(?:(?:mais|oui|non) )*(?:je|jai|on|nous) ?(?:(?:lai|ai|a|avons|deja|tout) )*(?:essaye|fait|teste|tente|suivi)(?: (?:deja|ca|cela|tout|tout ca|sans succes|plusieurs fois|ca ne marche pas|en vain))*|deja (?:fait|essaye|teste)|(?:(?:non|mais) )*(?:cest )?(?:completement |totalement )?(?:faux|inutile|incorrect|nimporte quoi|errone|hors sujet)|mauvaise reponse|(?:non|nan|pas vraiment|pas du tout)(?: desole)?|(?:ca|cela|le probleme) (?:recommence|revient|sest reproduit|est revenu|se reproduit)(?: encore)?|je ne (?:le |la |les )?(?:trouve|vois) pas(?: (?:ca|cela|ce bouton|cette option|ce menu|loption|le bouton))?|(?:il ny a|ya) pas (?:de )?(?:tel )?(?:bouton|option|menu)",
    ),
    "es": (
        r"(?:(?:pero|y|no|lamentablemente|desafortunadamente|sigue|aun|todavia|gracias) )*(?:(?:eso|esto|ello|la (?:solucion|respuesta)|tu respuesta|nada de eso|nada) )?(?:(?:aun|todavia|sigue|me|lo|tampoco) )*(?:no|sin|tampoco) (?:(?:me|lo|ha|ha sido|es|fue|se|nos|sirve de) )*(?:funciona|funciono|funcionado|funcionar|ayuda|ayudo|ayudado|sirve|sirvio|servido|resuelve|resolvio|soluciona|soluciono|cambia|cambio|nada|resuelto|correcto|es eso|va|util|lo que (?:pregunte|pregunto|quiero|necesito|busco|queria)|responde(?: a)? mi pregunta|hace nada)(?: (?:nada|para mi|el problema|mi problema|todavia|aun|tampoco|bien))*",
        r"(?:(?:pero|y|no|sigo|sigue|tengo|con|es|sale|me|aun|todavia|saliendo|apareciendo|teniendo|dando) )*(?:el |la |lo )?(?:mismo|misma)(?: (?:error|problema|mensaje|resultado|cosa))?(?: que antes| de siempre)?|(?:sigue|todavia|aun) (?:igual|fallando|roto|sin funcionar|dando error|lo mismo|mal|asi)|(?:sin|ningun) (?:cambios?|exito|suerte|resultado|efecto)|no (?:cambia|pasa|cambio|paso) nada|nada(?: ha cambiado| cambia)?",
        r"(?:(?:pero|si|no) )*(?:ya )?(?:lo |eso |todo )?(?:(?:ya|he|hemos|lo|eso|todo|lo he) )*(?:probe|intente|hice|probado|intentado|hecho|segui)(?: (?:ya|eso|esto|todo|todo eso|sin exito|varias veces|y no funciona|y nada))*|(?:(?:no|pero) )*(?:eso |esto )?(?:es |esta )?(?:completamente )?(?:incorrecto|falso|mal|equivocado|inutil|erroneo)|respuesta (?:incorrecta|equivocada)|(?:no|nop|no realmente|para nada)|(?:eso|esto|el problema)? ?(?:vuelve a (?:pasar|ocurrir|fallar|suceder)|volvio a (?:pasar|ocurrir|fallar|suceder)|(?:ocurre|pasa|sucede|ocurrio|paso) (?:otra vez|de nuevo))|no (?:lo |la |los |las )?(?:encuentro|veo)(?: (?:eso|esa opcion|ese boton|el boton|la opcion|ese menu))?|no (?:hay|existe|aparece) (?:(?:ese|esa|tal|ningun|ninguna) )?(?:boton|opcion|menu)?",
    ),
    "it": (
        r"(?:(?:no|ma|grazie|mi dispiace) )*purtroppo (?:no|non)|(?:(?:il problema|ma|e|ancora) )*non (?:e|ha) (?:stato )?(?:risolto|sistemato)",
        r"(?:(?:ma|e|no|purtroppo|ancora|grazie|comunque) )*(?:(?:questo|cio|la (?:soluzione|risposta)|la tua risposta|niente|nulla) )?(?:(?:ancora|continua a|purtroppo) )*(?:non) (?:(?:mi|ha|e|lo|ci|si|e stato|ancora) )*(?:funziona|funzionato|funzionare|aiuta|aiutato|risolve|risolto|cambia|cambiato|serve|servito|va|corretto|giusto|utile|quello che (?:ho chiesto|chiedevo|cercavo|volevo|intendevo)|risponde alla mia domanda)(?: (?:nulla|niente|ancora|per me|il problema|bene|neanche|piu))*",
        r"(?:(?:ma|e|ancora|sempre|ho|da|mi) )*(?:(?:lo|la) )?(?:stess[oa])(?: (?:errore|problema|cosa|messaggio|risultato))?(?: di prima)?|(?:ancora|sempre|e ancora) (?:uguale|rotto|bloccato|errore|niente|lo stesso|cosi)|nessun (?:cambiamento|risultato|effetto|successo|miglioramento)|non (?:cambia|succede) (?:nulla|niente)",
        r"(?:(?:ma|si|no) )*(?:(?:lo|lho|gia|ho|abbiamo|lo ho|labbiamo) )+(?:gia )?(?:provato|fatto|tentato|seguito)(?: (?:gia|questo|tutto|tutto questo|senza successo|piu volte|ma niente))*|gia (?:fatto|provato)|(?:(?:no|ma) )*(?:questo )?(?:e )?(?:completamente )?(?:sbagliato|falso|inutile|errato|scorretto)|risposta sbagliata|(?:no|non proprio|per niente|affatto)|(?:succede|e successo|capita|si ripete|e tornato) (?:di nuovo|ancora|un altra volta)?|non (?:lo |la )?(?:trovo|vedo)(?: (?:quel|quella|questa|questo|il|l) ?(?:pulsante|opzione|menu)?)?|non (?:ce|esiste)(?: (?:nessun|nessuna|quel|quella|un|una|questa|questo))*(?: (?:pulsante|opzione|menu))?",
    ),
    "pt": (
        r"(?:(?:mas|e|nao|infelizmente|ainda|obrigado) )*(?:(?:isso|isto|a (?:solucao|resposta)|sua resposta|nada) )?(?:(?:ainda|continua|tambem) )*(?:nao|sem) (?:(?:me|foi|e|deu|ta|esta) )*(?:funciona|funcionou|funcionando|funcionar|ajuda|ajudou|resolve|resolveu|mudou|muda|serve|serviu|certo|adiantou|adianta|correto|util|o que (?:perguntei|eu quero|quero|pedi)|respondeu (?:a )?minha pergunta|e isso|era isso)(?: (?:nada|para mim|o problema|meu problema|ainda|nao))*",
        r"(?:(?:mas|e|ainda|continua|com|da|o|a|tenho|aparece) )*(?:o |a )?(?:mesmo|mesma)(?: (?:erro|problema|coisa|mensagem|resultado))?(?: de antes| de sempre)?|(?:ainda|continua) (?:igual|com erro|quebrado|falhando|na mesma|o mesmo|sem funcionar)|(?:sem|nenhuma?) (?:sucesso|mudanca|efeito|sorte)|nada (?:mudou|acontece|muda)|nao (?:muda|acontece) nada",
        r"(?:(?:mas|sim|nao) )*(?:eu )?(?:ja )(?:(?:eu|isso|tudo|fiz|tinha) )*(?:tentei|fiz|testei|segui|tentado|feito)(?: (?:isso|tudo|tudo isso|ja|sem sucesso|varias vezes|e nada))*|(?:tentei|fiz) (?:isso|tudo)(?: ja| e nada)*|(?:(?:nao|mas) )*(?:isso )?(?:(?:esta|e|ta) )?(?:completamente )?(?:errado|errada|falso|inutil|incorreto)|resposta errada|(?:nao|nao mesmo|na verdade nao)|(?:aconteceu|acontece|ocorreu) (?:de novo|novamente|outra vez)|nao (?:encontro|vejo|acho|achei)(?: (?:isso|esse botao|essa opcao|o botao|a opcao))?|nao (?:tem|existe|ha) (?:(?:esse|essa|tal|nenhum|nenhuma) )?(?:botao|opcao|menu)?",
    ),
    "nl": (
        r"(?:(?:helaas|dat|het|is|probleem|nog|maar|nee|steeds) )*(?:niet|onopgelost) ?(?:opgelost|gelukt|verholpen|in orde)?",
        r"(?:(?:maar|en|nee|helaas|nog|toch|sorry) )*(?:(?:dat|dit|het|de (?:oplossing|uitleg)|het antwoord|uw antwoord|niets) )?(?:(?:heeft|is|werkt|helpt|lukt|gaat|lost|klopt|doet|was|werkte|hielp) )(?:(?:het|mij|me|bij|ook|nog|nog steeds|steeds|helaas|probleem|hier|dat|nog altijd|echt) )*(?:niet|niets|niks)(?: (?:geholpen|gewerkt|gelukt|opgelost|goed|juist|wat ik (?:vroeg|bedoel|bedoelde|zoek)|op|bij mij|meer|helaas))*",
        r"(?:(?:nog|maar|steeds|nog steeds|altijd|ik|krijg|heb|weer) )*(?:het|de|dezelfde|hetzelfde) ?(?:zelfde)? ?(?:fout|foutmelding|probleem|melding|resultaat)?|(?:nog steeds|nog altijd|weer) (?:niet|kapot|stuk|hetzelfde|dezelfde|fout|mis|niets)(?: \w+)?|geen (?:verandering|succes|verschil|effect)|er (?:verandert|gebeurt) niets",
        r"(?:(?:maar|ja|nee) )*(?:dat|dit|alles|ik)? ?(?:heb|had|hebben) (?:ik |wij |we )?(?:(?:dat|dit|al|alles|het|ook|zo) )*(?:geprobeerd|gedaan|getest|gevolgd)(?: (?:zonder succes|helpt niet|meerdere keren))*|al (?:geprobeerd|gedaan)|(?:(?:nee|maar) )*(?:dat |dit |het )?(?:is )?(?:helemaal )?(?:fout|onjuist|nutteloos|onzin|verkeerd|verkeerde antwoord)|(?:nee|neen|niet echt|helemaal niet)|(?:het )?(?:gebeurt|gebeurde) (?:weer|opnieuw)|(?:ik )?(?:zie|vind|kan) (?:(?:dat|die|het|de) )*(?:knop |optie |menu )?niet(?: vinden| zien)?",
    ),
}  # fmt: skip

CONFIRMATION: Phrases = {
    "en": (
        r"(?:(?:yes|yeah|yep|ok|okay|great|perfect|super|cool|now|finally|and|ah|oh|nice|good|wow|actually) )*(?:(?:it|that|this|everything|which|problem|issue|the problem|my problem|all) )?(?:(?:has|is|was|have|been|all|now|finally|just|actually|totally|really|did|seems|to|be|have) )*"
        r"(?:solved|resolved|fixed|sorted(?: out)?|worked|works|working|helped|did it|did the trick|does the trick|helps|running|done the trick|answers my question|answered my question)(?: (?:it|that|now|again|fine|perfectly|great|well|a lot|me|out|my (?:problem|issue|question)|the (?:problem|issue)|like a charm))*",
        r"(?:you can close (?:this|it|the ticket|the case|the chat)|(?:please )?close (?:this|the|my) (?:ticket|case|chat)|(?:im|we are|were|i am) (?:all )?(?:good|set|sorted)(?: now)?|all (?:good|set|sorted)(?: now)?|that was it|exactly what i needed|just what i needed)",
    ),
    "de": (
        r"(?:(?:ja|ok|super|toll|prima|perfekt|jetzt|es|das|und|ah|endlich|juhu|so) )*(?:(?:hat|ist|lauft|geht|klappt|funktioniert|passt|hat sich) )?(?:(?:jetzt|nun|alles|wieder|super|gut|endlich|prima|bestens|wunderbar|es|mir|sehr|schon) )*(?:funktioniert|geklappt|geholfen|erledigt|gelost|klappt|geht|lauft|hat geklappt|hat funktioniert|hat geholfen|problem gelost|behoben)(?: (?:jetzt|nun|wieder|alles|super|gut|bestens|wunderbar))*",
        r"(?:das )?war (?:es|genau das|die losung)|genau das (?:war es|habe ich gebraucht|brauchte ich)",
    ),
    "fr": (r"(?:(?:oui|ok|super|parfait|genial|cest|ca|cela|tout|enfin|et|ah) )*(?:(?:a|est|bien|maintenant|desormais) )*(?:resolu|regle|marche|fonctionne|marche bien|a marche|a fonctionne|fonctionne bien|bon maintenant|repare|aide|ma aide|a aide)(?: (?:maintenant|bien|tres bien|parfaitement|merci))*|probleme resolu",),
    "es": (r"(?:(?:si|ok|perfecto|genial|ya|eso|esto|ahora|todo|esta|me|por fin) )*(?:funciona|funciono|solucionado|resuelto|arreglado|sirvio|ayudo|quedo|ha funcionado)(?: (?:ahora|ya|bien|perfecto|perfectamente|todo|resuelto|solucionado|listo))*|problema (?:resuelto|solucionado)",),
    "it": (r"(?:(?:si|ok|perfetto|ora|adesso|tutto|questo|ha|e|mi|finalmente) )*(?:funziona|funzionato|risolto|sistemato|aiutato|a posto)(?: (?:ora|adesso|tutto|bene|perfettamente))*|problema risolto",),
    "pt": (r"(?:(?:sim|ok|perfeito|agora|isso|tudo|ja|esta|foi|finalmente) )*(?:funciona|funcionou|resolvido|resolveu|deu certo|ajudou|consegui|funcionando)(?: (?:agora|bem|tudo|perfeitamente))*|problema resolvido",),
    "nl": (r"(?:(?:ja|ok|oke|super|top|het|dat|nu|is|eindelijk|alles|heeft) )*(?:werkt|opgelost|gelukt|geholpen|gewerkt|het werkt|in orde)(?: (?:nu|weer|goed|perfect|prima))*|probleem opgelost",),
}  # fmt: skip

NONE_OF_THEM: Phrases = {
    "en": (
        r"(?:(?:no|nope|sorry|hm+|its|it is|i think|actually|well|um) )*(?:none|neither|nothing|not any|not one|none one)(?: (?:of (?:them|these|those|the above|the three|the two|that|it)|fits?|applies|really|sorry|is right|matches|one|is it|from above))*",
        r"(?:(?:no|nope|sorry|its|it is|actually|i mean|i want|i meant) )*(?:something|somewhat|anything) (?:else|different|other)(?: entirely| altogether| completely)?|(?:no )?(?:another|a different|other) (?:one|question|topic|thing)|none of (?:them|these|those|the above)|not (?:these|those|them|listed|there)|neither(?: one)?",
    ),
    "de": (r"(?:(?:nein|leider|es ist|hm+) )*(?:keine?s?|keiner|keinen|nichts|weder noch)(?: (?:davon|von (?:diesen|denen|beiden|den dreien|allen)|der (?:genannten|drei|beiden)|passt))*|(?:(?:nein|ich meine|es ist|um) )*(?:etwas|was) (?:anderes|ganz anderes)|(?:eine )?andere frage|nichts dergleichen",),
    "fr": (r"(?:(?:non|desole) )*(?:aucun|aucune|ni lun ni lautre|rien)(?: (?:de (?:ceux ci|ceux la|ces (?:choix|options|trois)|tout (?:ca|cela))|des (?:deux|trois)|dentre (?:eux|elles)))*|(?:(?:non|cest) )*autre chose|une autre question",),
    "es": (r"(?:(?:no|es) )*(?:ninguno|ninguna|ningun|ni uno ni otro|nada)(?: (?:de (?:ellos|ellas|estos|estas|esos|esas|los (?:tres|dos|anteriores)|las (?:tres|dos|anteriores))))*|(?:(?:no|es) )*otra cosa|otra pregunta",),
    "it": (r"(?:(?:no|e) )*(?:nessuno|nessuna|niente|ne luno ne laltro)(?: (?:di (?:questi|queste|quelli|quelle|loro)|dei (?:due|tre)|delle (?:due|tre)))*|(?:(?:no|e) )*(?:qualcosaltro|qualcosa daltro|altro|unaltra cosa)",),
    "pt": (r"(?:(?:nao|e) )*(?:nenhum|nenhuma|nem um nem outro|nada)(?: (?:deles|delas|desses|dessas|destes|destas|dos (?:dois|tres)|das (?:duas|tres)))*|(?:(?:nao|e) )*outra coisa|outra pergunta",),
    "nl": (r"(?:(?:nee|het is) )*(?:geen|niets)(?: (?:van (?:deze|die|beide|allen|de drie)|hiervan|daarvan))*|(?:(?:nee|het is) )*iets anders|een andere vraag",),
}  # fmt: skip

FILLER: Phrases = {
    "en": (r"please|pls|plz|asap|urgent(?:ly)?|so|well|um+|uh+|er+|sorry|excuse me|sorry to (?:bother|disturb) you(?: again)?|quick one|just wondering|i was wondering|fyi|btw|by the way|also|and|but|then|anyway|one more thing|ps|hope you can help|can you help(?: me)?(?: please)?",),
    "de": (r"bitte|dringend|also|so|entschuldigung|sorry|ubrigens|und|aber|auch|ach ja|noch was|noch etwas",),
    "fr": (r"svp|stp|sil vous plait|sil te plait|excusez moi|pardon|urgent|alors|euh|et|mais|aussi|au fait",),
    "es": (r"por favor|porfa|perdon|disculpe|disculpa|urgente|y|pero|tambien|por cierto",),
    "it": (r"per favore|per piacere|scusi|scusa|urgente|e|ma|anche|allora",),
    "pt": (r"por favor|desculpe|desculpa|urgente|e|mas|tambem|entao",),
    "nl": (r"alstublieft|alsjeblieft|aub|sorry|dringend|en|maar|ook|trouwens",),
}  # fmt: skip

_SPOKEN: dict[Act, Phrases] = {
    Act.asks_about_assistant: ABOUT_ASSISTANT,
    Act.confirmation: CONFIRMATION,
    Act.greeting: GREETING,
    Act.announcement: ANNOUNCEMENT,
    Act.farewell: FAREWELL,
    Act.thanks: THANKS,
    Act.acknowledgement: ACKNOWLEDGEMENT,
    Act.doubt: DOUBT,
    Act.failure: FAILURE,
    Act.none_of_them: NONE_OF_THEM,
}
BY_ACT: dict[Act, Phrases] = {
    act: {**phrases, "*": (*phrases.get("*", ()), *ABROAD.get(act, ()))} for act, phrases in _SPOKEN.items()
}
"""In the order in which they are tried; none_of_them only after choices."""
