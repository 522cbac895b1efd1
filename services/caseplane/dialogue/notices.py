"""What the assistant says about itself and the conversation, never about the subject, in seven languages.

Each text has variants, so that it need not be said twice in a row. A tenant may replace each by its own. `{assistant}` is
the assistant's name; other placeholders are filled by the conversation.
"""

import re
from collections.abc import Mapping, Sequence

NOTICES: dict[str, dict[str, tuple[str, ...]]] = {
    "greeting": {
        "en": ("Hello! What can I do for you?", "Hello again! What would you like to know?"),
        "de": ("Hallo! Was kann ich für Sie tun?", "Hallo nochmals! Was möchten Sie wissen?"),
        "fr": ("Bonjour ! Que puis-je faire pour vous ?", "Rebonjour ! Que souhaitez-vous savoir ?"),
        "es": ("¡Hola! ¿En qué puedo ayudarle?", "¡Hola de nuevo! ¿Qué le gustaría saber?"),
        "it": ("Buongiorno! Come posso aiutarla?", "Buongiorno di nuovo! Che cosa vorrebbe sapere?"),
        "pt": ("Olá! Em que posso ajudar?", "Olá de novo! O que gostaria de saber?"),
        "nl": ("Hallo! Wat kan ik voor u doen?", "Hallo nogmaals! Wat wilt u weten?"),
    },
    "go_ahead": {
        "en": ("Of course. What would you like to know?", "Please go ahead: what is it about?"),
        "de": ("Gern. Was möchten Sie wissen?", "Bitte, fragen Sie: Worum geht es?"),
        "fr": ("Bien sûr. Que souhaitez-vous savoir ?", "Je vous écoute : de quoi s'agit-il ?"),
        "es": ("Claro. ¿Qué le gustaría saber?", "Adelante: ¿de qué se trata?"),
        "it": ("Certo. Che cosa vorrebbe sapere?", "Mi dica pure: di che cosa si tratta?"),
        "pt": ("Claro. O que gostaria de saber?", "Pode perguntar: de que se trata?"),
        "nl": ("Natuurlijk. Wat wilt u weten?", "Ga uw gang: waar gaat het over?"),
    },
    "about_assistant": {
        "en": (
            "I am {assistant}, a computer program and not a person. I answer from the documentation, with the source, and"
            " pass what I cannot answer to a colleague. What would you like to know?",
            "{assistant} is an automated assistant, not a person. If you prefer a person, write “I want to talk to a"
            " person”, and a colleague takes over.",
        ),
        "de": (
            "Ich bin {assistant}, ein Computerprogramm und kein Mensch. Ich antworte aus der Dokumentation, mit Quelle, und"
            " gebe an eine Kollegin oder einen Kollegen weiter, was ich nicht beantworten kann. Was möchten Sie wissen?",
            "{assistant} ist ein Computerprogramm, kein Mensch. Wenn Sie lieber mit einem Menschen schreiben,"
            " sagen Sie „Ich möchte mit einem Menschen sprechen“.",
        ),
        "fr": (
            "Je suis {assistant}, un programme informatique et non une personne. Je réponds à partir de la documentation,"
            " avec la source, et je transmets à l'équipe ce que je ne peux pas résoudre. Que souhaitez-vous savoir ?",
            "{assistant} est un programme, pas une personne. Si vous préférez une personne, écrivez « Je veux parler à"
            " une personne ».",
        ),
        "es": (
            "Soy {assistant}, un programa informático y no una persona. Respondo a partir de la documentación, con la"
            " fuente, y paso al equipo lo que no puedo responder. ¿Qué le gustaría saber?",
            "{assistant} es un programa, no una persona. Si prefiere una persona, escriba «Quiero hablar con"
            " una persona».",
        ),
        "it": (
            "Sono {assistant}, un programma e non una persona. Rispondo in base alla documentazione, con la fonte, e passo"
            " al team ciò a cui non so rispondere. Che cosa vorrebbe sapere?",
            "{assistant} è un programma, non una persona. Se preferisce una persona, scriva «Vorrei parlare con"
            " una persona».",
        ),
        "pt": (
            "Sou {assistant}, um programa de computador e não uma pessoa. Respondo a partir da documentação, com a fonte, e"
            " passo à equipe o que não sei responder. O que gostaria de saber?",
            "{assistant} é um programa, não uma pessoa. Se preferir uma pessoa, escreva “Quero falar com uma"
            " pessoa”.",
        ),
        "nl": (
            "Ik ben {assistant}, een computerprogramma en geen mens. Ik antwoord uit de documentatie, met de bron, en geef"
            " door aan een collega wat ik niet kan beantwoorden. Wat wilt u weten?",
            "{assistant} is een programma, geen mens. Wilt u liever een mens, schrijf dan “Ik wil met een"
            " medewerker spreken”.",
        ),
    },
    "welcome": {
        "en": ("You're welcome. Write here any time.", "My pleasure. I am here if there is anything else."),
        "de": ("Gern geschehen. Schreiben Sie hier jederzeit.", "Sehr gern. Ich bin da, wenn noch etwas ist."),
        "fr": ("Avec plaisir. Écrivez ici à tout moment.", "Je vous en prie. Je suis là s'il y a autre chose."),
        "es": ("De nada. Escriba aquí cuando quiera.", "Con mucho gusto. Aquí estoy si necesita algo más."),
        "it": ("Prego. Scriva qui quando vuole.", "Con piacere. Sono qui se serve altro."),
        "pt": ("De nada. Escreva aqui quando quiser.", "Com prazer. Estou aqui se precisar de mais alguma coisa."),
        "nl": ("Graag gedaan. Schrijf hier wanneer u wilt.", "Met plezier. Ik ben er als er nog iets is."),
    },
    "farewell": {
        "en": ("Goodbye! Write here any time.", "All the best. I am here whenever you need me."),
        "de": ("Auf Wiedersehen! Schreiben Sie hier jederzeit.", "Alles Gute. Ich bin da, wenn Sie mich brauchen."),
        "fr": ("Au revoir ! Écrivez ici à tout moment.", "Bonne continuation. Je suis là si besoin."),
        "es": ("¡Hasta pronto! Escriba aquí cuando quiera.", "Que le vaya bien. Aquí estoy si me necesita."),
        "it": ("Arrivederci! Scriva qui quando vuole.", "Tante belle cose. Sono qui se serve."),
        "pt": ("Até logo! Escreva aqui quando quiser.", "Tudo de bom. Estou aqui se precisar."),
        "nl": ("Tot ziens! Schrijf hier wanneer u wilt.", "Het beste. Ik ben er als u mij nodig hebt."),
    },
    "noted": {
        "en": ("Good. Write here if anything is still open.", "All right. I am here if you need anything else."),
        "de": ("Gut. Schreiben Sie hier, falls noch etwas offen ist.", "Alles klar. Ich bin da, wenn noch etwas ist."),
        "fr": ("Bien. Écrivez ici s'il reste une question.", "Entendu. Je suis là si vous avez besoin d'autre chose."),
        "es": ("Bien. Escriba aquí si queda algo pendiente.", "De acuerdo. Aquí estoy si necesita algo más."),
        "it": ("Bene. Scriva qui se resta qualcosa di aperto.", "D'accordo. Sono qui se serve altro."),
        "pt": ("Certo. Escreva aqui se ficar alguma dúvida.", "Tudo bem. Estou aqui se precisar de mais alguma coisa."),
        "nl": ("Goed. Schrijf hier als er nog iets openstaat.", "Prima. Ik ben er als er nog iets is."),
    },
    "tell_more": {
        "en": (
            "I am sorry to hear that. What did you want to do, and what happened instead?",
            "Please describe in a sentence or two what it is about, so that I can look for it.",
        ),
        "de": (
            "Das tut mir leid. Was wollten Sie tun, und was ist stattdessen geschehen?",
            "Bitte beschreiben Sie in ein, zwei Sätzen, worum es geht, damit ich danach suchen kann.",
        ),
        "fr": (
            "J'en suis désolé. Que vouliez-vous faire, et que s'est-il passé ?",
            "Décrivez en une ou deux phrases de quoi il s'agit, pour que je puisse chercher.",
        ),
        "es": (
            "Lo siento. ¿Qué quería hacer y qué ocurrió en su lugar?",
            "Describa en una o dos frases de qué se trata, para que pueda buscarlo.",
        ),
        "it": (
            "Mi dispiace. Che cosa voleva fare, e che cosa è successo invece?",
            "Descriva in una o due frasi di che cosa si tratta, così posso cercare.",
        ),
        "pt": (
            "Lamento. O que queria fazer, e o que aconteceu?",
            "Descreva em uma ou duas frases do que se trata, para que eu possa procurar.",
        ),
        "nl": (
            "Dat spijt me. Wat wilde u doen, en wat gebeurde er?",
            "Beschrijf in een of twee zinnen waar het over gaat, zodat ik kan zoeken.",
        ),
    },
    "choose": {
        "en": ("Please tell me which one you mean: {choices}.", "I can go on once I know which of these it is: {choices}."),
        "de": ("Welches davon meinen Sie: {choices}?", "Ich kann weitermachen, sobald ich weiß, worum es geht: {choices}."),
        "fr": ("Dites-moi duquel il s'agit : {choices}.", "Je peux continuer dès que je sais ce que vous voulez dire : {choices}."),
        "es": ("Dígame a cuál se refiere: {choices}.", "Puedo seguir en cuanto sepa de cuál se trata: {choices}."),
        "it": ("Mi dica quale intende: {choices}.", "Posso continuare quando so di quale si tratta: {choices}."),
        "pt": ("Diga qual deles é: {choices}.", "Posso continuar quando souber de qual se trata: {choices}."),
        "nl": ("Welke bedoelt u: {choices}?", "Ik kan verder zodra ik weet welke het is: {choices}."),
    },
    "source": {
        "en": ("It says so in “{title}”{where}: “{quote}”", "My source is “{title}”{where}, which says: “{quote}”"),
        "de": ("So steht es in „{title}“{where}: „{quote}“", "Meine Quelle ist „{title}“{where}; dort steht: „{quote}“"),
        "fr": ("C'est écrit dans « {title} »{where} : « {quote} »", "Ma source est « {title} »{where}, où on lit : « {quote} »"),
        "es": ("Así lo dice «{title}»{where}: «{quote}»", "Mi fuente es «{title}»{where}, que dice: «{quote}»"),
        "it": ("È scritto in «{title}»{where}: «{quote}»", "La mia fonte è «{title}»{where}, che dice: «{quote}»"),
        "pt": ("Está escrito em “{title}”{where}: “{quote}”", "A minha fonte é “{title}”{where}, que diz: “{quote}”"),
        "nl": ("Dat staat in “{title}”{where}: “{quote}”", "Mijn bron is “{title}”{where}; daar staat: “{quote}”"),
    },
    "no_more": {
        "en": (
            "That is all that I have found about it. If it does not fit, tell me what is different, or write “I want to talk"
            " to a person”.",
            "I cannot say more about it than the page that I named. Tell me what you need instead, or ask for a person.",
        ),
        "de": (
            "Mehr habe ich dazu nicht gefunden. Wenn es nicht passt, schreiben Sie, was bei Ihnen anders ist, oder „Ich möchte"
            " mit einem Menschen sprechen“.",
            "Mehr als die genannte Seite kann ich dazu nicht sagen. Schreiben Sie, was Sie stattdessen brauchen, oder verlangen"
            " Sie einen Menschen.",
        ),
        "fr": (
            "C'est tout ce que j'ai trouvé à ce sujet. Si cela ne convient pas, dites-moi ce qui diffère, ou écrivez « Je veux"
            " parler à une personne ».",
            "Je ne peux pas en dire plus que la page indiquée. Dites-moi ce qu'il vous faut, ou demandez une personne.",
        ),
        "es": (
            "Es todo lo que he encontrado. Si no encaja, dígame qué es distinto, o escriba «Quiero hablar con una persona».",
            "No puedo decir más que la página indicada. Dígame qué necesita, o pida hablar con una persona.",
        ),
        "it": (
            "È tutto ciò che ho trovato. Se non va bene, mi dica che cosa è diverso, o scriva «Vorrei parlare con una persona».",
            "Non posso dire più della pagina indicata. Mi dica che cosa le serve, o chieda di una persona.",
        ),
        "pt": (
            "É tudo o que encontrei. Se não servir, diga o que é diferente, ou escreva “Quero falar com uma pessoa”.",
            "Não posso dizer mais do que a página indicada. Diga do que precisa, ou peça para falar com uma pessoa.",
        ),
        "nl": (
            "Meer heb ik er niet over gevonden. Past het niet, schrijf dan wat er anders is, of “Ik wil met een medewerker"
            " spreken”.",
            "Meer dan de genoemde pagina kan ik er niet over zeggen. Schrijf wat u nodig hebt, of vraag om een medewerker.",
        ),
    },
    "another_source": {
        "en": ("Then this may help:", "Another page says:"),
        "de": ("Dann hilft vielleicht dies:", "Auf einer anderen Seite steht:"),
        "fr": ("Alors ceci peut aider :", "Une autre page dit :"),
        "es": ("Entonces esto puede ayudar:", "Otra página dice:"),
        "it": ("Allora può aiutare questo:", "Un'altra pagina dice:"),
        "pt": ("Então isto pode ajudar:", "Outra página diz:"),
        "nl": ("Dan helpt dit misschien:", "Op een andere pagina staat:"),
    },
    "handoff": {
        "en": (
            "I could not answer this reliably from our documentation, so I have passed it to a colleague."
            " They have the whole conversation and will reply here.", "Our documentation does not answer this well enough, so a colleague takes it from here and will reply in this conversation."),
        "de": (
            "Das kann ich aus unserer Dokumentation nicht verlässlich beantworten. Ich habe es an eine Kollegin"
            " oder einen Kollegen weitergegeben; die Antwort kommt hier.", "Unsere Dokumentation beantwortet das nicht gut genug; eine Kollegin oder ein Kollege übernimmt und antwortet hier."),
        "fr": (
            "Je ne peux pas répondre de façon fiable à partir de notre documentation. J'ai transmis votre"
            " demande à une personne de l'équipe, qui vous répondra ici.", "Notre documentation n'y répond pas assez bien ; une personne de l'équipe prend le relais et vous répondra ici."),
        "es": (
            "No puedo responder con fiabilidad a partir de nuestra documentación. He pasado su consulta a una"
            " persona del equipo, que le responderá aquí.", "Nuestra documentación no lo responde lo bastante bien; una persona del equipo se encarga y le responderá aquí."),
        "it": (
            "Non posso rispondere in modo affidabile in base alla nostra documentazione. Ho passato la richiesta"
            " a una persona del team, che risponderà qui.", "La nostra documentazione non risponde abbastanza bene; una persona del team se ne occupa e risponderà qui."),
        "pt": (
            "Não consigo responder com segurança a partir da nossa documentação. Passei o seu pedido a uma pessoa da"
            " equipe, que responderá aqui.", "A nossa documentação não responde bem a isto; uma pessoa da equipe assume e responderá aqui."),
        "nl": (
            "Dit kan ik niet betrouwbaar uit onze documentatie beantwoorden. Ik heb het doorgegeven aan een collega; het"
            " antwoord komt hier.", "Onze documentatie beantwoordt dit niet goed genoeg; een collega neemt het over en antwoordt hier."),
    },
    "handoff_requested": {
        "en": ("I have passed this to a colleague. They have the whole conversation and will reply here.", "A colleague takes over from here and will reply in this conversation."),
        "de": ("Ich habe es an eine Kollegin oder einen Kollegen weitergegeben; die Antwort kommt hier.", "Eine Kollegin oder ein Kollege übernimmt ab hier und antwortet in diesem Gespräch."),
        "fr": ("J'ai transmis votre demande à une personne de l'équipe, qui vous répondra ici.", "Une personne de l'équipe prend le relais et vous répondra dans cette conversation."),
        "es": ("He pasado su consulta a una persona del equipo, que le responderá aquí.", "Una persona del equipo se encarga desde aquí y le responderá en esta conversación."),
        "it": ("Ho passato la richiesta a una persona del team, che risponderà qui.", "Una persona del team se ne occupa da qui e risponderà in questa conversazione."),
        "pt": ("Passei o seu pedido a uma pessoa da equipe, que responderá aqui.", "Uma pessoa da equipe assume a partir daqui e responderá nesta conversa."),
        "nl": ("Ik heb het doorgegeven aan een collega; het antwoord komt hier.", "Een collega neemt het vanaf hier over en antwoordt in dit gesprek."),
    },
    "taken_over": {
        "en": ("A colleague has joined and replies to you here from now on.", "A colleague is looking after you now and will reply here."),
        "de": ("Eine Kollegin oder ein Kollege hat übernommen und antwortet Ihnen ab jetzt hier.", "Eine Kollegin oder ein Kollege kümmert sich jetzt um Sie und antwortet hier."),
        "fr": ("Une personne de l'équipe a pris le relais et vous répond désormais ici.", "Une personne de l'équipe s'occupe maintenant de vous et vous répondra ici."),
        "es": ("Una persona del equipo se ha hecho cargo y le responderá aquí a partir de ahora.", "Una persona del equipo le atiende ahora y le responderá aquí."),
        "it": ("Una persona del team ha preso in carico la conversazione e da ora le risponde qui.", "Ora la segue una persona del team, che risponderà qui."),
        "pt": ("Uma pessoa da equipe assumiu a conversa e responde aqui a partir de agora.", "Uma pessoa da equipe está cuidando do seu caso e responderá aqui."),
        "nl": ("Een collega heeft het overgenomen en antwoordt u vanaf nu hier.", "Een collega helpt u nu verder en antwoordt hier."),
    },
    "handoff_unhelped": {
        "en": (
            "I am sorry that it did not help. I have passed it to a colleague, with what you tried; they will reply here.", "I have nothing better to offer, so a colleague takes over. They see what you tried and will reply here."),
        "de": (
            "Es tut mir leid, dass es nicht geholfen hat. Ich habe es an eine Kollegin oder einen Kollegen weitergegeben,"
            " mit dem, was Sie versucht haben; die Antwort kommt hier.", "Besseres habe ich nicht; eine Kollegin oder ein Kollege übernimmt, sieht, was Sie versucht haben, und antwortet hier."),
        "fr": (
            "Je suis désolé que cela n'ait pas aidé. J'ai transmis le tout à une personne de l'équipe, avec ce que vous avez"
            " essayé ; elle vous répondra ici.", "Je n'ai rien de mieux à proposer ; une personne de l'équipe prend le relais, voit ce que vous avez essayé et répondra ici."),
        "es": (
            "Siento que no haya ayudado. Lo he pasado a una persona del equipo, con lo que ha probado; le responderá aquí.", "No tengo nada mejor; una persona del equipo se encarga, ve lo que ha probado y le responderá aquí."),
        "it": (
            "Mi dispiace che non sia servito. Ho passato tutto a una persona del team, con ciò che ha provato; risponderà qui.", "Non ho di meglio da offrire; una persona del team se ne occupa, vede che cosa ha provato e risponderà qui."),
        "pt": (
            "Lamento que não tenha ajudado. Passei tudo a uma pessoa da equipe, com o que já tentou; ela responderá aqui.", "Não tenho nada melhor; uma pessoa da equipe assume, vê o que já tentou e responderá aqui."),
        "nl": (
            "Het spijt me dat het niet hielp. Ik heb het doorgegeven aan een collega, met wat u hebt geprobeerd; het antwoord"
            " komt hier.", "Iets beters heb ik niet; een collega neemt het over, ziet wat u hebt geprobeerd en antwoordt hier."),
    },
    "added": {
        "en": ("I have added this to your case. A colleague has it and will reply here.",),
        "de": ("Ich habe das zu Ihrem Fall hinzugefügt. Eine Kollegin oder ein Kollege hat ihn und antwortet hier.",),
        "fr": ("Je l'ai ajouté à votre dossier. Une personne de l'équipe s'en occupe et vous répondra ici.",),
        "es": ("Lo he añadido a su caso. Una persona del equipo lo tiene y le responderá aquí.",),
        "it": ("L'ho aggiunto al suo caso. Una persona del team lo segue e risponderà qui.",),
        "pt": ("Acrescentei isto ao seu caso. Uma pessoa da equipe cuida dele e responderá aqui.",),
        "nl": ("Ik heb dit aan uw zaak toegevoegd. Een collega heeft die en antwoordt hier.",),
    },
    "beside": {
        "en": ("{assistant} answers automatically, while a colleague has your case:",),
        "de": ("{assistant} antwortet automatisch, während eine Kollegin oder ein Kollege Ihren Fall hat:",),
        "fr": ("{assistant} répond automatiquement, pendant qu'une personne s'occupe de votre dossier :",),
        "es": ("{assistant} responde automáticamente, mientras una persona tiene su caso:",),
        "it": ("{assistant} risponde automaticamente, mentre una persona segue il suo caso:",),
        "pt": ("{assistant} responde automaticamente, enquanto uma pessoa cuida do seu caso:",),
        "nl": ("{assistant} antwoordt automatisch, terwijl een collega uw zaak heeft:",),
    },
    "handed_back": {
        "en": ("I am with you again. Write here if anything is still open.", "I am here again. What else can I do for you?"),
        "de": ("Ich bin wieder für Sie da. Schreiben Sie hier, falls noch etwas offen ist.", "Ich bin wieder da. Was kann ich noch für Sie tun?"),
        "fr": ("Je suis de nouveau à votre écoute. Écrivez ici s'il reste une question.", "Me revoilà. Que puis-je encore faire pour vous ?"),
        "es": ("Vuelvo a estar con usted. Escriba aquí si queda algo pendiente.", "Estoy de nuevo aquí. ¿Qué más puedo hacer por usted?"),
        "it": ("Sono di nuovo qui per lei. Scriva qui se resta qualcosa di aperto.", "Eccomi di nuovo. Che altro posso fare per lei?"),
        "pt": ("Estou de volta com você. Escreva aqui se ficar alguma dúvida.", "Estou aqui de novo. Em que mais posso ajudar?"),
        "nl": ("Ik help u weer verder. Schrijf hier als er nog iets openstaat.", "Ik ben er weer. Wat kan ik nog voor u doen?"),
    },
    "which": {
        "en": (
            "Which of these is your question about? You can reply with the number.\n\n{choices}",
            "Which of these do you mean? You can reply with the number.\n\n{choices}",
        ),
        "de": ("Worum geht es bei Ihrer Frage? Sie können mit der Nummer antworten.\n\n{choices}", "Was davon meinen Sie? Sie können mit der Nummer antworten.\n\n{choices}"),
        "fr": ("Sur quoi porte votre question ? Vous pouvez répondre par le numéro.\n\n{choices}", "Lequel de ces sujets voulez-vous dire ? Vous pouvez répondre par le numéro.\n\n{choices}"),
        "es": ("¿Sobre cuál de estos temas es su pregunta? Puede responder con el número.\n\n{choices}", "¿A cuál de estos temas se refiere? Puede responder con el número.\n\n{choices}"),
        "it": ("Quale di questi temi riguarda la Sua domanda? Può rispondere con il numero.\n\n{choices}", "A quale di questi temi si riferisce? Può rispondere con il numero.\n\n{choices}"),
        "pt": ("Sobre qual destes temas é a sua pergunta? Pode responder com o número.\n\n{choices}", "A qual destes temas se refere? Pode responder com o número.\n\n{choices}"),
        "nl": ("Waarover gaat uw vraag? U kunt met het nummer antwoorden.\n\n{choices}", "Wat hiervan bedoelt u? U kunt met het nummer antwoorden.\n\n{choices}"),
    },
    "still_open": {
        "en": ("This is still open, and a colleague will reply to it here:\n\n{questions}",),
        "de": ("Das ist noch offen; eine Kollegin oder ein Kollege antwortet hier darauf:\n\n{questions}",),
        "fr": ("Ceci reste ouvert ; une personne de l'équipe vous répondra ici :\n\n{questions}",),
        "es": ("Esto sigue abierto; una persona del equipo le responderá aquí:\n\n{questions}",),
        "it": ("Questo resta aperto; una persona del team risponderà qui:\n\n{questions}",),
        "pt": ("Isto continua em aberto; uma pessoa da equipa responderá aqui:\n\n{questions}",),
        "nl": ("Dit staat nog open; een collega antwoordt hier:\n\n{questions}",),
    },
    "handoff_in_part": {
        "en": ("I have passed what is still open to a colleague. They have the whole conversation and will reply here.",),
        "de": (
            "Was noch offen ist, habe ich an eine Kollegin oder einen Kollegen weitergegeben; die Antwort kommt hier.",
        ),
        "fr": ("J'ai transmis ce qui reste ouvert à une personne de l'équipe, qui vous répondra ici.",),
        "es": ("He pasado lo que sigue abierto a una persona del equipo, que le responderá aquí.",),
        "it": ("Ho passato ciò che resta aperto a una persona del team, che risponderà qui.",),
        "pt": ("Passei o que continua em aberto a uma pessoa da equipa, que responderá aqui.",),
        "nl": ("Wat nog openstaat heb ik aan een collega doorgegeven; het antwoord komt hier.",),
    },
    "confirmed": {
        "en": ("Glad that is solved. Write here any time if it comes back.", "Good to hear that it works. Write here if you need anything else."),
        "de": ("Schön, dass es gelöst ist. Schreiben Sie hier, falls es wieder auftritt.", "Gut, dass es klappt. Schreiben Sie hier, wenn Sie noch etwas brauchen."),
        "fr": ("Heureux que ce soit résolu. Écrivez ici si le problème revient.", "Parfait, c'est réglé. Écrivez ici si vous avez besoin d'autre chose."),
        "es": ("Me alegra que esté resuelto. Escriba aquí si vuelve a ocurrir.", "Qué bien que funcione. Escriba aquí si necesita algo más."),
        "it": ("Bene che sia risolto. Scriva qui se il problema si ripresenta.", "Bene, allora funziona. Scriva qui se le serve altro."),
        "pt": ("Que bom que está resolvido. Escreva aqui se voltar a acontecer.", "Que bom que funciona. Escreva aqui se precisar de mais alguma coisa."),
        "nl": ("Fijn dat het is opgelost. Schrijf hier als het terugkomt.", "Fijn dat het werkt. Schrijf hier als u nog iets nodig hebt."),
    },
}  # fmt: skip

ASSISTANT: dict[str, str] = {
    "en": "the assistant",
    "de": "der Assistent",
    "fr": "l'assistant",
    "es": "el asistente",
    "it": "l'assistente",
    "pt": "o assistente",
    "nl": "de assistent",
}
"""What the assistant is called where the tenant gives it no name."""


PLACEHOLDERS: dict[str, frozenset[str]] = {
    "choose": frozenset({"choices"}),
    "which": frozenset({"choices"}),
    "still_open": frozenset({"questions"}),
    "source": frozenset({"title", "where", "quote"}),
}
"""What a text of a kind may name besides the assistant; it has to name all of it."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_text(kind: str, text: str) -> None:
    """Refuse a tenant's text that could not be said.

    Raises:
        ValueError: there is no such kind, or a placeholder is unknown or missing.
    """
    if kind not in NOTICES:
        raise ValueError(f"There is no text “{kind}”. There are: {', '.join(sorted(NOTICES))}.")
    needed = PLACEHOLDERS.get(kind, frozenset())
    named = set(_PLACEHOLDER.findall(text))
    unknown, missing = named - needed - {"assistant"}, needed - named
    if unknown or "{" in _PLACEHOLDER.sub("", text):
        raise ValueError(
            f"The text “{kind}” may name {', '.join(f'{{{n}}}' for n in sorted(needed | {'assistant'}))}."
        )
    if missing:
        raise ValueError(f"The text “{kind}” has to name {', '.join(f'{{{n}}}' for n in sorted(missing))}.")


def in_language(texts: Mapping[str, str], language: str | None) -> str:
    """The text in the customer's language, else in English, else in whichever there is."""
    code = (language or "en")[:2].lower()
    return texts.get(code) or texts.get("en") or next(iter(texts.values()))


def variants(kind: str, language: str | None) -> tuple[str, ...]:
    """Our own texts of a kind in the customer's language, or in English."""
    texts = NOTICES[kind]
    return texts.get((language or "en")[:2].lower(), texts["en"])


def unlike(candidates: Sequence[str], last: str) -> str:
    """The first of several texts that is not what was last said."""
    return next((each for each in candidates if each.strip() != last.strip()), candidates[0])
