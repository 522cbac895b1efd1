# ruff: noqa: RUF001 - other scripts are the subject here
"""Small talk and short answers in every language that the assistant understands: none of them is a question."""

import pytest

from caseplane.dialogue.acts import Act, After, Said
from caseplane.dialogue.understanding import understand

GREETING, THANKS, ACCEPTED, FAILED = Act.greeting, Act.thanks, Act.confirmation, Act.failure
DOUBT, PERSON, FAREWELL = Act.doubt, Act.wants_person, Act.farewell

SAID: dict[str, dict[Act, str]] = {
    "en": {
        GREETING: "hi|Hello there|good morning|hey team|Good evening everyone",
        THANKS: "thanks|thank you so much|many thanks|cheers|thx a lot",
        ACCEPTED: "it works now|that solved it|problem solved|fixed, thanks|yes, that helped",
        FAILED: "it does not work|that did not help|still the same error|not solved|I already tried that",
        DOUBT: "are you sure?|really?|where does it say that?|what is your source?|I don't understand",
        PERSON: "I want to talk to a human|agent please|connect me to an agent|can someone call me back?",
        FAREWELL: "bye|goodbye|see you later|have a nice day|kind regards",
    },
    "de": {
        GREETING: "Hallo|Guten Tag|Moin|Servus zusammen|Grüß Gott",
        THANKS: "danke|vielen Dank|Danke schön|herzlichen Dank für die Hilfe|merci dir",
        ACCEPTED: "es funktioniert jetzt|hat geklappt|Problem gelöst|hat sich erledigt|läuft wieder",
        FAILED: "funktioniert nicht|das geht nicht|nicht gelöst|immer noch der gleiche Fehler|habe ich schon probiert",
        DOUBT: "sind Sie sicher?|wirklich?|wo steht das?|was ist die Quelle?|verstehe ich nicht",
        PERSON: "Ich möchte mit einem Menschen sprechen|Mitarbeiter bitte|Verbinden Sie mich mit einem Mitarbeiter"
        "|Können Sie mich zurückrufen?|Ich will einen Menschen",
        FAREWELL: "tschüss|auf Wiedersehen|bis bald|schönen Tag noch|Mit freundlichen Grüßen",
    },
    "fr": {
        GREETING: "bonjour|Salut|bonsoir|coucou|Bonjour à tous",
        THANKS: "merci|merci beaucoup|un grand merci|merci pour votre aide|je vous remercie",
        ACCEPTED: "ça marche|c'est résolu|problème résolu|ça fonctionne maintenant|ça m'a aidé",
        FAILED: "ça ne marche pas|ça ne fonctionne toujours pas|pas résolu|toujours la même erreur|j'ai déjà essayé",
        DOUBT: "vous êtes sûr ?|vraiment ?|quelle est la source ?|où est-ce écrit ?|je ne comprends pas",
        PERSON: "Je veux parler à un humain|un conseiller s'il vous plaît|Passez-moi un opérateur|Je voudrais parler à quelqu'un",
        FAREWELL: "au revoir|à bientôt|bonne journée|cordialement|bonne soirée à vous",
    },
    "es": {
        GREETING: "hola|buenos días|buenas tardes|Hola a todos|¿qué tal?",
        THANKS: "gracias|muchas gracias|mil gracias|gracias por la ayuda|muy amable",
        ACCEPTED: "ya funciona|problema resuelto|está solucionado|funciona perfecto|me sirvió",
        FAILED: "no funciona|no me ayuda|no está resuelto|sigue igual|ya lo probé",
        DOUBT: "¿está seguro?|¿de verdad?|¿cuál es la fuente?|¿dónde dice eso?|no entiendo",
        PERSON: "Quiero hablar con una persona|un agente por favor|Páseme con un agente|Necesito hablar con alguien",
        FAREWELL: "adiós|hasta luego|nos vemos|un saludo|que tenga un buen día",
    },
    "it": {
        GREETING: "ciao|buongiorno|buonasera|salve|Ciao a tutti",
        THANKS: "grazie|grazie mille|molte grazie|grazie per l'aiuto|troppo gentile",
        ACCEPTED: "ora funziona|problema risolto|ha funzionato|risolto|tutto a posto",
        FAILED: "non funziona|non ha funzionato|non è risolto|stesso errore|ho già provato",
        DOUBT: "sei sicuro?|davvero?|qual è la fonte?|dove è scritto?|non capisco",
        PERSON: "Vorrei parlare con un operatore|operatore per favore|Mi passi un operatore|Voglio parlare con una persona",
        FAREWELL: "arrivederci|a presto|buona giornata|cordiali saluti|buona serata",
    },
    "pt": {
        GREETING: "olá|oi|bom dia|boa tarde|Oi, tudo bem",
        THANKS: "obrigado|muito obrigada|valeu|obrigado pela ajuda|agradeço muito",
        ACCEPTED: "agora funciona|deu certo|problema resolvido|funcionou|resolvido",
        FAILED: "não funciona|não funcionou|não está resolvido|o mesmo erro|já tentei isso",
        DOUBT: "tem certeza?|sério?|qual é a fonte?|onde está escrito?|não entendi",
        PERSON: "Quero falar com um atendente|atendente por favor|Quero falar com uma pessoa|Preciso falar com alguém",
        FAREWELL: "tchau|até logo|até amanhã|atenciosamente|tenha um bom dia",
    },
    "nl": {
        GREETING: "hallo|hoi|goedemorgen|goedendag|Dag allemaal",
        THANKS: "bedankt|dank je wel|hartelijk dank|bedankt voor de hulp|dank u",
        ACCEPTED: "het werkt nu|opgelost|het is gelukt|probleem opgelost|dat heeft geholpen",
        FAILED: "het werkt niet|niet opgelost|dat helpt niet|nog steeds dezelfde fout|heb ik al geprobeerd",
        DOUBT: "weet je het zeker?|echt?|wat is de bron?|waar staat dat?|ik begrijp het niet",
        PERSON: "Ik wil met een medewerker spreken|medewerker graag|Ik wil iemand spreken|Kan ik met een mens praten?",
        FAREWELL: "tot ziens|doei|fijne dag nog|met vriendelijke groet|tot later",
    },
    "pl": {
        GREETING: "cześć|dzień dobry|dobry wieczór|witam|hej",
        THANKS: "dziękuję|dzięki|bardzo dziękuję|dziękuję za pomoc|wielkie dzięki",
        ACCEPTED: "działa|już działa|problem rozwiązany|pomogło|udało się, dzięki",
        FAILED: "nie działa|nadal nie działa|to nie pomogło|już próbowałem|problem nie został rozwiązany",
        DOUBT: "jesteś pewien?|na pewno?|naprawdę?|gdzie to jest napisane?|nie rozumiem",
        PERSON: "Chcę rozmawiać z człowiekiem|konsultant proszę|Połącz mnie z konsultantem|Czy mogę porozmawiać z pracownikiem?",
        FAREWELL: "do widzenia|na razie|miłego dnia|pozdrawiam|dobranoc",
    },
    "ja": {
        GREETING: "こんにちは|おはようございます|こんばんは|はじめまして|お世話になっております",
        THANKS: "ありがとう|ありがとうございます|どうもありがとうございました|助かります|ご回答ありがとうございます",
        ACCEPTED: "解決しました|できました|直りました|うまくいきました|動くようになりました",
        FAILED: "動きません|まだ動きません|できませんでした|解決しませんでした|もう試しました",
        DOUBT: "本当ですか？|確かですか？|どこに書いてありますか？|わかりません|出典は？",
        PERSON: "担当者に話したい|オペレーター|オペレーターにつないでください|人間と話したい|スタッフに代わってください",
        FAREWELL: "さようなら|失礼します|またね|おやすみなさい|よい一日を",
    },
    "ru": {
        GREETING: "привет|здравствуйте|добрый день|доброе утро|добрый вечер",
        THANKS: "спасибо|большое спасибо|спасибо за помощь|благодарю|спасибо большое",
        ACCEPTED: "всё работает|заработало|проблема решена|помогло|получилось, спасибо",
        FAILED: "не работает|не помогло|всё равно не работает|уже пробовал|проблема не решена",
        DOUBT: "вы уверены?|правда?|откуда вы это знаете?|где это написано?|не понимаю",
        PERSON: "Хочу поговорить с оператором|оператор|Соедините меня с человеком|Позовите менеджера",
        FAREWELL: "до свидания|пока|всего доброго|хорошего дня|до встречи",
    },
    "zh": {
        GREETING: "你好|您好|早上好|大家好|在吗",
        THANKS: "谢谢|非常感谢|谢谢你的帮助|多谢|太好了谢谢",
        ACCEPTED: "解决了|可以了|好了|现在可以了|问题解决了",
        FAILED: "不行|还是不行|没用|没有解决|试过了",
        DOUBT: "确定吗？|真的吗？|哪里写的？|来源是什么？|不明白",
        PERSON: "转人工|人工客服|我要找真人|我想和客服说话",
        FAREWELL: "再见|拜拜|明天见|祝你愉快|晚安",
    },
    "ko": {
        GREETING: "안녕하세요|안녕|좋은 아침입니다|반갑습니다|안녕하십니까",
        THANKS: "감사합니다|고마워요|정말 감사합니다|고맙습니다|도와주셔서 감사합니다",
        ACCEPTED: "해결됐어요|이제 됩니다|잘 작동합니다|해결되었습니다|됐어요",
        FAILED: "안 돼요|아직도 안 됩니다|작동하지 않아요|해결되지 않았습니다|이미 해봤어요",
        DOUBT: "정말이에요?|확실해요?|출처가 어디예요?|어디에 나와 있나요?|이해가 안 돼요",
        PERSON: "상담원 연결해 주세요|상담원|사람과 이야기하고 싶어요|상담원과 통화하고 싶습니다",
        FAREWELL: "안녕히 계세요|다음에 봐요|좋은 하루 되세요|수고하셨습니다|또 봐요",
    },
    "sv": {
        GREETING: "hej|god morgon|hejsan|tjena|hej igen",
        THANKS: "tack|tack så mycket|tusen tack|tack för hjälpen|tackar",
        ACCEPTED: "det fungerar nu|problemet är löst|det hjälpte|nu funkar det|fixat, tack",
        FAILED: "det fungerar inte|funkar fortfarande inte|det hjälpte inte|inte löst|det har jag redan provat",
        DOUBT: "är du säker?|verkligen?|var står det?|vad är källan?|jag förstår inte",
        PERSON: "Jag vill prata med en människa|koppla mig till en medarbetare|Kan jag få prata med någon?|handläggare tack",
        FAREWELL: "hej då|vi ses|ha en bra dag|god natt|med vänliga hälsningar",
    },
}  # fmt: skip
CASES = [(act, text) for acts in SAID.values() for act, texts in acts.items() for text in texts.split("|")]


@pytest.mark.parametrize(("act", "text"), CASES, ids=[f"{act}: {text}" for act, text in CASES])
def test_given_a_few_words_in_any_language_when_read_then_their_act_is_seen(act: Act, text: str) -> None:
    said = Said.nothing if act is Act.greeting else Said.answer

    understood = understand(text, after=After(said))

    assert understood.act is act
    assert not understood.questions or act is Act.wants_person


def test_given_the_table_when_counted_then_each_act_has_four_wordings_in_each_language() -> None:
    assert {len(acts) for acts in SAID.values()} == {7}
    assert min(len(texts.split("|")) for acts in SAID.values() for texts in acts.values()) >= 4


@pytest.mark.parametrize(
    "text",
    [
        "Jak usunąć konto?",
        "Dlaczego synchronizacja nie działa na moim telefonie?",
        "アカウントを削除する方法を教えてください",
        "なぜ同期が動かないのですか",
        "Как удалить рабочую область?",
        "Почему не работает синхронизация с почтой?",
        "如何删除工作区",
        "为什么同步不行",
        "작업 공간을 어떻게 삭제하나요",
        "Hur tar jag bort en arbetsyta?",
        "Varför fungerar synkroniseringen inte på min telefon?",
        "Waarom werkt de synchronisatie niet op mijn telefoon?",
    ],
)  # fmt: skip
def test_given_a_question_when_read_then_it_is_no_small_talk(text: str) -> None:
    understood = understand(text, after=After(Said.answer))

    assert understood.act is Act.question
    assert understood.questions
