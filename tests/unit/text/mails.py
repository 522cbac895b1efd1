"""Mails and chat messages as people send them, each with the part that is the question."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mail:
    """A message, and what of it is asked."""

    name: str
    text: str
    asked: str


TRACE = """Traceback (most recent call last):
  File "/srv/app/worker.py", line 88, in run
    job.execute()
  File "/srv/app/jobs/export.py", line 41, in execute
    rows = self.client.fetch(self.query)
  File "/usr/lib/python3.12/site-packages/acme/client.py", line 310, in fetch
    raise ExportTimeout(f"no answer in {self.timeout} s")
acme.errors.ExportTimeout: no answer in 30 s"""

JAVA = """java.lang.IllegalStateException: Workspace is locked by another import
	at com.acme.Workspace.lock(Workspace.java:112)
	at com.acme.Importer.run(Importer.java:58)
	at java.base/java.lang.Thread.run(Thread.java:840)
Caused by: com.acme.LockedException: held by import 7
	at com.acme.Locks.take(Locks.java:31)
	... 3 more"""

LOG = "\n".join(
    f"2026-03-0{1 + n % 9} 12:0{n % 6}:1{n % 10}.4{n % 10}1 INFO  [sync-{n}] worker - chunk {n} of 40 written"
    for n in range(40)
)

QUESTION = "How do I delete a workspace?"

MAILS = [
    Mail("iphone", f"{QUESTION}\n\nSent from my iPhone", QUESTION),
    Mail(
        "iphone de",
        "Wie lösche ich einen Arbeitsbereich?\n\nVon meinem iPhone gesendet",
        "Wie lösche ich einen Arbeitsbereich?",
    ),
    Mail(
        "iphone fr", "Comment supprimer un espace ?\n\nEnvoyé de mon iPhone", "Comment supprimer un espace ?"
    ),
    Mail("iphone es", "¿Cómo borro un espacio?\n\nEnviado desde mi iPhone", "¿Cómo borro un espacio?"),
    Mail("iphone it", "Come elimino uno spazio?\n\nInviato da iPhone", "Come elimino uno spazio?"),
    Mail("outlook app", f"{QUESTION}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>", QUESTION),
    Mail(
        "outlook app de", f"{QUESTION}\n\nOutlook für Android<https://aka.ms/AAb9ysg> herunterladen", QUESTION
    ),
    Mail("yahoo", f"{QUESTION}\n\nSent from Yahoo Mail on Android", QUESTION),
    Mail("samsung", f"{QUESTION}\n\n\nVon meinem Samsung Galaxy Smartphone gesendet.", QUESTION),
    Mail(
        "dashes",
        f"Hello,\n{QUESTION}\n\n-- \nMaria Lopez\nOperations, Acme Ltd.\n+44 20 7946 0018",
        f"Hello,\n{QUESTION}",
    ),
    Mail("dashes without space", f"{QUESTION}\n--\nMaria Lopez", QUESTION),
    Mail(
        "regards",
        f"Hi team,\n\n{QUESTION}\n\nBest regards,\nMaria Lopez\nHead of Operations | Acme Ltd.\nwww.acme.example",
        f"Hi team,\n\n{QUESTION}",
    ),
    Mail(
        "grüße",
        "Guten Tag,\n\nwie lösche ich einen Arbeitsbereich?\n\nMit freundlichen Grüßen\ni. A. Jörg Weiß\n\nMuster GmbH\nHauptstr. 1, 10115 Berlin\nAmtsgericht Berlin, HRB 12345\nGeschäftsführer: Anna Muster",
        "Guten Tag,\n\nwie lösche ich einen Arbeitsbereich?",
    ),
    Mail("mfg", "Der Export geht nicht.\n\nMfG\nWeiß", "Der Export geht nicht."),
    Mail(
        "cordialement",
        "Bonjour,\n\ncomment supprimer un espace ?\n\nCordialement,\nClaire Dubois\nTél. : 01 23 45 67 89",
        "Bonjour,\n\ncomment supprimer un espace ?",
    ),
    Mail(
        "saludos", "Hola,\n\n¿cómo borro un espacio?\n\nUn saludo,\nPablo", "Hola,\n\n¿cómo borro un espacio?"
    ),
    Mail(
        "cordiali saluti",
        "Buongiorno,\n\ncome elimino uno spazio?\n\nCordiali saluti\nGiulia Bianchi",
        "Buongiorno,\n\ncome elimino uno spazio?",
    ),
    Mail("thanks and name", f"{QUESTION}\n\nThanks,\nTom", QUESTION),
    Mail(
        "thanks then more",
        f"Thanks for the quick reply.\n{QUESTION}",
        f"Thanks for the quick reply.\n{QUESTION}",
    ),
    Mail(
        "disclaimer",
        f"{QUESTION}\n\nThis e-mail and any attachments are confidential and intended solely for the addressee. If you have received it in error, please delete it and notify the sender.",
        QUESTION,
    ),
    Mail(
        "disclaimer de",
        "Wie exportiere ich Daten?\n\nDiese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht der richtige Adressat sind, vernichten Sie bitte diese Mail.",
        "Wie exportiere ich Daten?",
    ),
    Mail(
        "external banner",
        f"CAUTION: This email originated from outside of the organization. Do not click links unless you recognize the sender.\n\n{QUESTION}",
        QUESTION,
    ),
    Mail(
        "gmail reply",
        "That did not work.\n\nOn Tue, 3 Mar 2026 at 10:12, Acme Support <help@acme.example> wrote:\n> To delete a workspace, open Settings.\n>\n> Kind regards\n> Acme",
        "That did not work.",
    ),
    Mail(
        "gmail reply wrapped",
        "It still fails.\n\nOn Tue, Mar 3, 2026 at 10:12 AM Acme Support with a long name\n<help@acme.example> wrote:\n\n> Open Settings.",
        "It still fails.",
    ),
    Mail(
        "gmail reply de",
        "Das ging nicht.\n\nAm Di., 3. März 2026 um 10:12 Uhr schrieb Acme Support <help@acme.example>:\n\n> Öffnen Sie die Einstellungen.",
        "Das ging nicht.",
    ),
    Mail(
        "apple mail de",
        "Das ging nicht.\n\n> Am 03.03.2026 um 10:12 schrieb Acme Support <help@acme.example>:\n> \n> Öffnen Sie die Einstellungen.",
        "Das ging nicht.",
    ),
    Mail(
        "gmail reply fr",
        "Cela ne marche pas.\n\nLe mar. 3 mars 2026 à 10:12, Acme Support <help@acme.example> a écrit :\n\n> Ouvrez les réglages.",
        "Cela ne marche pas.",
    ),
    Mail(
        "gmail reply es",
        "No funciona.\n\nEl mar, 3 mar 2026 a las 10:12, Acme Support (<help@acme.example>) escribió:\n\n> Abra los ajustes.",
        "No funciona.",
    ),
    Mail(
        "gmail reply it",
        "Non funziona.\n\nIl giorno mar 3 mar 2026 alle ore 10:12 Acme Support <help@acme.example> ha scritto:\n\n> Apra le impostazioni.",
        "Non funziona.",
    ),
    Mail(
        "outlook reply",
        "It still fails.\n\nFrom: Acme Support <help@acme.example>\nSent: Tuesday, March 3, 2026 10:12 AM\nTo: Maria Lopez <maria@acme.example>\nSubject: RE: Workspace\n\nOpen Settings.\n\nKind regards\nAcme",
        "It still fails.",
    ),
    Mail(
        "outlook reply with line",
        "It still fails.\n________________________________\nFrom: Acme Support <help@acme.example>\nSent: Tuesday, March 3, 2026 10:12 AM\nTo: Maria Lopez\nSubject: RE: Workspace\n\nOpen Settings.",
        "It still fails.",
    ),
    Mail(
        "outlook reply de",
        "Das ging nicht.\n\nVon: Acme Support <help@acme.example>\nGesendet: Dienstag, 3. März 2026 10:12\nAn: Maria Lopez\nBetreff: AW: Arbeitsbereich\n\nÖffnen Sie die Einstellungen.",
        "Das ging nicht.",
    ),
    Mail(
        "outlook reply fr",
        "Cela ne marche pas.\n\nDe : Acme Support <help@acme.example>\nEnvoyé : mardi 3 mars 2026 10:12\nÀ : Claire Dubois\nObjet : RE: Espace\n\nOuvrez les réglages.",
        "Cela ne marche pas.",
    ),
    Mail(
        "outlook reply it",
        "Non funziona.\n\nDa: Acme Support <help@acme.example>\nInviato: martedì 3 marzo 2026 10:12\nA: Giulia Bianchi\nOggetto: R: Spazio\n\nApra le impostazioni.",
        "Non funziona.",
    ),
    Mail(
        "original message",
        "It still fails.\n\n-----Original Message-----\nFrom: help@acme.example\nSent: Tuesday\nTo: maria@acme.example\nSubject: Re: Workspace\n\nOpen Settings.",
        "It still fails.",
    ),
    Mail(
        "original message de",
        "Das ging nicht.\n\n-----Ursprüngliche Nachricht-----\nVon: help@acme.example\nGesendet: Dienstag\nAn: maria@acme.example\nBetreff: AW: Bereich\n\nÖffnen Sie die Einstellungen.",
        "Das ging nicht.",
    ),
    Mail(
        "inline reply",
        "> Which plan do you use?\nThe Pro plan.\n\n> Which browser?\nFirefox 128.",
        "The Pro plan.\n\nFirefox 128.",
    ),
    Mail(
        "reply below the quote",
        "On Tue, 3 Mar 2026, Acme Support wrote:\n> Open Settings.\n> Choose Delete.\n\nThere is no Delete in Settings. What now?",
        "There is no Delete in Settings. What now?",
    ),
    Mail(
        "forward only",
        "---------- Forwarded message ---------\nFrom: Tom <tom@customer.example>\nDate: Tue, 3 Mar 2026 at 10:12\nSubject: Workspace\nTo: Maria <maria@acme.example>\n\nHow do I delete a workspace?\n\nThanks,\nTom",
        QUESTION,
    ),
    Mail(
        "forward with fyi",
        "FYI\n\n---------- Forwarded message ---------\nFrom: Tom <tom@customer.example>\nDate: Tue, 3 Mar 2026 at 10:12\nSubject: Workspace\nTo: Maria <maria@acme.example>\n\nHow do I delete a workspace?",
        QUESTION,
    ),
    Mail(
        "forward apple de",
        "Könnt ihr bitte helfen?\n\nAnfang der weitergeleiteten Nachricht:\n\nVon: Tom <tom@customer.example>\nBetreff: Bereich\nDatum: 3. März 2026 um 10:12:00 MEZ\nAn: maria@acme.example\n\nWie lösche ich einen Arbeitsbereich?",
        "Wie lösche ich einen Arbeitsbereich?",
    ),
    Mail(
        "forward with a question of its own",
        "Where do I see who wrote this?\n\n---------- Forwarded message ---------\nFrom: Tom <tom@customer.example>\nDate: Tue, 3 Mar 2026 at 10:12\nSubject: Lunch\nTo: Maria <maria@acme.example>\n\nLunch at noon?",
        "Where do I see who wrote this?",
    ),
    Mail(
        "html",
        '<html><head><style>p {margin: 0}</style></head><body><div dir="ltr"><p>How do I delete a <b>workspace</b>?</p><br></div></body></html>',
        QUESTION,
    ),
    Mail(
        "html gmail reply",
        '<div dir="ltr">That did not work.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, 3 Mar 2026 at 10:12, Acme &lt;help@acme.example&gt; wrote:<br></div><blockquote class="gmail_quote"><div>Open Settings.</div></blockquote></div>',
        "That did not work.",
    ),
    Mail(
        "html outlook reply",
        '<html><body><div class="WordSection1"><p class="MsoNormal">It still fails.<o:p></o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>From:</b> Acme Support &lt;help@acme.example&gt;<br><b>Sent:</b> Tuesday, March 3, 2026 10:12 AM<br><b>To:</b> Maria<br><b>Subject:</b> RE: Workspace</p></div></div><p class="MsoNormal">Open Settings.</p></div></body></html>',
        "It still fails.",
    ),
    Mail(
        "html signature",
        '<div>How do I delete a workspace?</div><div><br></div><div class="gmail_signature"><div>Maria Lopez</div><div>Acme</div></div>',
        QUESTION,
    ),
    Mail(
        "python trace",
        f"The nightly export fails since Monday. What can I do?\n\n{TRACE}\n\nRegards\nTom",
        "The nightly export fails since Monday. What can I do?\n\nacme.errors.ExportTimeout: no answer in 30 s",
    ),
    Mail(
        "java trace",
        f"Why does my import stop?\n{JAVA}",
        "Why does my import stop?\njava.lang.IllegalStateException: Workspace is locked by another import\nCaused by: com.acme.LockedException: held by import 7",
    ),
    Mail(
        "log",
        f"Sync stops at chunk 41:\n\n{LOG}\n2026-03-03 12:07:01.001 ERROR [sync-41] worker - SyncRefused: quota exceeded\n{LOG}\n\nHow do I raise the quota?",
        "Sync stops at chunk 41:\n\nSyncRefused: quota exceeded\n\nHow do I raise the quota?",
    ),
    Mail("trace only", TRACE, "acme.errors.ExportTimeout: no answer in 30 s"),
    Mail("signature only", "Sent from my iPhone", "Sent from my iPhone"),
    Mail("plain", QUESTION, QUESTION),
    Mail(
        "words that look like marks",
        "How do I set From: and To: in the mail template?\nBest way to do it?",
        "How do I set From: and To: in the mail template?\nBest way to do it?",
    ),
    Mail(
        "list",
        "I tried:\n- restart\n- reinstall\n- another browser\nStill the same error. What now?",
        "I tried:\n- restart\n- reinstall\n- another browser\nStill the same error. What now?",
    ),
    Mail(
        "code",
        "Why does this print nothing?\n\n```\nfor (a < b) { print(a) }\n```",
        "Why does this print nothing?\n\n```\nfor (a < b) { print(a) }\n```",
    ),
    Mail(
        "everything",
        "Hi,\n\nthat did not help, the import still stops with LockedException. How do I unlock a workspace?\n\nBest\nTom\n\nSent from my iPhone\n\nOn Tue, 3 Mar 2026 at 10:12, Acme Support <help@acme.example> wrote:\n> Please open Settings.\n> Kind regards\n>\n> On Mon, 2 Mar 2026 at 9:00, Tom wrote:\n>> My import stops.",
        "Hi,\n\nthat did not help, the import still stops with LockedException. How do I unlock a workspace?",
    ),
]
