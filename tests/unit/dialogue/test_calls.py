import pytest

from caseplane.dialogue.intents import wants_person

WANTED = """
can someone call me back?
call me
call me please
please call me back
I need to speak to billing
this is useless, get me someone
rufen Sie mich bitte zurück
può chiamarmi qualcuno?
Can somebody phone me?
give me a call
I want a callback
could you ring me
I'd like to talk to your billing department
let me speak to sales
put me through to accounting
get me a manager
I need help from a real person
can I get a human please
is there anyone I can talk to?
I don't want to talk to a bot
stop the bot, human now
this bot is useless, I want someone to help me
connect me with the billing team
Ich möchte zurückgerufen werden
Bitte um Rückruf
Können Sie mich anrufen?
Kann mich jemand anrufen?
Ruft mich an
ich will mit der Buchhaltung sprechen
ich brauche einen Menschen
gibt es hier einen echten Menschen?
Verbinden Sie mich mit dem Support
Rappelez-moi
pouvez-vous me rappeler ?
quelqu'un peut m'appeler ?
je veux parler à la facturation
je voudrais parler à quelqu'un
Llámenme por favor
¿me puede llamar alguien?
quiero hablar con facturación
quiero que me llamen
Mi richiamate?
potete chiamarmi?
vorrei parlare con l'amministrazione
voglio parlare con una persona
richiamatemi
someone please contact me
have someone contact me
have a person call me
I'd rather speak with an agent
agent please
speak to agent
talk to support
nobody helps me here, I want a real human
I need a human being to look at this
transfer me to billing
Can I speak with someone in accounting?
please have your manager call me
I need someone to call me today
reach me by phone please
Can you call me at +44 20 7946 0018?
"""
NOT_WANTED = """
how do I call the API
call me back URL
how do I add a person
How do I set the call me back URL?
what is a callback
How do I get a callback when the job ends?
call the endpoint
How can I call my function?
The call me button is missing
how do I speak to the API
How do I add a billing contact?
How do I connect billing?
how do I connect to billing API
Can someone call the endpoint without a key?
How can a customer request a callback?
How do I route a call to an agent?
I need to add someone to my team
can someone else use my account?
How do I talk to customers in the chat?
get me the list of users
how do I transfer billing to another owner?
Wie rufe ich die API auf?
Wie rufe ich die Funktion zurück?
Wie füge ich eine Person hinzu?
comment appeler l'API
como llamo a la API
come chiamo l'API
What happens when someone calls me in the app?
I need to change billing
who can see my phone number
How do I invite a manager?
call me by name in the emails
Is there someone in the logs with admin rights?
How do I let customers speak to sales?
How to contact support by phone?
the agent does not start
How do I speak to a supplier API in code
The webhook does not call me back
why does nobody get the mail
wie kann ich jemanden anrufen in der App?
"""


@pytest.mark.parametrize("text", WANTED.strip().splitlines())
def test_given_a_wish_for_a_person_in_any_words_when_read_then_it_is_one(text: str) -> None:
    assert wants_person(text)


@pytest.mark.parametrize("text", NOT_WANTED.strip().splitlines())
def test_given_a_question_about_calls_and_people_when_read_then_it_is_no_wish(text: str) -> None:
    assert not wants_person(text)
