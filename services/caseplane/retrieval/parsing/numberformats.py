"""Values of cells as their spreadsheet shows them: the number format applied.

The format codes of ECMA-376 part 1, 18.8.31, as far as documents use them. What depends on the reader's own
settings there (the short date) is written as in ISO 8601, which everyone reads alike.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

Number = int | float | Decimal
Value = bool | Number | str | datetime | date | time | timedelta | None

_TOKEN = re.compile(
    r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|General|AM/PM|A/P|y+|m+|d+|h+|s+|E[+-]|.', re.IGNORECASE | re.DOTALL
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[_*].|\[[^\]]*\]|[^;])*', re.DOTALL)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]")
_CURRENCY = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_LOCAL_DATE = re.compile(r"(?:\[\$-[^\]]*\])?(?:mm-dd-yy|m/d/yy(?:yy)?|.*\[\$-F[48]00\].*)", re.IGNORECASE)
_COMPARE = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<>": lambda a, b: a != b,
}
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_LONGEST = 255  # Excel allows no longer code


@dataclass(frozen=True)
class _Section:
    tokens: tuple[str, ...]
    condition: tuple[str, Decimal] | None
    is_date: bool
    signed: bool = True
    """Whether a negative number still needs its sign."""


def shown(value: Value, code: str | None) -> str:
    """A value as text, under a format code; one that cannot be laid out so is written plainly."""
    try:
        return _formatted(value, code)
    except (ArithmeticError, ValueError, IndexError):
        return str(value)


def _formatted(value: Value, code: str | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float() | Decimal():
            return _number(value, code or "General")
        case datetime() | date() | time():
            return _moment(value, code or "General")
        case timedelta():
            return _duration(value, code or "General")
        case _:
            return str(value)


def general(value: Number) -> str:
    """A number without a format: as many digits as it has, and no exponent that a reader must solve."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.12g}"
    return f"{value:.0f}" if "e+" in text and abs(float(value)) < 1e15 else text


def _number(value: Number, code: str) -> str:
    if value != value or abs(value) == float("inf"):
        return ""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    section = _chosen(exact, _sections(code[:_LONGEST]))
    if section is None or any(token.lower() == "general" for token in section.tokens):
        if section is None:
            return general(value)
        text = general(-value if value < 0 and not section.signed else value)
        return "".join(text if t.lower() == "general" else _literal(t) for t in section.tokens).strip()
    if section.is_date:  # a number that no calendar has
        return general(value)
    return " ".join(_laid_out(exact, section).split())


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[str] = []
    at = 0
    while at <= len(code) and len(parts) < 4:
        match = _SECTION.match(code, at)
        assert match is not None
        parts.append(match[0])
        at = match.end() + 1
    return tuple(_section(part, index, len(parts)) for index, part in enumerate(parts))


def _section(text: str, index: int, count: int) -> _Section:
    condition = _CONDITION.search(text)
    tokens = tuple(t for t in _TOKEN.findall(text) if not _CONDITION.fullmatch(t))
    is_date = any(_is_date_token(token) for token in tokens)
    signed = not (index == 1 and count > 1) and not (condition and condition[1].startswith("<"))
    return _Section(tokens, (condition[1], Decimal(condition[2])) if condition else None, is_date, signed)


def _is_date_token(token: str) -> bool:
    return bool(_ELAPSED.fullmatch(token)) or (token[0] in "ymdhsYMDHS" and token.isalpha())


def _chosen(value: Decimal, sections: Sequence[_Section]) -> _Section | None:
    numeric = [s for s in sections[:3] if "@" not in s.tokens]
    if any(s.condition for s in numeric):
        for section in numeric:
            if section.condition is None or _COMPARE[section.condition[0]](value, section.condition[1]):
                return section
        return None
    if not numeric:
        return None
    if value < 0 and len(numeric) > 1:
        return numeric[1]
    return numeric[2] if value == 0 and len(numeric) > 2 else numeric[0]


def _literal(token: str) -> str:
    if token.startswith('"'):
        return token[1:-1]
    if token.startswith("\\"):
        return token[1:]
    if token.startswith("["):
        currency = _CURRENCY.fullmatch(token)
        return currency[1] if currency else ""
    if len(token) == 2 and token[0] == "_":
        return " "
    if len(token) == 2 and token[0] == "*":
        return ""
    return token


def _laid_out(value: Decimal, section: _Section) -> str:
    tokens = list(section.tokens)
    percents = sum(t == "%" for t in tokens)
    value = value.scaleb(2 * percents)
    negative, value = value < 0, abs(value)
    places = [i for i, t in enumerate(tokens) if t in "0#?" and t]
    if not places:
        text = "".join(_literal(t) for t in tokens)
    elif any(t[0] in "eE" and len(t) == 2 for t in tokens):
        text, negative = _scientific(value, tokens, negative)
    elif "/" in tokens:
        text = _fraction(value, tokens, places)
    else:
        text, is_zero = _decimal(value, tokens, places)
        negative = negative and not is_zero
    return f"-{text.lstrip()}" if negative and section.signed and places else text


def _decimal(value: Decimal, tokens: list[str], places: list[int]) -> tuple[str, bool]:
    last = places[-1]
    # Commas behind the last digit divide by a thousand each; others group.
    point = next((i for i in range(len(tokens)) if tokens[i] == "." and _near(i, places)), None)
    scaling = _commas(tokens, last + 1)
    if point is not None and tokens[point - 1] == ",":
        scaling += 1
    value = value.scaleb(-3 * scaling)
    whole = [p for p in places if point is None or p < point]
    parts = [p for p in places if point is not None and p > point]
    grouped = any(tokens[i] == "," for i in range(whole[0], whole[-1])) if whole else False
    rounded = value.quantize(Decimal(1).scaleb(-len(parts)), rounding=ROUND_HALF_UP)
    digits, _, decimals = f"{rounded:f}".partition(".")
    out = dict(_whole_digits(digits.lstrip("0"), tokens, whole, grouped=grouped))
    kept = len(decimals)
    while kept and tokens[parts[kept - 1]] != "0" and decimals[kept - 1] == "0":
        kept -= 1
    out |= {p: (decimals[i] if i < kept else "") for i, p in enumerate(parts)}
    if point is not None and not whole:
        out[point] = f"{digits.lstrip('0')}."
    if point is not None and not kept:
        out.setdefault(point, "")
    commas = {i for i, t in enumerate(tokens) if t == "," and places[0] < i <= last + scaling}
    text = "".join(out.get(i, "" if i in commas else _literal(t)) for i, t in enumerate(tokens))
    return text, not rounded


def _commas(tokens: list[str], start: int) -> int:
    return next((i for i, t in enumerate(tokens[start:]) if t != ","), len(tokens) - start)


def _near(index: int, places: list[int]) -> bool:
    return any(abs(index - place) == 1 for place in places)


def _whole_digits(
    digits: str, tokens: list[str], places: list[int], *, grouped: bool
) -> list[tuple[int, str]]:
    """Digits by placeholder, filled from the right; the leftmost takes what is left over."""
    found: list[tuple[int, str]] = []
    position = 0
    for place in reversed(places):
        leftmost = place == places[0]
        taken = digits if leftmost else digits[-1:]
        digits = "" if leftmost else digits[:-1]
        if not taken:
            taken = {"0": "0", "?": " "}.get(tokens[place], "")
        text = ""
        for digit in reversed(taken):
            if grouped and position and position % 3 == 0 and digit != " ":
                text = f",{text}"
            text = digit + text
            position += 1
        found.append((place, text))
    return found


def _scientific(value: Decimal, tokens: list[str], negative: bool) -> tuple[str, bool]:
    at = next(i for i, t in enumerate(tokens) if t[0] in "eE" and len(t) == 2)
    point = tokens.index(".") if "." in tokens[:at] else None
    decimals = 0 if point is None else sum(t in "0#?" for t in tokens[point:at])
    mantissa, _, exponent = f"{value:.{decimals}E}".partition("E")
    width = sum(t == "0" for t in tokens[at:])
    sign = "-" if exponent.startswith("-") else ("+" if tokens[at].endswith("+") else "")
    return f"{mantissa}E{sign}{exponent.lstrip('+-').zfill(width)}", negative


def _fraction(value: Decimal, tokens: list[str], places: list[int]) -> str:
    slash = tokens.index("/")
    fixed = re.match(r"\d+", "".join(tokens[slash + 1 :]).strip())
    width = sum(t in "0#?" for t in tokens[slash + 1 :])
    exact = Fraction(value)
    if fixed and int(fixed[0]):
        bottom = int(fixed[0])
        top = round(exact * bottom)
    else:
        near = exact.limit_denominator(10 ** max(width, 1) - 1)
        top, bottom = near.numerator, near.denominator
    mixed = " " in tokens[places[0] : slash] or any(t in ('" "', "\\ ") for t in tokens[places[0] : slash])
    whole, top = divmod(top, bottom) if mixed else (0, top)
    if not top and mixed:
        return str(whole)
    return f"{whole} {top}/{bottom}" if whole else f"{top}/{bottom}"


def _moment(value: datetime | date | time, code: str) -> str:
    section = next((s for s in _sections(code[:_LONGEST]) if s.is_date), None)
    if section is None:
        return _iso(value)
    if _LOCAL_DATE.fullmatch(code.split(";")[0]):
        return _iso(value.date() if isinstance(value, datetime) else value)
    when = value if isinstance(value, datetime) else _whole(value)
    return _written(when, _since_midnight(when), section.tokens)


def _whole(value: date | time) -> datetime:
    if isinstance(value, time):
        return datetime.combine(date(1900, 1, 1), value.replace(tzinfo=None))
    return datetime.combine(value, time(0))


def _since_midnight(value: datetime) -> timedelta:
    return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)


def _iso(value: datetime | date | time) -> str:
    if isinstance(value, datetime):
        if value.time() == time(0):
            return value.date().isoformat()
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    return (
        value.isoformat("seconds" if value.second else "minutes") if isinstance(value, time) else str(value)
    )


def _duration(value: timedelta, code: str) -> str:
    section = next((s for s in _sections(code[:_LONGEST]) if s.is_date), None)
    if section is None:
        return str(value)
    when = datetime(1900, 1, 1) + value % timedelta(days=1)  # noqa: DTZ001 - a sheet has no zone
    return _written(when, value, section.tokens)


def _written(when: datetime, elapsed: timedelta, tokens: Sequence[str]) -> str:
    halves = any(t.upper() in ("AM/PM", "A/P") for t in tokens)
    out: list[str] = []
    previous = ""
    for index, token in enumerate(tokens):
        if not _is_date_token(token) and token.upper() not in ("AM/PM", "A/P"):
            out.append(_literal(token))
            continue
        following = next((t for t in tokens[index + 1 :] if _is_date_token(t)), "")
        minutes = token[0] in "mM" and len(token) < 3 and (
            previous[:1].lower() == "h" or following[:1].lower() == "s" or following[:2].lower() == "[s"
        )  # fmt: skip
        out.append(_part(token, when, elapsed, minutes=minutes, halves=halves))
        previous = token.strip("[]")
    return " ".join("".join(out).split()).removesuffix("@").strip()


def _part(token: str, when: datetime, elapsed: timedelta, *, minutes: bool, halves: bool) -> str:
    seconds = int(elapsed.total_seconds())
    hour = (when.hour + 11) % 12 + 1 if halves else when.hour
    long = len(token) > 1
    if token.startswith("["):
        unit = {"h": 3600, "m": 60, "s": 1}[token[1].lower()]
        return str(seconds // unit).zfill(len(token) - 2)
    match token.lower():
        case "am/pm":
            return "AM" if when.hour < 12 else "PM"
        case "a/p":
            return "A" if when.hour < 12 else "P"
        case "yyyy" | "yyy":
            return f"{when.year:04}"
        case "y" | "yy":
            return f"{when.year % 100:02}"
        case "mmmm":
            return _MONTHS[when.month - 1]
        case "mmm":
            return _MONTHS[when.month - 1][:3]
        case "mmmmm":
            return _MONTHS[when.month - 1][0]
        case "m" | "mm":
            number = when.minute if minutes else when.month
        case "dddd":
            return _DAYS[when.weekday()]
        case "ddd":
            return _DAYS[when.weekday()][:3]
        case "d" | "dd":
            number = when.day
        case "h" | "hh":
            number = hour
        case "s" | "ss":
            number = when.second
        case _:
            return ""
    return f"{number:02}" if long else str(number)
