"""AsciiDoc to text with structure: downdoc makes Markdown of it, in a process of its own.

What downdoc leaves as it is (keys and menus, notes at the foot, spans of tables, parts of other files) is written
out before; see decision 0025 for the choice.
"""

import re
import resource
import shutil
import subprocess
import sysconfig
from collections.abc import Callable

from caseplane.retrieval.parsing.asciidoc_conditions import decided
from caseplane.retrieval.parsing.asciidoc_includes import assembled
from caseplane.retrieval.parsing.asciidoc_tables import BAR, plain_tables
from caseplane.retrieval.parsing.decode import decode
from caseplane.retrieval.parsing.documents import Metadata, ParsedDocument
from caseplane.retrieval.parsing.errors import CorruptDocumentError, ParseTimeoutError, UnsupportedFormatError
from caseplane.retrieval.parsing.frontmatter import split_front_matter
from caseplane.retrieval.parsing.markdown import read_markdown
from caseplane.retrieval.parsing.rst_roles import words_of_target
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.siblings import Siblings

_VERBATIM = re.compile(r"^(?:-{4,}|\.{4,}|`{3,}\S*|\+{4,})\s*$")
_COMMENT = re.compile(r"^/{4,}\s*$")
_COMMENT_LINE = re.compile(r"^//(?!/)")
_INCLUDE = re.compile(r"^include::(\S[^\[]*)\[.*\]\s*$")
_BLOCK_ID = re.compile(r"^\[(?:\[([^\],]+)[^\]]*\]|#([^\],.%]+)[^\]]*)\]\s*$")
_SECTION = re.compile(r"^={1,6}\s+\S")
_DESCRIPTION = re.compile(r"^:(?:page-)?description:\s+(.+)$", re.MULTILINE)
_KEY = re.compile(r"\b(?:kbd|btn):\[((?:\\\]|[^\]])*)\]")
_MENU = re.compile(r"\bmenu:([^\[\n]+)\[([^\]]*)\]")
_FOOTNOTE = re.compile(r"\s*footnote(?:ref)?:[\w-]*\[((?:\\\]|[^\]])*)\]")
_NOTHING = re.compile(
    r"\b(?:icon|anchor|indexterm|audio|video|toc|counter2?):{1,2}[^\s\[]*\[[^\]]*\]|\(\(\([^()]*\)\)\)"
)
_TERM = re.compile(r"\bindexterm2:\[([^\]]*)\]|(?<!\()\(\(([^()]+)\)\)(?!\))")
_PASS = re.compile(r"\bpass:[a-z,]*\[((?:\\\]|[^\]])*)\]|(?<!\+)\+{3}(?!\+)(.*?)\+{3}(?!\+)")
_LITERAL = re.compile(r"(?<![\w+`])\+(?=\S)([^+`\n]*[^\s+`])\+(?![\w+`])")
_LINK_ATTRIBUTES = re.compile(r"(?<=\S)\[([^\[\]\n]+?),\s*(?:window|role|opts|rel|title)=[^\[\]\n]*\]")
_XREF = re.compile(r"\bxref:([^\s\[]+)\[\s*\]")
_INSIDE = re.compile(r"<<([^,>\n]+)(?:,\s*([^>\n]+?)\s*)?>>")
_INLINE_ID = re.compile(r"\[\[[^\]\n]+\]\]|\[#[\w-]+\](?=[`*_#])")
_RAISED = re.compile(r"(?<=\w)([\^~])(\S+?)\1")
_ADMONITION = re.compile(r"<strong>\W{0,3}(NOTE|TIP|IMPORTANT|WARNING|CAUTION)</strong>")
_ADMONITION_LINE = re.compile(
    r"^(\W*)\*\*\W{0,3}(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\*\*\\\n\s*", re.MULTILINE
)
_CODE_SPAN = re.compile(r"(`+)(?:.*?)\1")
_FENCE = re.compile(r"^\s*(?:[-*>]\s+|\d+\.\s+)*(`{3,})")
_LINK_TO_NOWHERE = re.compile(r"\\?\{[a-zA-Z][\w-]*\}[^\s\[\]]*\[([^\]^]+?)\^?(?:,[^\]]*)?\]")
_REFERENCE = re.compile(r"\\?\{([a-zA-Z][\w-]*)\}")
_CHARACTERS = {
    "nbsp": "\u00a0", "zwsp": "", "wj": "", "empty": "", "blank": "", "sp": " ", "plus": "+", "asterisk": "*",
    "amp": "&amp;", "lt": "&lt;", "gt": "&gt;", "vbar": "|", "backtick": "`", "caret": "^", "tilde": "~",
    "startsb": "[", "endsb": "]", "two-colons": "::", "two-semicolons": ";;", "cpp": "C++", "cxx": "C++", "apos": "'",
    "quot": '"', "lsquo": "\u2018", "rsquo": "\u2019", "ldquo": "\u201c", "rdquo": "\u201d", "deg": "\u00b0",
    "backslash": "\\", "brvbar": "\u00a6", "pp": "++", "shy": "",
}  # fmt: skip


def parse_asciidoc(
    data: bytes, *, name: str, limits: IngestionSettings, siblings: Siblings | None = None
) -> ParsedDocument:
    """Read AsciiDoc; `metadata["missing"]` names files that it wanted to include.

    Raises:
        EmptyDocumentError: it says nothing.
        UnsupportedFormatError: this installation has no converter.
    """
    text, charset = decode(data)
    metadata, body = split_front_matter(text)
    if siblings is not None:
        body = assembled(body, siblings)
    metadata["charset"] = charset
    described = _DESCRIPTION.search(body[:8000])
    if described:
        metadata.setdefault("description", _written(described[1]).strip(" \\")[:1000])
    missing: list[str] = []
    prepared = prepare(body, missing)
    if missing:
        metadata["missing"] = missing[:100]
    markdown = polish(_converted(prepared, limits))
    return read_markdown(markdown, metadata=_plain(metadata), name=name, limits=limits)


def prepare(text: str, missing: list[str]) -> str:
    """Write out what the converter would leave as marks."""
    lines: list[str] = []
    verbatim = anchor = ""
    comment = False
    for line in decided(text.split("\n")):
        if comment or (not verbatim and _COMMENT.match(line)):
            comment = comment != bool(_COMMENT.match(line))
            continue
        if not verbatim and _COMMENT_LINE.match(line):
            continue
        included = _INCLUDE.match(line)
        if included:
            missing.append(included[1])
            continue
        if verbatim or _VERBATIM.match(line):
            verbatim = _after(verbatim, line)
            lines.append(line)
            continue
        named = _BLOCK_ID.match(line)
        if named:
            anchor = named[1] or named[2]
            continue
        if anchor and _SECTION.match(line):
            line = f"{line.rstrip()} {{#{anchor.strip()}}}"
        anchor = anchor if line.startswith("[") else ""
        lines.append(_written(line.rstrip()))
    return "\n".join(plain_tables(lines))


def polish(markdown: str) -> str:
    """Say what kind a note is in words, and leave no reference to an attribute that the page does not define."""
    markdown = markdown.replace(BAR, "\\|")
    markdown = _ADMONITION.sub(lambda m: m[1].capitalize(), markdown)
    markdown = _ADMONITION_LINE.sub(lambda m: f"{m[1]}**{m[2].capitalize()}:** ", markdown)
    fence = ""
    lines: list[str] = []
    for line in markdown.split("\n"):
        mark = _FENCE.match(line)
        if mark:
            fence = "" if fence else mark[1]
        lines.append(line if fence or mark else _outside_code(line, _resolved))
    return "\n".join(lines)


def _plain(metadata: Metadata) -> Metadata:
    return {key: value for key, value in metadata.items() if value not in (None, "")}


def _after(verbatim: str, line: str) -> str:
    """The mark of the verbatim block that is open after a line."""
    stripped = line.strip()
    if not verbatim:
        return re.match(r"^(.)\1*", stripped)[0] if stripped else ""  # type: ignore[index]
    return "" if stripped == verbatim else verbatim


def _outside_code(line: str, change: Callable[[str], str]) -> str:
    done: list[str] = []
    position = 0
    for span in _CODE_SPAN.finditer(line):
        done += [change(line[position : span.start()]), span[0]]
        position = span.end()
    return "".join([*done, change(line[position:])])


def _written(line: str) -> str:
    line = _KEY.sub(r"\1", line)
    line = _MENU.sub(lambda m: " > ".join(p for p in (m[1], *re.split(r"\s*>\s*", m[2])) if p), line)
    line = _FOOTNOTE.sub(lambda m: f" ({m[1]})" if m[1] else "", line)
    line = _NOTHING.sub("", line)
    line = _TERM.sub(lambda m: m[1] or m[2], line)
    line = _PASS.sub(lambda m: m[1] or m[2] or "", line)
    line = _LINK_ATTRIBUTES.sub(r"[\1]", line)
    line = _LITERAL.sub(r"`\1`", line)
    line = _XREF.sub(lambda m: f"xref:{m[1]}[{_target(m[1])}]", line)
    line = _INSIDE.sub(lambda m: m[2] or _target(m[1]), line)
    return _RAISED.sub(r"\2", _INLINE_ID.sub("", line))


def _target(target: str) -> str:
    page, _, place = target.partition("#")
    page = re.sub(r"\.adoc$", "", page)
    return words_of_target((page if page.endswith("index") is False and page else place or page).strip("_"))


def _resolved(text: str) -> str:
    return _REFERENCE.sub(_attribute, _LINK_TO_NOWHERE.sub(r"\1", text))


def _attribute(reference: re.Match[str]) -> str:
    """What stands for an attribute that only its project knows: the words of its name."""
    name = reference[1].lower()
    if name.startswith("page-"):
        return ""
    return _CHARACTERS.get(name, re.sub(r"[-_]+", " ", reference[1]))


def _converted(text: str, limits: IngestionSettings) -> str:
    program = shutil.which("downdoc", path=sysconfig.get_path("scripts")) or shutil.which("downdoc")
    if program is None:
        raise UnsupportedFormatError("AsciiDoc is read with `downdoc`, which this machine does not have.")
    seconds = max(1, int(limits.parse_timeout.total_seconds()))
    try:
        done = subprocess.run(  # noqa: S603 - the program is ours, and what it reads comes by pipe
            [program, "-o", "-", "-"],
            input=text.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
            # The service ends the process that waits here; this one must end by itself then.
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)),
        )
    except subprocess.TimeoutExpired as exc:
        raise ParseTimeoutError(
            f"Converting takes more than {seconds} seconds.", setting="parse_timeout"
        ) from exc
    if done.returncode:
        raise CorruptDocumentError("The AsciiDoc cannot be converted.")
    return done.stdout.decode("utf-8", "replace")
