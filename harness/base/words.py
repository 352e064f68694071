"""Numbers and lists as text, for the terminal, the reports and JSON."""

import math
import re
from collections.abc import Sequence

SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\r(?=\n)")
# C0 except tab and newline, C1, marks of text direction, surrogates and noncharacters
CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def listed(names: Sequence[str], most: int, unit: str = "") -> str:
    """The first `most` names, and the number of the others, of the noun `unit`: `a and 3 more`."""
    return and_more(", ".join(names[:most]), len(names) - most, unit)


def and_more(text: str, more: int, unit: str = "") -> str:
    """A text with the number of omitted items: `a, b and 3 more`, `a and 1 more step`."""
    if more <= 0:
        return text
    return f"{text} and {counted(more, f'more {unit}') if unit else f'{more:,} more'}"


def counted(count: int, noun: str) -> str:
    """A number and its noun: `1 target`, `2,000 targets`."""
    return f"{count:,} {noun}{plural(count)}"


def agreeing(count: int, verb: str) -> str:
    """A verb after its number: `1 of 2 values` differs, `2 of 2 values` differ."""
    if count != 1:
        return verb
    return f"{verb}es" if verb.endswith("o") else f"{verb}s"


def plural(count: int) -> str:
    """The ending of a noun after a number: "s" except after 1."""
    return "" if count == 1 else "s"


def instead(new: str, old: str, most: int = 160) -> str:
    """Two texts in one line, cut to at most `most` characters each around their first difference.

    `instead("b", "a")` is `b instead of a`.
    """
    sides = [" ".join(text.split()) for text in (new, old)]
    if sides[0] == sides[1]:  # they may differ by blanks and lines alone
        sides = [text.replace("\n", "\\n") for text in (new, old)]
    shorter, longer = sorted(map(len, sides))
    same = next((at for at, (a, b) in enumerate(zip(*sides, strict=False)) if a != b), shorter)
    start = same - most // 4 if longer > most and same > most // 2 else 0
    return " instead of ".join(_excerpt(side, start, most) for side in sides)


def _excerpt(text: str, start: int, most: int) -> str:
    head, tail = "..." if start else "", "..." if len(text) > start + most else ""
    return f"{head}{text[start : start + most]}{tail}"


def json_number(value: float | None) -> float | str | None:
    """A number for JSON; the numbers that JSON lacks are strings: `nan`, `inf`, `-inf`."""
    return value if value is None or math.isfinite(value) else str(value)


def printable(text: str) -> str:
    """Text without escape sequences of a terminal, and with other control characters in hex."""
    if text.isprintable():
        return text
    return CONTROLS.sub(_escape, SEQUENCES.sub("", text))


def _escape(control: re.Match[str]) -> str:
    number = ord(control[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
