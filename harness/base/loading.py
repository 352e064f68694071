"""The loader of all files: checks JSON and TOML before anything else reads a value of them.

A file is refused if it is too large or nested too deeply, has a number that no float can hold, is
not UTF-8, is of another schema version, or does not have the type of its layout. The message names
the file, the place and the way out.
"""

import codecs
import datetime
import lzma
import re
import stat
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from harness.base.errors import HarnessError
from harness.base.words import printable

LARGEST = 512 << 20  # bytes of a file, also of the content of a compressed one
LARGEST_TOML = 1 << 20  # Python's parser takes a second for each megabyte
DEEPEST = 50  # levels of lists and tables
DIGITS = 308  # of a whole number: a float can hold each of them
MOST_PARTS = 200  # dots in a line of TOML: its parser needs the square of the parts of a key
SAID = 300  # characters of a reason in a message

DIGIT_TO_ZERO = bytes.maketrans(b"123456789", b"0" * 9)
STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
LONG_NUMBER = re.compile(rb"\d{%d}" % (DIGITS + 1))
BYTE = re.compile(r"\(byte (\d+)\)")

T = TypeVar("T")
Name = Annotated[str, msgspec.Meta(min_length=1)]
FilePart = Annotated[str, msgspec.Meta(max_length=100, pattern=r"\A[^/\x00]*\Z")]
Natural = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Shape = Annotated[tuple[Natural, ...], msgspec.Meta(max_length=64)]  # NumPy's limit, 32 before 2.0


@dataclass(frozen=True, kw_only=True)
class Layout(Generic[T]):
    """The layout of a kind of file.

    `content` is its type. `title` names the kind in messages ("a record"), `error` is the class of
    all errors, `way_out` says how to get a sound file. `version` is the schema version, None if the
    file has none.
    `check` raises ValueError if the parts of the content do not fit together.
    """

    content: type[T]
    title: str
    error: type[HarnessError]
    way_out: str
    version: int | None = None
    check: Callable[[T], object] = lambda _: None
    toml: bool = False

    def load(self, path: Path) -> T:
        """The content of a file, which is compressed if its name ends with `.xz`."""
        return self.decode(self.read(path), path)

    def decode(self, data: bytes, path: Path | str) -> T:
        """The content of a file with these bytes; `path` is for messages only."""
        try:
            return self._decoded(data, path)
        except (RecursionError, MemoryError) as error:
            raise self._refusal(path, _TOO_DEEP) from error
        except (ValueError, OverflowError, msgspec.MsgspecError) as error:
            raise self._refusal(path, _said(error, data)) from error

    def read(self, path: Path) -> bytes:
        """The bytes of a file, unpacked; `decode` takes them."""
        try:
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):
                raise self._refusal(path, "it is not a file")
            if found.st_size > LARGEST:  # before it fills the memory
                raise self._refusal(path, _too_large(LARGEST))
            data = path.read_bytes()
            return unpacked(data, lzma.LZMADecompressor()) if path.suffix == ".xz" else data
        except OSError as error:
            raise self._refusal(path, error.strerror or str(error)) from error
        except (ValueError, EOFError, lzma.LZMAError, MemoryError) as error:
            raise self._refusal(path, str(error)) from error

    def _decoded(self, data: bytes, path: Path | str) -> T:
        _refuse_unreadable(data, LARGEST_TOML if self.toml else LARGEST)
        if self.toml:
            document = _parsed(data.decode())
            self._refuse_version(document.get("schema_version"), path)
            found = msgspec.convert(document, self.content, builtin_types=(datetime.date,))
        else:
            _refuse_long_numbers(data)
            try:
                found = msgspec.json.decode(data, type=self.content)
            except msgspec.ValidationError:
                if self.version is not None:  # another version is the reason of other faults
                    self._refuse_version(msgspec.json.decode(data, type=_Head).schema_version, path)
                raise
            given = b'"schema_version"' in data  # and not the default of its type
            self._refuse_version(getattr(found, "schema_version", None) if given else None, path)
        self.check(found)
        return found

    def _refuse_version(self, found: Any, path: Path | str) -> None:
        if self.version is None:
            return
        if found is None:
            raise ValueError("it has no schema_version")
        whole = isinstance(found, int) and not isinstance(found, bool)
        if not whole:
            raise ValueError(f"its schema_version is {str(found)[:20]!r}, not a whole number")
        if found != self.version:
            newer = found > self.version
            raise self._refusal(
                path,
                f"its schema_version {str(found)[:20]} is of {'a newer' if newer else 'an older'} "
                f"harness, this one reads {self.version}",
                "upgrade the harness" if newer else self.way_out,
            )

    def _refusal(self, path: Path | str, reason: str, way_out: str = "") -> HarnessError:
        way_out = way_out or self.way_out
        return self.error(f"{path}: cannot be read as {self.title}: {reason}; {way_out}")


def converted(value: object, kind: type[T], where: str, error: type[HarnessError]) -> T:
    """A part of a document as a type; `where` names the part in the message of an `error`."""
    try:
        return msgspec.convert(value, kind, builtin_types=(datetime.date,))
    except msgspec.ValidationError as fault:  # names the field: "... - at `$.python`"
        raise error(f"{where}: {printable(str(fault).replace('$.', ''))[:SAID]}") from fault


def unpacked(data: bytes, decompressor: Any) -> bytes:
    """Compressed data, unpacked by a decompressor of `lzma` or `zlib`.

    Raises ValueError if a part is missing, or for a small file with a huge content.
    """
    found: bytes = decompressor.decompress(data, LARGEST + 1)
    if len(found) > LARGEST:
        raise ValueError(_too_large(LARGEST))
    if not decompressor.eof:
        raise ValueError("it ends too early")
    return found


def refuse_deep(value: object) -> None:
    """Raise ValueError for nesting of more than DEEPEST levels, or a number of too many digits."""
    level = [value]
    for _ in range(DEEPEST):
        following: list[object] = []
        for each in level:
            if isinstance(each, dict):
                following += each.values()
            elif isinstance(each, list | tuple):
                following += each
            elif isinstance(each, int) and abs(each) >= 10**DIGITS:
                raise ValueError(_TOO_LONG)
        level = following
    if level:
        raise ValueError(_TOO_DEEP)


def refuse_odd_moments(*moments: datetime.datetime | None) -> None:
    """Raise ValueError for a moment without an offset, or outside of the years 1 to 9999 in UTC."""
    for moment in filter(None, moments):
        if moment.tzinfo is None:
            raise ValueError(f"the moment {moment} has no offset from UTC")
        try:
            moment.astimezone(datetime.UTC)
        except OverflowError as error:
            raise ValueError(f"the moment {moment} is outside of the calendar") from error


class _Head(msgspec.Struct):
    schema_version: Any = None


_TOO_DEEP = f"lists or tables are nested in more than {DEEPEST} levels"
_TOO_LONG = f"a number has more than {DIGITS} digits"


def _too_large(limit: int) -> str:
    return f"it has more than {limit >> 20} MB"


def _refuse_unreadable(data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise ValueError(_too_large(limit))
    if data.startswith(codecs.BOM_UTF8):
        raise ValueError("it begins with a byte order mark: save it as UTF-8 without one")
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"line {_line(data, error.start)} is not UTF-8") from error


def _refuse_long_numbers(data: bytes) -> None:
    """Python cannot write a number of 5,000 digits, and no float can hold one of 400."""
    if b"0" * (DIGITS + 1) in data.translate(DIGIT_TO_ZERO):  # or a text that has so many digits
        found = LONG_NUMBER.search(STRINGS.sub(lambda text: b" " * len(text[0]), data))
        if found:
            raise ValueError(f"{_TOO_LONG}, in line {_line(data, found.start())}")


def _parsed(text: str) -> dict[str, object]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") > MOST_PARTS:
            raise ValueError(f"line {number} has more than {MOST_PARTS} dots: divide it")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not TOML: {error}") from error
    except ValueError as error:  # of Python's own limit for numbers
        raise ValueError(_TOO_LONG) from error
    refuse_deep(document)
    return document


def _said(error: Exception, data: bytes) -> str:
    """The message of an error, with a line in place of a byte."""
    text = BYTE.sub(lambda found: f"(line {_line(data, int(found[1]))})", str(error))
    return printable(text)[:SAID]


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
