"""Printed text with numbers in it: which numbers are the same but for rounding. Pure."""

import math
import re
from decimal import Decimal
from itertools import zip_longest

from harness.base.words import instead

ADDRESS = re.compile(r"0x[\da-fA-F]+")  # one in decimals, as of `id`, counts as a number here
NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?|nan|inf)(?![\w.]\w)(?!\w)"
)
PLACE = "\0"  # of a number in a line without its numbers
# a text rounds a number to its last digit; with fewer digits that would hide a difference
DIGITS = 4
ROUNDING = 8 * 2.0**-23  # relative: 8 units in the last place of float32, as for arrays


def printed_difference(old: str, new: str, floor: float = 0.0) -> str | None:
    """The first difference of two printed texts, as text; None if only rounding differs.

    Numbers with a fraction may differ by rounding, relative to the largest number of their line,
    and by one in the last printed digit, if there are four digits at least; those of at most
    `floor` are all the same. Addresses, and the number of blanks, do not count.
    """
    if old == new:
        return None
    for before, after in zip_longest(old.splitlines(), new.splitlines()):
        if before is None:
            return f"prints {instead(after, 'nothing')}"
        if after is None:
            return f"prints {instead('nothing', before)}"
        if not _same_line(before, after, floor):
            return f"prints {instead(after, before)}"
    return None


def _same_line(old: str, new: str, floor: float) -> bool:
    if _words(old) != _words(new):
        return False
    numbers, others = NUMBER.findall(old), NUMBER.findall(new)
    if len(numbers) != len(others):  # a text may have what stands for a number
        return False
    pairs = list(zip(numbers, others, strict=True))
    finite = [abs(float(each)) for pair in pairs for each in pair if math.isfinite(float(each))]
    largest = max(finite, default=0.0)
    return all(_same_number(a, b, largest, floor) for a, b in pairs)


def _words(line: str) -> str:
    """A line without its numbers; a NumPy array has other blanks if its digits are others."""
    words = " ".join(NUMBER.sub(f" {PLACE} ", ADDRESS.sub("0x...", line)).split())
    return words.replace("[ ", "[").replace(" ]", "]")


def _same_number(old: str, new: str, largest: float, floor: float) -> bool:
    if _is_integer(old) and _is_integer(new):  # a float would not have all digits of a large one
        return Decimal(old) == Decimal(new)
    a, b = float(old), float(new)
    if a == b or (math.isnan(a) and math.isnan(b)):
        return True
    if not (math.isfinite(a) and math.isfinite(b)) or _is_integer(old) or _is_integer(new):
        return False
    if abs(a) <= floor and abs(b) <= floor:
        return True
    apart, unit = abs(a - b), max(_last_digit(old), _last_digit(new))
    as_printed = unit * 1.001 if min(_digits(old), _digits(new)) >= DIGITS else 0.0
    return apart <= max(as_printed, ROUNDING * largest)


def _is_integer(number: str) -> bool:
    return number.lstrip("+-").isdecimal()


def _last_digit(number: str) -> float:
    """The weight of the last digit of a number, such as 0.01 for 2.25."""
    mantissa, _, exponent = number.lower().partition("e")
    fraction = mantissa.partition(".")[2]
    return float(f"1e{int(exponent or 0) - len(fraction)}")  # `**` would raise for 0e999


def _digits(number: str) -> int:
    mantissa = number.lower().partition("e")[0]
    return len(mantissa.replace(".", "").lstrip("+-0"))
