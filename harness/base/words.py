"""Numbers and lists as text, for the terminal, the reports and JSON."""

import math
from collections.abc import Sequence


def listed(names: Sequence[str], most: int, unit: str = "") -> str:
    """The first `most` names, and the number of the others: `a, b and 3 more`."""
    return and_more(", ".join(names[:most]), len(names) - most, unit)


def and_more(text: str, more: int, unit: str = "") -> str:
    """A text with the number of omitted items: `a, b and 3 more`."""
    if more <= 0:
        return text
    return f"{text} and {more} more{f' {unit}' if unit else ''}"


def counted(count: int, noun: str) -> str:
    """A number and its noun: `1 target`, `2 targets`."""
    return f"{count} {noun}{plural(count)}"


def plural(count: int) -> str:
    """The ending of a noun after a number: "s" except after 1."""
    return "" if count == 1 else "s"


def json_number(value: float | None) -> float | str | None:
    """A number for JSON; the numbers that JSON lacks are strings: `nan`, `inf`, `-inf`."""
    return value if value is None or math.isfinite(value) else str(value)
