"""The subjects of a case, in one or two words each."""

import itertools
import re
from collections import Counter

TAG_WORD = re.compile(r"[^\W\d_][\w-]{2,30}")
TAGS = 4
# Words that show nothing of a case's subject, in the languages of our notices.
PLAIN = frozenset(
    """
    about after again also and any are because been but can cannot could did does doesn don for from get gets
    got had has have help hello how into its just like make may more need not now off once only our out over
    please problem question should since some still such tell than thank thanks that the their them then there
    these they this those through too trying tried try under use used user users using very want wants was way
    were what when where which while who why will with without work working works would you your
    aber auch auf aus bei bin bitte das dass dem den der des die doch ein eine einen einer für habe haben hat
    ich ihr ist kann können mein meine mich mir mit nach nicht noch nur oder sich sie sind und uns von war was
    welche wenn wer wie wird wir wo zum zur über
    avec ce cette comment dans des elle est et faire fait il je la le les leur mais mon nous ou par pas plus
    pour pourquoi que qui sans ses son sont sur une vous votre
    como con cual cuando del donde ella esta este ha hacer las los mas mi muy no para pero por porque puedo
    que quiero ser sin sobre son una uno usted
    """.split()
)


def tags_of(question: str, solution: str, *, count: int = TAGS) -> list[str]:
    """The subjects of a case in one or two words each: what the question names, above all if the solution does."""
    asked = [w.lower() for w in TAG_WORD.findall(question)]
    solved = {w.lower() for w in TAG_WORD.findall(solution)}
    good = [w for w in asked if w not in PLAIN]
    weight = Counter(good)
    for word in weight:
        weight[word] += 2 * (word in solved) + (len(word) > 6)
    chosen = [word for word, _ in weight.most_common(count)]
    pairs = Counter(
        f"{a} {b}" for a, b in itertools.pairwise(asked) if a in chosen and b in chosen and a != b
    )
    if pairs:  # the commonest neighbours read better as one tag
        pair = pairs.most_common(1)[0][0]
        chosen = [pair, *(word for word in chosen if word not in pair.split())]
    return chosen[:count]


def tidy_tag(tag: str) -> str:
    """At most two lower-case words (R000-54)."""
    return " ".join(tag.lower().split()[:2]).strip(".,;:")
