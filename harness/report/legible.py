"""Makes the texts of a record safe to show: cuts long texts and removes control characters."""

import dataclasses
import enum
import operator
from collections.abc import Mapping
from typing import Any, TypeVar

from harness.base.words import counted, printable
from harness.judging.changes import Change
from harness.observing.internals import Described
from harness.observing.snapshots import Snapshot

LENGTH = 4000  # characters of a text in a report; the record has the whole text
SOURCE_LENGTH = 50_000  # characters of a source, and of the two sides of a change
T = TypeVar("T")


def legible(value: T, length: int = LENGTH) -> T:
    """A copy of `value` in which all texts are safe to show; `value` itself if they are already.

    Handles texts, tuples, mappings and dataclasses. Leaves a `Snapshot` as it is, since no renderer
    shows a text of a snapshot directly.
    """
    fit: T = _legible(value, length)
    return fit


def cut(text: str, length: int = LENGTH) -> str:
    """The first `length` characters of a text, with a note of the number that was cut."""
    if len(text) <= length:
        return text
    return f"{text[:length]}... ({counted(len(text) - length, 'more character')} in the record)"


def _legible(value: Any, length: int) -> Any:
    """As `legible`; most values need no change, so no copy is made of those."""
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
    return printable(cut(text, length))
