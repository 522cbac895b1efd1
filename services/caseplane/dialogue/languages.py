"""The language of a few words, by the small words in them; longer texts are for `caseplane.text.language`."""

from caseplane.dialogue.segments import normal, segments

_SMALL_WORDS = {
    "en": "the is are how what where when why who my your i you we do does can could it this that and but for with not to of in on please have has there need help",
    "de": "der die das ist sind wie was wo wann warum wer mein meine ich sie wir kann kannst konnen es und aber fur mit nicht zu von auf bitte haben habe gibt brauche ein eine einen",
    "fr": "le la les est sont comment quoi ou quand pourquoi qui mon ma mes je vous nous peux puis et mais pour avec pas de du des dans sur un une jai besoin faire",
    "es": "el la los las es son como que donde cuando quien mi mis yo usted puedo puede y pero para con no de en un una tengo necesito por hay",
    "it": "il lo la gli e sono come che dove quando perche chi mio mia io lei posso puo ma per con non di del nella un una ho bisogno sul",
    "pt": "o a os as e sao como que onde quando por quem meu minha eu voce posso pode mas para com nao de do da em um uma tenho preciso",
    "nl": "de het is zijn hoe wat waar wanneer waarom wie mijn ik u jij wij kan kunt en maar voor met niet te van op een heb heeft nodig mij alsjeblieft",
}
_SETS = {code: frozenset(words.split()) for code, words in _SMALL_WORDS.items()}


def shown_language(text: str) -> str | None:
    """ISO 639-1 code of the language that a short text shows; None if it shows none, or several as well."""
    spoken = {segment.language for segment in segments(text) if segment.language}
    if len(spoken) == 1:
        return spoken.pop()
    return voted(text)[0]


def voted(text: str) -> tuple[str | None, int]:
    """The language with the most small words in a text, and how many; None if two have as many."""
    words = normal(text).split()
    votes = sorted(((sum(w in small for w in words), code) for code, small in _SETS.items()), reverse=True)
    (most, code), (next_most, _) = votes[0], votes[1]
    return (code, most) if most > next_most else (None, most)
