"""Reads a reply to "Which of these is your question about?": by number, place, name, "both" or "none of them".

Every word of a reply by number or place must be understood, so that "2 users cannot log in" picks nothing; the
languages share one table, since a word that means two things is rare among so few. A name is looked for by the words
that only one label has.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from enum import StrEnum

from caseplane.dialogue.folding import tokens
from caseplane.text.folding import fold
from caseplane.text.stop_words import ANSWER, TAGS
from caseplane.text.words import key_of


class PickKind(StrEnum):
    """What a reply does with the choices."""

    chosen = "chosen"
    none = "none"
    """It says that it is none of them."""
    unclear = "unclear"
    """It answers the question without a choice: "yes", or a number that was not offered."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A reply to a question with choices.

    Attributes:
        places: of the chosen ones, from 0, in the customer's order; empty unless `kind` is `chosen`.
        rest: what else was said, in the customer's words; may be empty.
    """

    kind: PickKind
    places: tuple[int, ...] = ()
    rest: str = ""


def picked(text: str, labels: Sequence[str]) -> Pick | None:
    """What a reply picks of the labels; None if it is about something else."""
    if not labels or not tokens(text) or _is_list(text):
        return None
    return (
        _by_whole_label(text, labels)
        or _by_place(text, len(labels))
        or _by_place_and_more(text, labels)
        or _by_words(text, labels)
    )


def _chosen(places: Iterable[int], rest: str = "") -> Pick:
    return Pick(PickKind.chosen, tuple(dict.fromkeys(places)), rest.strip())


# ---- by the label itself

_NUMBERING = re.compile(r"\s*\W{0,2}\d[.):]?\s+")
_TYPED = 0.88
"""Likeness (difflib) from which a text is a label with typing errors."""
_PREFIX = 5
"""Fewest letters of the beginning of a label that stand for it."""


def _by_whole_label(text: str, labels: Sequence[str]) -> Pick | None:
    said = [" ".join(tokens(each)) for each in (text, _NUMBERING.sub("", text, count=1))]
    offered = [" ".join(tokens(label)) for label in labels]
    for each in said:
        same = [place for place, label in enumerate(offered) if label == each]
        if same:
            return _chosen(same[:1])
    if len(said[0]) >= _PREFIX:
        begun = [place for place, label in enumerate(offered) if label.startswith(said[0])]
        if len(begun) == 1:
            return _chosen(begun)
    quoted = [
        place
        for place, label in enumerate(offered)
        if len(label) >= _PREFIX and re.search(rf"\b{re.escape(label)}\b", said[0])
    ]
    if len(quoted) == 1 and 2 * len(offered[quoted[0]]) >= len(said[0]):
        return _chosen(quoted)
    alike = [SequenceMatcher(None, said[0], label).ratio() for label in offered]
    best = max(range(len(labels)), key=alike.__getitem__)
    return _chosen([best]) if alike[best] >= _TYPED and alike.count(alike[best]) == 1 else None


# ---- by number or place


def _table(*lines: str) -> dict[str, int]:
    return {word: place for place, line in enumerate(lines) for word in line.split()}


_ORDINALS = _table(
    "first 1st former top erste ersten erster erstes erstere ersterer ersteres premier premiere"
    " primero primera primer primo prima primeiro primeira eerste",
    "second 2nd middle zweite zweiten zweiter zweites deuxieme seconde segundo segunda secondo seconda tweede",
    "third 3rd dritte dritten dritter drittes troisieme tercero tercera tercer terzo terza terceiro terceira derde",
    "fourth 4th vierte vierten vierter viertes quatrieme cuarto cuarta quarto quarta vierde",
    "fifth 5th funfte funften funfter funftes cinquieme quinto quinta vijfde",
)
_CARDINALS = _table(
    "one ein eins eine un une uno una um uma een",
    "two zwei deux dos due dois duas twee b",
    "three drei trois tres tre drie c",
    "four vier quatre cuatro quattro quatro d",
    "five funf cinq cinco cinque vijf",
)
_LAST = frozenset(
    "last latter bottom letzte letzten letzter letztes letztere letzterer letzteres dernier derniere"
    " ultimo ultima laatste".split()
)
_BEFORE_LAST = frozenset(
    "vorletzte vorletzten vorletzter avant penultimate penultimo penultima voorlaatste".split()
)
_ALL = frozenset(
    "all both everything every each either any beide beiden beides alle alles jede egal tous toutes tout"
    " ambos ambas todos todas todo entrambi entrambe tutti tutte tutto allebei whichever".split()
)
_NONE = frozenset(
    "none neither nothing no nope nah nein keine keiner keines keins keinen nichts weder aucun aucune rien non ninguno"
    " ninguna ningun nada nessuno nessuna niente nenhum nenhuma geen niks nee else different other another"
    " anderes andres anders andere autre autres otra otro altro altra qualcos outra outro".split()
)
_SURELY_NONE = _NONE - frozenset("no nope nah nein non different other another andere autre autres".split())
"""They deny although a number follows: "neither of the two"."""
_NOT = frozenset("not nicht pas except but ausser sauf excepto salvo tranne exceto behalve".split())
_AGREED = frozenset(
    "yes yep yeah yup sure ok okay right correct exactly ja jawohl genau oui si sim exacto esatto".split()
)
_BESIDE = _AGREED | frozenset(
    """
    the a an of them these those that this it its is s one ones my question about i mean meant want wanted would like
    d please pls plz thanks thank you option options number num nr no choice choose pick select take go with let lets
    for in on to think guess probably hi hello regarding topic item point answer here above listed m ll will be me give
    show tell us and or also plus just only any way thing things some thing was thinking looking interested please
    actually rather maybe sorry oh well hmm uh um do should nd st rd th er eme
    sounds right good best fits fit looks applies apply matches match helps help seems better something somewhat
    der die das den dem des dieser diese dieses ich meine meinte nehme mochte will bitte danke es geht um von vom davon
    nummer punkt frage antwort zum zur ist war und oder auch sowie doch lieber wohl glaube handelt sich zu diesen noch
    etwas was passt stimmt trifft beiden zweien dreien
    le la les l je veux voudrais parle question sur de du des c est ce celui celle ceux celles et ou svp s'il il te vous
    plait merci numero point reponse choix prends choisis pense qu entre chose d n
    el los las lo yo quiero quisiera es ellas ellos esa ese esta este sobre del y o u por favor gracias eleccion respuesta creo opcion
    pregunta ninguno cosa de en
    il gli i loro quello quella questa questo voglio vorrei della dei delle sul sulla e ed per favore grazie numero opzione
    risposta domanda credo cosa dei di a da
    os as eu quero essa esse isso obrigado obrigada opcao pergunta coisa
    het ik wil graag nummer optie alstublieft aub bedankt dank van deze die iets
    """.split()
)
_TWO_TOGETHER = re.compile(
    r"\b(?:(?:les|los|las|i|le|os|as|de|die) (?:deux|dos|due|dois|duas|twee|beiden)|tutt[ie] e (?:due|tre)|all (?:two|three|four)"
    r"|alle (?:zwei|drei|vier)|todos los (?:dos|tres)|toutes? les (?:deux|trois)|tous les (?:deux|trois))\b"
    r"(?! (?:premiers?|premieres?|primer[oa]s?|ultim\w+|derniers?|prim[ie]))"
)
_FIRST_TWO = re.compile(
    r"\b(?:first|top|ersten|premiers|premieres|primeros|primeras|primi|prime) (?:two|2|zwei|beiden|deux|dos|due)\b"
    r"|\b(?:deux|dos|due) (?:premiers?|premieres?|primer[oa]s|prim[ie])\b"
)
_LAST_TWO = re.compile(
    r"\b(?:last|bottom|letzten|derniers|dernieres|ultimos|ultimas|ultimi|ultime) (?:two|2|zwei|beiden|deux|dos|due)\b"
    r"|\b(?:deux|dos|due) (?:derniers?|dernieres?|ultim[oaie]s?)\b"
)
_BEFORE_LAST_SAID = re.compile(
    r"\b(?:second|next|one) (?:to|but|before) (?:the )?last\b|\bavant[- ]dernier(?:e)?\b"
)
_UNSURE = re.compile(
    r"(?:i )?(?:do not|don'?t|dont) know|(?:i'?m |i am )?not (?:so |quite |really )?sure|no idea|unsure|idk|dunno"
    r"|(?:ich )?weiss (?:es |ich )?nicht|keine ahnung|(?:bin )?(?:mir )?nicht sicher"
    r"|(?:je )?ne sais pas|je sais pas|aucune idee|no (?:lo )?se|ni idea|non (?:lo )?so|nessuna idea"
    r"|nao sei|geen idee|weet (?:ik )?niet"
)


def _by_place(text: str, count: int) -> Pick | None:
    """A reply of which every word is understood."""
    said = fold(text.replace("\ufe0f", "").replace("\u20e3", "").replace("#", " "))
    if _UNSURE.fullmatch(said.strip(" .!?")):
        return Pick(PickKind.none)
    if _BEFORE_LAST_SAID.search(said):
        said = _BEFORE_LAST_SAID.sub("penultimate", said)
        return _read(tokens(said), count, denies=True)
    if (
        _TWO_TOGETHER.search(said)
        and _SURELY_NONE.isdisjoint(tokens(said))
        and _only_beside(_TWO_TOGETHER.sub(" ", said))
    ):
        return _chosen(range(count))
    for pattern, places in ((_FIRST_TWO, range(min(2, count))), (_LAST_TWO, range(max(0, count - 2), count))):
        if pattern.search(said) and _only_beside(pattern.sub(" ", said)):
            return _chosen(places)
    return _read(tokens(said), count, denies="," not in said)


def _only_beside(said: str) -> bool:
    return all(word in _BESIDE or word in _ALL for word in tokens(said))


def _read(said: Sequence[str], count: int, *, denies: bool) -> Pick | None:
    named: list[int] = []
    weak: list[int] = []
    refused: set[int] = set()
    everything = nothing = surely = agreed = denied = False
    for at, word in enumerate(said):
        place = _place(word, count, said)
        if place is not None:
            if word in _CARDINALS and _CARDINALS[word] == 0:
                weak.append(place)  # "the second one" names no first
            elif denied or (
                denies and at > 1 and said[at - 2] == "no" and said[at - 1] in ("el", "la", "lo")
            ):
                refused.add(place)
            else:
                named.append(place)
            denied = denied and word in _BESIDE
        elif word in _ALL:
            everything = True
        elif word in _NOT:
            denied = True
        elif word in _NONE:
            nothing, surely = True, surely or word in _SURELY_NONE
        elif word in _BESIDE:
            agreed = agreed or word in _AGREED
        else:
            return None
    if surely:
        return Pick(PickKind.none)
    return _settled(
        named or ([] if nothing or everything or refused else weak),
        refused,
        count,
        everything,
        nothing,
        agreed,
        denied,
    )


def _place(word: str, count: int, said: Sequence[str]) -> int | None:
    """The place that a word names, from 0; None if it names none."""
    if word.isdecimal() and len(word) < 3:
        return int(word) - 1
    if word in _LAST:
        return count - 1
    if word in _BEFORE_LAST:
        return count - 2
    if word in ("middle",):
        return count // 2
    if word in _ORDINALS:
        return _ORDINALS[word]
    if word in _CARDINALS and (len(word) > 1 or len(said) <= 2):
        return _CARDINALS[word]
    return 0 if word == "a" and len(said) == 1 else None


def _settled(
    named: Sequence[int],
    refused: set[int],
    count: int,
    everything: bool,
    nothing: bool,
    agreed: bool,
    denied: bool,
) -> Pick | None:
    offered = [place for place in named if 0 <= place < count and place not in refused]
    if named:
        return _chosen(offered) if offered and len(offered) == len(named) else Pick(PickKind.unclear)
    if refused:
        others = [place for place in range(count) if place not in refused]
        return _chosen(others) if others else Pick(PickKind.none)
    if everything:
        return Pick(PickKind.none) if denied else _chosen(range(count))
    if nothing:
        return Pick(PickKind.none)
    return Pick(PickKind.unclear) if agreed else None


# ---- by number or place, with more said beside it

_PAUSE = re.compile(
    r"[.,;:!?\n–—-]+(?=\s|$)"  # noqa: RUF001
    r"|\s(?=(?:and|but|und|aber|et|mais|y|pero|ma) (?:also )?\w+)"
    r"|(?P<with>\s)(?=(?:on|in|for|with|auf|bei|mit|fur|sur|pour|avec|con|para|su|per) \w+)"
)
_LONG = 4
"""Words after a mere "first," from which it begins an enumeration."""
_LISTING = re.compile(r"^\s*\(?(?:\d|[a-d])[.)]\s", re.MULTILINE)


def _is_list(text: str) -> bool:
    """Whether a message counts its own points."""
    return len(_LISTING.findall(text)) > 1


def _by_place_and_more(text: str, labels: Sequence[str]) -> Pick | None:
    best: Pick | None = None
    for pause in _PAUSE.finditer(text):
        head, rest = text[: pause.start()], text[pause.end() :]
        if pause["with"] and len(tokens(head)) < 2 and not head.strip().isdecimal():
            continue
        found = _by_whole_label(head, labels) if len(tokens(head)) > 1 else None
        found = found or _by_place(head, len(labels))
        if found is None or found.kind is PickKind.unclear:
            continue
        if len(tokens(rest)) >= _LONG and len(tokens(head)) == 1 and tokens(head)[0] in _ORDINALS:
            return None
        best = Pick(found.kind, found.places, rest.strip())
    return best


# ---- by words that only one label has

_MOST_WORDS = 8
_STEM = 4
"""Fewest letters of the beginning of a word that stand for it."""
_QUESTION = re.compile(
    r"(?:how|what|where|when|why|who|which|can|could|do|does|is|are|will|should|wie|was|wo|wann|warum|kann|konnen"
    r"|comment|pourquoi|quand|ou|combien|puis|como|donde|cuando|cuanto|puedo|come|dove|quando|quanto|posso"
    r"|hoe|waar|wanneer|kan)\b"
)
_STOP = ANSWER | frozenset(fold(word) for word in TAGS)
_JOINED = re.compile(r",|&|\+|\b(?:and|und|et|y|e|ed|en|plus|sowie)\b")


def _by_words(text: str, labels: Sequence[str]) -> Pick | None:
    known = [frozenset(map(key_of, tokens(label))) for label in labels]
    shared = frozenset.intersection(*known)
    said = [word for word in tokens(text) if _tells(word, known, shared)]
    if not said or len(said) > _MOST_WORDS or (_asks(text) and len(tokens(text)) > 3):
        return None
    matched = [frozenset(word for word in said if _among(word, keys)) for keys in known]
    own = [
        words - frozenset[str]().union(*(o for p, o in enumerate(matched) if p != place))
        for place, words in enumerate(matched)
    ]
    if frozenset[str]().union(*matched) == frozenset(said) and _JOINED.search(fold(text)):
        several = [place for place, words in enumerate(own) if words]
        if len(several) > 1:
            return _chosen(several)
    best = max(range(len(labels)), key=lambda place: len(matched[place]))
    if sum(len(each) == len(matched[best]) for each in matched) > 1 or not own[best]:
        return None
    distinct = frozenset(said)
    return _chosen([best]) if 2 * len(matched[best]) > len(distinct) else None


def _tells(word: str, known: Sequence[frozenset[str]], shared: frozenset[str]) -> bool:
    """Whether a word can tell one label from another, or speaks of something else."""
    key = key_of(word)
    if word in _BESIDE or word in _STOP:
        return False
    return key not in shared


def _asks(text: str) -> bool:
    return text.rstrip().endswith("?") or bool(_QUESTION.match(fold(text).lstrip(" ¿")))


def _among(word: str, keys: frozenset[str]) -> bool:
    key = key_of(word)
    if key in keys:
        return True
    if len(word) < _STEM:
        return False
    begun = any(other.startswith(key) or (len(other) > _STEM and key.startswith(other)) for other in keys)
    return begun or bool(len(word) > _STEM and get_close_matches(key, keys, n=1, cutoff=0.8))
