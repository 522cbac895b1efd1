import pytest

from caseplane.text.personal import asks_for_oneself, is_personal, without_marks

PERSONAL = """
I have refunded you 20 €.
Your account was locked after five tries.
I reset your password.
We've sent you a new link.
Invoice INV-20394 was corrected.
Your order #84723 ships tomorrow.
You entered the wrong VAT number.
Your trial ends on 3 March 2026.
I've unlocked your account, please log in again.
Contact [email] for it.
We credited 15 USD to the card.
Use this link: https://x.example/reset?token=abc123def
As a courtesy we extended it.
I found your order in our system.
Ich habe Ihnen 20 € erstattet.
Wir haben Ihr Konto entsperrt.
Ihr Konto wurde gesperrt.
Sie haben die falsche Nummer eingegeben.
Die Rechnung Nr. 20394 ist korrigiert.
Ihr Vertrag endet am 03.03.2026.
Je vous ai remboursé 20 €.
Votre compte a été bloqué.
Vous avez saisi un mauvais code.
Le he reembolsado 20 €.
Hemos desbloqueado su cuenta.
Su cuenta fue bloqueada.
Le ho rimborsato 20 €.
Abbiamo sbloccato il suo account.
Il suo account è stato bloccato.
"""
GENERAL = """
Open your account settings and choose Delete.
If you were charged twice, write to billing.
The Pro plan costs 20 € a month.
You can change your password under Profile.
We refund within 14 days.
Your account must be on the Pro plan.
When your trial has ended, data is kept for 30 days.
Your password has to have 12 characters.
Error 40312 means that the quota is used up.
Version 3.2 fixes this; update your server.
I recommend that you set up two keys.
Your invoices are under Billing.
Öffnen Sie Ihre Kontoeinstellungen.
Wenn Ihr Konto gesperrt wurde, warten Sie 15 Minuten.
Sie haben drei Möglichkeiten: A, B, C.
Ouvrez les réglages de votre compte.
Vous pouvez changer votre mot de passe.
Abra los ajustes de su cuenta.
Puede cambiar su contraseña en el perfil.
Apra le impostazioni del suo account.
Può cambiare la sua password nel profilo.
"""


@pytest.mark.parametrize("text", PERSONAL.strip().splitlines())
def test_given_a_statement_about_one_customer_when_checked_then_it_is_personal(text: str) -> None:
    assert is_personal(f"Thanks for waiting. {text}")


@pytest.mark.parametrize("text", GENERAL.strip().splitlines())
def test_given_an_instruction_for_everyone_when_checked_then_it_is_not_personal(text: str) -> None:
    assert not is_personal(text)


@pytest.mark.parametrize(
    ("question", "personal"),
    [
        ("Where is my order?", True),
        ("Why was I charged twice?", True),
        ("Please cancel my subscription", True),
        ("My invoice 20394 is wrong", True),
        ("Warum wurde mein Konto gesperrt?", True),
        ("Où est ma commande ?", True),
        ("¿Dónde está mi pedido?", True),
        ("How do I cancel my subscription?", False),
        ("Where do I find my invoices?", False),
        ("Wie lösche ich mein Konto?", False),
        ("Can you tell me how to check my quota?", False),
    ],
)
def test_given_a_question_when_checked_then_only_one_about_the_asker_is_personal(
    question: str, personal: bool
) -> None:
    assert asks_for_oneself(question) is personal


def test_given_marks_of_redaction_when_removed_then_the_words_stay() -> None:
    assert without_marks("I cannot log in as [email] today") == "I cannot log in as today"
