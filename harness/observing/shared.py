"""What the baselines of many targets have in common, stored once.

The directory `shared`, beside those of the targets, has the rows of arrays, the facts of layers and
the sources of internals. A file there is named by the digest of its bytes and never changes: other
content has another name. The baseline of a target has the name in place of the content.

Sources are not `.py` files, since tools that format or import all Python files would change them.
"""

import functools
import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from harness.base.errors import BaselineError, UnwritableError
from harness.base.files import alone_in, write_whole
from harness.base.loading import Layout
from harness.observing.records import Array, Number

SHARED = "shared"
REMEDY = (
    "`git checkout` restores a committed baseline, and "
    "`state-harness run TARGET --force-regen` makes it again"
)
DIGITS = 16  # of a digest in a name
NAME = rf"(?:\w{{1,50}}-)?[0-9a-f]{{{DIGITS}}}"

ValuesFile = Annotated[str, msgspec.Meta(pattern=rf"\Avalues/{NAME}\.json\Z")]
LayerFile = Annotated[str, msgspec.Meta(pattern=rf"\Alayers/{NAME}\.json\Z")]
SourceFile = Annotated[str, msgspec.Meta(pattern=rf"\Asources/{NAME}\.txt\Z")]

_REFERENCE = re.compile(rf'"((?:values|layers|sources)/{NAME}\.(?:json|txt))"')

T = TypeVar("T")
Facts = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file of a baseline: its text, and the texts of the shared files that it names."""

    text: str
    shared: Mapping[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the file of a target, and first what is missing or damaged of the shared ones.

        Raises UnwritableError.
        """
        if not self.shared:
            write_whole(path, self.text.encode())
            return
        directory = shared_beside(path)
        with alone_in(directory):  # so that nobody removes a file before a baseline names it
            for name, text in self.shared.items():
                if not _is_sound(directory / name):
                    write_whole(directory / name, text.encode())
            write_whole(path, self.text.encode())


def file_of(folder: str, ending: str, text: str, *, hint: str = "") -> str:
    """The name of the shared file with a text; the letters and digits of `hint` lead it."""
    digest = _digest(text.encode())
    hint = re.sub(r"\W", "", hint)[:50]
    return f"{folder}/{hint}{'-' if hint else ''}{digest}.{ending}"


@functools.cache
def shared_beside(path: Path) -> Path:
    """The directory of the shared files that a file of a target may name."""
    return path.parent.parent / SHARED


# A name stands for one content only: a process reads and checks each file once.


@functools.cache
def array_in(shared: Path, name: str, dtype: str, shape: tuple[int, ...]) -> Array:
    """An array with shared values, which may not fill the shape.

    Raises BaselineError, which names the shared file.
    """
    return Array(dtype=dtype, shape=shape, values=_values(shared / name))


@functools.cache
def facts_in(shared: Path, name: str) -> Facts:
    """The facts of a layer, each in lines. Raises BaselineError."""
    return _FACTS.decode(_sound(shared / name), shared / name)


@functools.cache
def source_in(shared: Path, name: str) -> str:
    """The source of an internal. Raises BaselineError."""
    try:
        return _sound(shared / name).decode().removesuffix("\n")
    except UnicodeDecodeError as error:
        raise _refusal(shared / name, "it is not UTF-8") from error


def named_in(files: Iterable[Path]) -> set[str]:
    """The shared files that the files of a baseline name, also those that cannot be read else."""
    return {name for path in files for name in _REFERENCE.findall(_text(path))}


def unused_files(baselines: Path) -> list[Path]:
    """The shared files that no baseline in the directory names."""
    directory = baselines / SHARED
    there = [path for path in sorted(directory.glob("*/*")) if path.is_file()]
    named = named_in(baselines.glob("*/*.json")) if there else set()
    return [path for path in there if path.relative_to(directory).as_posix() not in named]


def remove_unused(baselines: Path) -> None:
    """Remove the shared files that no baseline names any more. Raises UnwritableError."""
    if not unused_files(baselines):
        return
    with alone_in(baselines / SHARED):
        for path in unused_files(baselines):  # again, as other processes may have written
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise UnwritableError(
                    f"{path}: no baseline uses it, and it cannot be removed: {error.strerror}; "
                    "make its directory writable"
                ) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, IsADirectoryError):  # another process may have removed it
        return ""


@functools.cache
def _values(path: Path) -> tuple[Number, ...]:
    return tuple(itertools.chain.from_iterable(_VALUES.decode(_sound(path), path)))


def _layout(kind: type[T]) -> Layout[T]:
    title = "a shared part of a baseline"
    return Layout(content=kind, title=title, error=BaselineError, way_out=REMEDY)


_VALUES = _layout(list[list[Number]])
_FACTS = _layout(dict[str, tuple[str, ...]])


def _sound(path: Path) -> bytes:
    """The bytes of a shared file; an error unless they have the digest of its name."""
    data = _VALUES.read(path)
    if not _fits(path, data):
        raise _refusal(path, "its content has another digest than its name: edited by hand?")
    return data


def _is_sound(path: Path) -> bool:
    try:
        return _fits(path, path.read_bytes())
    except OSError:
        return False


def _fits(path: Path, data: bytes) -> bool:
    return path.stem.endswith(_digest(data))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def _refusal(path: Path, reason: str) -> BaselineError:
    return BaselineError(f"{path}: cannot be read as {_VALUES.title}: {reason}; {REMEDY}")
