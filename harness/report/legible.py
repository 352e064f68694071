"""Makes the texts of a record safe to show: cuts long texts and removes control characters."""

import dataclasses
import enum
import functools
import operator
from collections.abc import Callable, Mapping, Sequence
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
    fit: T = _Legible().of(value, length)
    return fit


def cut(text: str, length: int = LENGTH) -> str:
    """The first `length` characters of a text, with a note of the number that was cut."""
    if len(text) <= length:
        return text
    return f"{text[:length]}... ({counted(len(text) - length, 'more character')} in the record)"


class _Legible:
    """As `legible`, of one value; what is in it at several places stays one object."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], Any] = {}  # by identity and length

    def of(self, value: Any, length: int) -> Any:
        """Most values need no change, so no copy is made of those."""
        kind: Any = type(value)
        if kind is str:
            text = _text(value, length)
            return value if text == value else text
        if kind is tuple:
            parts = tuple([self.of(each, length) for each in value])
            return value if all(map(operator.is_, parts, value)) else parts
        if fields := _fields(kind):
            key = id(value), length
            if key not in self._seen:
                self._seen[key] = self._with_fields(value, fields, length)
            return self._seen[key]
        if isinstance(value, Mapping):
            shown = {self.of(name, length): self.of(each, length) for name, each in value.items()}
            return value if shown == value else shown
        return value

    def _with_fields(self, value: Any, fields: Sequence[str], length: int) -> Any:
        kind: Any = type(value)
        most = SOURCE_LENGTH if kind is Change or kind is Described else length
        fit = {}
        for name, before in zip(fields, _reader(kind)(value), strict=True):
            its: Any = type(before)
            if before and not _textless(its):
                after = self.of(before, most) if its is not str else _text(before, most)
                if after is not before and after != before:
                    fit[name] = after
        return dataclasses.replace(value, **fit) if fit else value


@functools.cache
def _fields(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass with texts to show; none for values of another type."""
    if not dataclasses.is_dataclass(kind) or issubclass(kind, Snapshot):
        return ()
    return tuple(field.name for field in dataclasses.fields(kind))


@functools.cache
def _reader(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    """Reads all fields of a value at once, since a report has many."""
    fields = _fields(kind)
    read = operator.attrgetter(*fields)
    return read if len(fields) > 1 else lambda value: (read(value),)


@functools.cache
def _textless(kind: type) -> bool:
    return issubclass(kind, (int, float, enum.Enum))


@functools.cache  # most texts come with many targets
def _text(text: str, length: int) -> str:
    return printable(cut(text, length))
