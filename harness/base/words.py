"""How numbers and lists are written, on the terminal, in reports and in JSON."""

import math
from collections.abc import Sequence


def listed(names: Sequence[str], most: int, unit: str = "") -> str:
    """At most so many names, and how many more there are: `a, b and 3 more`."""
    more = len(names) - most
    if more <= 0:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {more} more{f' {unit}' if unit else ''}"


def counted(count: int, noun: str) -> str:
    """A number and its noun: `1 target`, `2 targets`."""
    return f"{count} {noun}{plural(count)}"


def plural(count: int) -> str:
    """The ending of a noun that is counted."""
    return "" if count == 1 else "s"


def json_number(value: float | None) -> float | str | None:
    """A number as JSON can hold it: `nan`, `inf` and `-inf` are words."""
    return value if value is None or math.isfinite(value) else str(value)
