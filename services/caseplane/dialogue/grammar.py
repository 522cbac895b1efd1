"""Small words of seven languages, and what of a sentence is its topic: the nouns, not what is done with them.

There is no parser here. Words in their places (after "do I", before "ich") tell verbs; what is left when verbs and small
words are gone is the topic. All words are in the normal form of `segments`.
"""

import re
from dataclasses import dataclass

from caseplane.dialogue.segments import normal

DETERMINERS = frozenset(
    """
    a an the my our your their his her some any each every another other no which what
    ein eine einen einem einer eines der die das den dem des mein meine meinen meinem meiner unser unsere unseren kein keine keinen
    un une le la les l des du mon ma mes notre nos votre vos ce cette ces
    una unos unas el los las mi mis su sus tu tus este esta estos estas
    uno il lo gli nostro nostra suo sua miei mie
    um uma o os as meu minha meus minhas seu nosso nossa
    een het de mijn ons onze uw jouw
    """.split()
)
PREPOSITIONS = frozenset(
    """
    on in at for with without of from into onto by via under over per about as between within
    auf im am an bei fur mit ohne von vom aus in ins zum zur uber unter nach ab
    sur dans pour avec sans de depuis chez par en sous au aux
    con sin para por desde sobre bajo en a al
    su nel nella con senza per da dal dalla sotto di del della dei
    no na nos nas com sem pelo pela do da dos das em
    op voor met zonder van uit bij via naar
    """.split()
)
CONNECTIVES = frozenset(
    "and but so or then also plus und aber oder dann auch et mais ou alors aussi y pero o entonces e ed ma allora mas entao en maar of dan".split()
)
QUESTION_WORDS = frozenset(
    """
    how what where when why who which whose whom
    wie was wo wann warum wieso weshalb wer wen wem welche welcher welches welchen wohin woher wieviel
    comment quoi ou quand pourquoi qui quel quelle quels quelles que combien quest
    como que donde cuando quien cual cuales cuanto cuanta cuantos porque
    come che dove quando perche chi quale quali quanto quanta quanti cosa
    onde quem qual quais quantos
    hoe wat waar wanneer waarom wie welke hoeveel
    """.split()
)
SUBJECTS = frozenset(
    "i we you they one people someone everyone ich wir man du ihr je on nous vous ik we jij men".split()
)
HELPERS = frozenset(
    """
    do does did can could should would will may might must shall is are was were be been am has have had dont doesnt didnt cant isnt
    to not if than it its im ive id please just also too only even again still now there much many long often far old possible able allowed
    kann konnen konnte soll sollte muss mussen darf durfen wird werden wurde ist sind war waren bin hat haben habe hatte gibt zu nicht
    ja nein bitte mal denn noch schon so es sich viel lange oft sie geht
    puis peux peut peuvent pouvez dois doit faut est sont etait a ai ont avez il elle se sil ne pas plus y t ca cela moi tres aussi
    puedo puede pueden podemos debo debe hay es son esta estan era ha he han se me te nos lo mucho muy ya si no
    posso puo possono possiamo devo deve c ce sono era ho hanno si mi ti ci ne molto gia
    pode podem devo tem ha sao estao esta estou foi eu voce nao muito ja sim
    kan kunnen moet mag is zijn was heb heeft hebben er te niet wel nog al zo veel lang
    i we you they me us ich wir man du ihr mir mich uns ik je jij mij men on nous vous
    """.split()
)
ANAPHORS = frozenset(
    """
    it them they this that these those one ones there its same
    es ihn ihm das dies dieses diese diesen dieser sie eins einen eine welche dort damit davon dazu darauf darin daran dafur
    ca cela ceci celui celle ceux en y
    eso esto ese esa esos lo uno una
    questo quello quella questa uno una
    isso isto ele ela esse essa
    dit dat die deze ermee ervan erop
    """.split()
)
"""Words that can stand for a thing that was named before."""
OF_OTHERS = frozenset(
    "sie die das dies diese diesen dieser dieses einen eine en y lo una uno la questa questo quella quello este esta esse essa dit dat deze this that these those one".split()
)
"""Of these, those that belong to a noun if one follows."""
_VERBS = frozenset(
    """
    delete remove create make add export import change update edit rename move copy duplicate share invite install uninstall download
    upload upgrade downgrade cancel reset restore recover enable disable activate deactivate configure set setup connect disconnect
    integrate sync send receive print save open close find search view see show list hide use start stop run get log sign pay buy refund
    ship return track contact call verify confirm check test fix solve resolve rotate revoke renew extend merge split archive publish approve
    reject assign transfer convert migrate deploy build lock unlock block mute filter sort schedule manage access switch turn join leave
    subscribe unsubscribe register work works cost costs take takes last lasts need needs want go know help mean happen happens fail fails
    undo revert prevent avoid limit allow embed translate customize customise generate request submit withdraw redeem apply
    halt halten lauft laufen loschen erstellen anlegen andern exportieren importieren installieren kundigen einladen kostet dauert funktioniert
    supprimer creer modifier ajouter exporter importer installer annuler inviter coute dure marche fonctionne
    eliminar borrar crear cambiar anadir exportar importar instalar cancelar invitar cuesta tarda funciona
    eliminare cancellare creare modificare aggiungere esportare importare installare invitare costa dura funziona
    excluir apagar criar alterar adicionar instalar convidar custa demora
    verwijderen maken aanmaken wijzigen toevoegen exporteren importeren installeren annuleren uitnodigen kost duurt werkt
    """.split()
)
CLAUSES = frozenset(
    "when if because so and but while once where whether und wenn weil dass ob aber et si quand parce mais y cuando porque pero e se quando perche ma mas en als omdat maar".split()
)
"""Words that begin another clause."""
_ROMANCE_QUESTIONS = frozenset("comment como donde cuando come dove quando onde".split())
_CLITICS = frozenset("lo la li le les los las ne se me te en y je tu on".split())
_AFTER_ROMANCE = frozenset(
    "comment pour de d puis je peux peut on faut il dois como puedo puede se para debo podemos quiero come posso si per di devo voglio onde pode".split()
)
_ROMANCE_INFINITIVE = re.compile(
    r"\w{2,}(?:er|ir|re|ar|are|ere|ire|arlo|arla|erlo|irlo|irla|arli|arlos|arlas)"
)
_GERMANIC_INFINITIVE = re.compile(r"[a-zäöüß]\w+(?:en|ern|eln)")
_WORD = re.compile(r"[^\W_]+(?:[-.'’/][^\W_]+)*")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a sentence, and its place.

    Attributes:
        kind: `noun` for what may be part of the topic, `verb`, `anaphor` or `small`.
    """

    text: str
    start: int
    end: int
    word: str
    kind: str


def tokens(text: str) -> list[Token]:
    """The words of a sentence with their kinds."""
    found = [(m, normal(m[0])) for m in _WORD.finditer(text)]
    words = [word for _, word in found]
    placed = [_kind(words, at, m[0]) for at, (m, _) in enumerate(found)]
    kinds = [_settled(words, placed, at) for at in range(len(words))]
    return [Token(m[0], m.start(), m.end(), w, kind) for (m, w), kind in zip(found, kinds, strict=True)]


def topic(text: str) -> list[Token]:
    """The words that name what a sentence is about, in order; all its content where it has only verbs."""
    found = tokens(text)
    return [t for t in found if t.kind == "noun"] or [t for t in found if t.kind == "verb"]


def _kind(words: list[str], at: int, written: str) -> str:
    word = words[at]
    if word in ANAPHORS:
        return "anaphor"
    if word in DETERMINERS | PREPOSITIONS | CONNECTIVES | QUESTION_WORDS | HELPERS:
        return "small"
    return "verb" if _is_verb(words, at, written) else "noun"


def _is_verb(words: list[str], at: int, written: str) -> bool:
    word, before = words[at], words[at - 1] if at else ""
    following = words[at + 1] if at + 1 < len(words) else ""
    if before in _ROMANCE_QUESTIONS or (
        before in _CLITICS and at > 1 and words[at - 2] in _ROMANCE_QUESTIONS
    ):
        return True
    if before in DETERMINERS or (
        before in PREPOSITIONS and before not in ("a", "de", "di", "per", "para", "pour")
    ):
        return False
    if before in SUBJECTS or before == "to" or following in ("ich", "wir", "man", "ik"):
        return True
    if before in _AFTER_ROMANCE and _ROMANCE_INFINITIVE.fullmatch(word):
        return True
    if written[0].islower() and _GERMANIC_INFINITIVE.fullmatch(written) and following == "" and before:
        return True
    return word in _VERBS


def _settled(words: list[str], kinds: list[str], at: int) -> str:
    """An anaphor that belongs to the noun behind it is a small word: "this workspace"."""
    if kinds[at] != "anaphor":
        return kinds[at]
    if words[at] == "there" and {"is", "are"} & set(words[max(0, at - 1) : at + 2]):
        return "small"  # "is there a limit?" names no place
    if words[at] not in OF_OTHERS:
        return "anaphor"
    belongs = at + 1 < len(words) and kinds[at + 1] == "noun"
    relative = 0 < at < len(words) - 1 and kinds[at - 1] == "noun"
    return "small" if belongs or relative else "anaphor"
