"""Makes whatever a record holds fit to be shown: no text of it steers a terminal, or has no end."""

import dataclasses
import enum
import operator
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from harness.judging.changes import Change
from harness.observing.internals import Described
from harness.observing.snapshots import Snapshot

LENGTH = 4000  # characters of a text that a report keeps; a record has all of it
SOURCE_LENGTH = 50_000  # of a source, and of what an internal was and is
SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\r(?=\n)")
# C0 but tab and newline, C1, what turns the direction of text, and what is no character
CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
T = TypeVar("T")


def legible(value: T, length: int = LENGTH) -> T:
    """The same with all of its texts fit to be shown.

    Goes through tuples, mappings and dataclasses, but not through what was observed, of which
    nothing is shown as it is.
    """
    fit: T = _legible(value, length)
    return fit


def cut(text: str, length: int = LENGTH) -> str:
    """Text that is not longer than a report can bear, and says what was cut."""
    if len(text) <= length:
        return text
    return f"{text[:length]}... ({len(text) - length} more characters in the record)"


def _legible(value: Any, length: int) -> Any:
    """The same object, if nothing in it had to be made fit, as is so of nearly all."""
    if isinstance(value, str):
        return value if isinstance(value, enum.Enum) else _text(value, length)
    if isinstance(value, tuple):
        parts = tuple([_legible(each, length) for each in value])
        return value if all(map(operator.is_, parts, value)) else parts
    if isinstance(value, Mapping):
        shown = {_legible(name, length): _legible(each, length) for name, each in value.items()}
        return value if shown == value else shown
    if not dataclasses.is_dataclass(value) or isinstance(value, Snapshot | type):
        return value
    most = SOURCE_LENGTH if isinstance(value, Change | Described) else length
    fit = {}
    for field in dataclasses.fields(value):
        before = getattr(value, field.name)
        after = _legible(before, most)
        if after is not before:
            fit[field.name] = after
    return dataclasses.replace(value, **fit) if fit else value


def _text(text: str, length: int) -> str:
    """Text without colours and titles of a terminal; any other control is written out."""
    if text.isprintable() and len(text) <= length:
        return text
    return CONTROLS.sub(_written, SEQUENCES.sub("", cut(text, length)))


def _written(control: re.Match[str]) -> str:
    number = ord(control[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
