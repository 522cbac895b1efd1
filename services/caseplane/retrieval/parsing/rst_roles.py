"""What roles in reStructuredText say to a reader: their words, without the marks of Sphinx and its extensions."""

import re
from typing import Any

from docutils import nodes

_TITLED = re.compile(r"(.*?)\s*(?<!\\)<([^<>]*)>\Z", re.DOTALL)
_ACCELERATOR = re.compile(r"&(?=[^\s&])")
_ARROW = re.compile(r"\s*-->\s*")
_BRACED = re.compile(r"\{([^{}]*)\}")
_LITERAL = frozenset(
    "file samp command program option envvar makevar mimetype newsgroup regexp code literal path setting confval "
    "func meth class mod attr data exc obj const type macro member var expr token grammar-token keyword".split()
)
_NO_WORDS = re.compile(
    r"^(?:fa[brsl]?|far|fas|fab|octicon|material-[\w-]+|icon|iconify|index|raw[\w-]*|eq|cite[\w:]*|height|bdg-ref[\w-]*)$"
)
_NAMED_AFTER_TARGET = frozenset("doc ref numref any download".split())


def neutral_role(
    name: str, rawtext: str, text: str, *_: Any, **__: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """The words of a role that docutils does not know."""
    short = name.lower().rsplit(":", 1)[-1]
    if _NO_WORDS.match(short):
        return [], []
    words, target = _parts(text)
    if not words and short in _NAMED_AFTER_TARGET:
        return [_pending(short, target)], []
    words = _said(short, words or target)
    if short in _LITERAL:
        return [nodes.literal(rawtext, words)], []
    if target.startswith(("http://", "https://")):
        return [nodes.reference(rawtext, words, refuri=target)], []
    return [nodes.inline(rawtext, words)], []


def words_of_target(target: str) -> str:
    """What a page or a section is about, by its name: `/tickets/find-one` is "find one"."""
    parts = [re.sub(r"\.(?:rst|md|txt|html?)$", "", part) for part in target.rsplit(":", 1)[-1].split("/")]
    named = [part for part in parts if part not in ("", ".", "..")]
    last = next((part for part in reversed(named) if part != "index"), target)
    return " ".join(re.split(r"[-_\s]+", last)).strip()


def _parts(text: str) -> tuple[str, str]:
    """The title and the target of `title <target>`; only one of them where the text has one."""
    text = " ".join(nodes.unescape(text).split())
    titled = _TITLED.match(text)
    if titled and titled[1]:
        return titled[1], titled[2]
    return "", text


def _said(name: str, words: str) -> str:
    if name == "guilabel":
        return _ACCELERATOR.sub("", words)
    if name == "menuselection":
        return _ACCELERATOR.sub("", _ARROW.sub(" > ", words))
    if name == "samp":
        return _BRACED.sub(r"\1", words)
    if name in _LITERAL:
        words = words.lstrip("!")
        return words[1:].rsplit(".", 1)[-1] if words.startswith("~") else words
    return words


def _pending(name: str, target: str) -> nodes.inline:
    """A reference without words of its own: those of its target, once the whole page is read."""
    node = nodes.inline("", words_of_target(target))
    if name != "doc":
        node["caseplane_label"] = nodes.fully_normalize_name(target)
    return node
