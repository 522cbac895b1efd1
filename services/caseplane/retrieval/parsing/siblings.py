"""What a page takes from other files of its source: parts that it includes, titles and labels that it names, settings.

reStructuredText and AsciiDoc are written for whole projects. The service reads the texts of a source once, `Project`
finds in them what one page needs, and the page's parser is handed that and nothing more.
"""

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import yaml

SUFFIXES = (".rst", ".rest", ".inc", ".adoc", ".asciidoc", ".asc")
"""Of files that are read together with others of their source."""
SETTINGS = ("conf.py", "antora.yml")
_RST = (".rst", ".rest", ".inc", ".txt")
_PARTS = frozenset("parts _parts partials _partials includes _includes include snippets _snippets".split())
_RST_INCLUDE = re.compile(r"^[ \t]*\.\. (?:literal)?include::[ \t]+(\S+)[ \t]*$", re.MULTILINE)
_ADOC_INCLUDE = re.compile(r"^include::([^\[\n]+)\[", re.MULTILINE)
_RST_LABEL = re.compile(
    r"^\.\. _(`[^`\n]+`|[^:\n]+):[ \t]*\n((?:[ \t]*\n|\.\. _[^\n]+:[ \t]*\n)*)(.*)\n?(.*)\n?(.*)",
    re.MULTILINE,
)
_LINE = re.compile(r"^([=\-~^\"'`#*+:.])\1{2,}\s*$")
_ADOC_TITLE = re.compile(r"^= +(\S.*)$", re.MULTILINE)
_MODULE = re.compile(r"^(.*?)modules/([^/]+)/")
_FAMILY = re.compile(r"^(?:(?:[\w.@-]+:)?([\w-]*):)?(?:(partial|example|page|attachment)\$)?(.+)$")
_MOST_PARTS = 100
_MOST_CHARS = 2_000_000
_LONGEST_VALUE = 2000


@dataclass(slots=True)
class Siblings:
    """What is at hand of a page's source; `used` says of each other file that it read, by path, whether it was there."""

    path: str = ""
    files: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    """Titles by path."""
    whole: dict[str, str] = field(default_factory=dict)
    """Titles of files that are included and are pages by themselves, by path."""
    labels: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Path and title by label."""
    attributes: dict[str, str] = field(default_factory=dict)
    """What `antora.yml` says that words in braces stand for."""
    links: dict[str, str] = field(default_factory=dict)
    """Addresses with `%s`, by the role that makes them (`extlinks` of Sphinx)."""
    prolog: str = ""
    epilog: str = ""

    def include(self, target: str, *, base: str = "") -> tuple[str, str] | None:
        """Path and text of a file that a page or a part of it includes."""
        found = next((path for path in included(base or self.path, target) if path in self.files), None)
        return None if found is None else (found, self.files[found])

    def page(self, target: str) -> tuple[str, str] | None:
        """Relative address and title of a page that a page names."""
        found = next((path for path in named(self.path, target) if path in self.pages), None)
        return None if found is None else (self.relative(found), self.pages[found])

    def relative(self, path: str) -> str:
        return posixpath.relpath(path, posixpath.dirname(self.path) or ".")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        labels = {name: (path, title) for name, (path, title) in data.pop("labels").items()}
        return cls(**data, labels=labels)


class Project:
    """The texts of a source that belong together.

    Args:
        texts: by path.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._pages = {
            path: title for path, text in texts.items() if (title := _title(path, text)) is not None
        }
        self._labels = {
            label: (path, title)
            for path, text in texts.items()
            if path.endswith(_RST)
            for label, title in _labels(text)
        }
        self._includers: dict[str, list[str]] = {}
        for base, text in texts.items():
            for target in _targets(base, text):
                path = self._first(included(base, target))
                if path is not None:
                    self._includers.setdefault(path, []).append(base)
        self._kinds = {path.endswith(SUFFIXES[3:]) for path in self._pages}

    def is_part(self, path: str) -> bool:
        """Whether a file is nothing by itself: settings, or what others include and has no title or is named as a part."""
        folders, _, name = path.rpartition("/")
        if name in SETTINGS:
            return (name == "antora.yml") in self._kinds
        marked = name.startswith("_") or ".include." in name or bool(_PARTS & set(folders.split("/")))
        return path in self._includers and (marked or not self._pages.get(path))

    def includers(self, path: str) -> list[str]:
        """The files that include a part."""
        return sorted(set(self._includers.get(path, ())))[:_MOST_PARTS]

    def siblings(self, path: str, text: str) -> tuple[Siblings, dict[str, bool]]:
        """What a page takes from the others, and of each file that it includes whether it is there."""
        found = Siblings(path)
        used: dict[str, bool] = {}
        self._collect(path, text, found, used)
        self._configure(found, used)
        whole = "\n".join([text, *found.files.values(), *found.attributes.values()])
        folded = whole.casefold()
        found.whole = {
            each: self._pages[each]
            for each in found.files
            if each.endswith(SUFFIXES) and self._pages.get(each) and not self.is_part(each)
        }
        found.labels = {label: at for label, at in self._labels.items() if label in folded}
        found.pages = {
            each: title
            for each, title in self._pages.items()
            if posixpath.basename(each).rsplit(".", 1)[0] in whole
            or each in {at[0] for at in found.labels.values()}
        }
        return found, used

    def _collect(self, base: str, text: str, found: Siblings, used: dict[str, bool]) -> None:
        for target in _targets(base, text):
            candidates = list(included(base, target))
            path = self._first(candidates)
            if path is None:
                used.update(dict.fromkeys(candidates[:1], False))
                continue
            size = sum(len(each) for each in found.files.values()) + len(self._texts[path])
            if path in found.files or len(found.files) >= _MOST_PARTS or size > _MOST_CHARS:
                continue
            found.files[path] = self._texts[path]
            used[path] = True
            self._collect(path, self._texts[path], found, used)

    def _configure(self, found: Siblings, used: dict[str, bool]) -> None:
        name = "antora.yml" if found.path.endswith(SUFFIXES[3:]) else "conf.py"
        path = self._first(posixpath.join(folder, name) for folder in _above(found.path))
        if path is None:
            return
        used[path] = True
        if name == "conf.py":
            found.prolog, found.epilog, found.links = _sphinx(self._texts[path])
        else:
            found.attributes = _antora(self._texts[path])

    def _first(self, paths: Iterable[str]) -> str | None:
        return next((path for path in paths if path in self._texts), None)


def included(base: str, target: str) -> Iterator[str]:
    """Where a file may lie that another includes, the likeliest place first."""
    target = target.strip()
    if base.endswith(SUFFIXES[3:]):
        yield from _antora_paths(
            base, target.replace("{partialsdir}/", "partial$").replace("{examplesdir}/", "example$")
        )
    if target.startswith("/"):
        # From the folder of the project, which may be any that the file lies in.
        yield from filter(None, (_joined(folder, target[1:]) for folder in _above(base)))
    elif path := _joined(posixpath.dirname(base), target):
        yield path


def named(base: str, target: str) -> Iterator[str]:
    """Where a page may lie that another names."""
    if base.endswith(SUFFIXES[3:]):
        yield from included(base, target)
        return
    for path in included(base, target):
        yield from (path, f"{path}.rst", f"{path}.md")


def _antora_paths(base: str, target: str) -> Iterator[str]:
    module, parts = _MODULE.match(base), _FAMILY.match(target)
    if not module or not parts or target.startswith(("./", "../", "/")):
        return
    family = parts[2] or ("page" if target.endswith(SUFFIXES) else "")
    if family and target.count(":") < 2:
        path = _joined(f"{module[1]}modules/{parts[1] or module[2]}/{family}s", parts[3])
        if path:
            yield path


def _joined(folder: str, target: str) -> str | None:
    path = posixpath.normpath(posixpath.join(folder, target))
    return None if path.startswith(("..", "/")) else path


def _above(path: str) -> Iterator[str]:
    """The folders that a file lies in, from the nearest up."""
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _targets(base: str, text: str) -> list[str]:
    return (_ADOC_INCLUDE if base.endswith(SUFFIXES[3:]) else _RST_INCLUDE).findall(text)


def _title(path: str, text: str) -> str | None:
    """What a page is called; None where a file is no page."""
    if path.endswith(SUFFIXES[3:]):
        found = _ADOC_TITLE.search(text)
        return found[1].strip() if found else ""
    if not path.endswith(_RST[:3]):
        return None
    lines = text.split("\n")
    return next((title for at in range(len(lines)) if (title := _heading(lines[at : at + 3]))), "")


def _heading(lines: list[str]) -> str:
    if len(lines) > 2 and _LINE.match(lines[0]) and lines[1].strip() and _LINE.match(lines[2]):
        return lines[1].strip()
    if len(lines) > 1 and lines[0].strip() and not _LINE.match(lines[0]) and _LINE.match(lines[1]):
        return lines[0].strip() if not lines[0].startswith((" ", "..", ":")) else ""
    return ""


def _labels(text: str) -> Iterator[tuple[str, str]]:
    for match in _RST_LABEL.finditer(text):
        title = _heading([match[3], match[4], match[5]])
        for name in (match[1], *re.findall(r"^\.\. _([^\n]+):[ \t]*$", match[2], re.MULTILINE)):
            yield " ".join(name.strip("`").casefold().split()), title


def _sphinx(text: str) -> tuple[str, str, dict[str, str]]:
    """Prolog, epilog and roles for links of a `conf.py`: what stands there in plain letters, for it is not run."""
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "", "", {}
    said: dict[str, Any] = {}
    for statement in statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                said[statement.targets[0].id] = ast.literal_eval(statement.value)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue
    links = said.get("extlinks")
    roles = {
        str(role): str(link[0])
        for role, link in (links.items() if isinstance(links, dict) else ())
        if isinstance(link, (tuple, list)) and link and "%s" in str(link[0])
    }
    return _text(said.get("rst_prolog")), _text(said.get("rst_epilog")), roles


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _antora(text: str) -> dict[str, str]:
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            return {}
        said = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    section = said.get("asciidoc") if isinstance(said, dict) else None
    values = section.get("attributes") if isinstance(section, dict) else None
    return {
        str(name).lower(): str(value).rstrip("@")[:_LONGEST_VALUE]
        for name, value in (values.items() if isinstance(values, dict) else ())
        if isinstance(value, (str, int, float)) and not isinstance(value, bool)
    }
