# ruff: noqa: RUF001 - other scripts are the subject here
import pytest

from caseplane.text.language import detect_language


class TestDetectLanguage:
    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("How do I reset my password?", "en"),
            ("Wie setze ich mein Passwort zurück?", "de"),
            ("Je ne peux pas me connecter à mon compte", "fr"),
            ("No puedo entrar en mi cuenta", "es"),
            ("Non riesco ad accedere al mio account", "it"),
            ("我忘记了密码，请帮助我", "zh"),
            ("パスワードを忘れました", "ja"),
            ("비밀번호를 잊어버렸어요", "ko"),
            ("Я забыл пароль от учётной записи", "ru"),
        ],
    )
    def test_given_a_sentence_when_read_then_its_language(self, text: str, language: str) -> None:
        assert detect_language(text) == language

    @pytest.mark.parametrize("text", ["", "ok", "12345", "https://example.com/a/b", "`kubectl get po`"])
    def test_given_too_little_when_read_then_none(self, text: str) -> None:
        assert detect_language(text) is None
