"""How numbers and lists are written, on the terminal, in reports and in JSON."""

import math
from collections.abc import Sequence


def listed(names: Sequence[str], most: int, unit: str = "") -> str:
    """The first `most` names, and the number of the others: `a, b and 3 more`."""
    return and_more(", ".join(names[:most]), len(names) - most, unit)


def and_more(text: str, more: int, unit: str = "") -> str:
    """A text with the number of things that it leaves out: `a, b and 3 more`."""
    if more <= 0:
        return text
    return f"{text} and {more} more{f' {unit}' if unit else ''}"


def counted(count: int, noun: str) -> str:
    """A number and its noun: `1 target`, `2 targets`."""
    return f"{count} {noun}{plural(count)}"


def plural(count: int) -> str:
    """The ending of a noun that is counted."""
    return "" if count == 1 else "s"


def json_number(value: float | None) -> float | str | None:
    """A number as JSON can hold it: `nan`, `inf` and `-inf` are words."""
    return value if value is None or math.isfinite(value) else str(value)
