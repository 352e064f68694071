"""Whatever is in a file, the loader gives its content or an error with the file and the place."""

import lzma
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.base import loading
from harness.base.errors import HarnessError
from harness.base.loading import DEEPEST, DIGITS, Layout, Name, Natural, Shape


class WrongFileError(HarnessError):
    """The error of the files of these tests."""


@dataclass(frozen=True, kw_only=True)
class Content:
    schema_version: int
    name: Name = "a"
    size: Natural = 0
    shape: Shape = ()
    number: float | int = 0.0
    anything: list[object] = field(default_factory=list)


def _check(content: Content) -> None:
    loading.refuse_deep(content.anything)
    if content.name == "wrong":
        raise ValueError("the name is wrong")


JSON = Layout(
    content=Content,
    title="a thing",
    error=WrongFileError,
    way_out="make it again",
    version=2,
    check=_check,
)
TOML = Layout(
    content=Content,
    title="a thing",
    error=WrongFileError,
    way_out="make it again",
    version=2,
    check=_check,
    toml=True,
)


def document(text: str) -> bytes:
    return b'{"schema_version": 2, ' + text.encode() + b"}"


def table(text: str) -> bytes:
    return b"schema_version = 2\n" + text.encode()


JSON_FAULTS = {
    "empty": (b"", "Input data was truncated"),
    "not JSON": (b'{\n"schema_version": 2,\n"name": a}', "invalid character (line 3)"),
    "cut off": (document('"name": "a"')[:-1], "truncated"),
    "another document": (b"[]", "Expected `object`, got `array`"),
    "no text": (b'{"schema_version": 2,\n"name": "\xff"}', "line 2 is not UTF-8"),
    "another encoding": ('{"schema_version": 2}'.encode("utf-16"), "line 1 is not UTF-8"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "begins with a byte order mark"),
    "a lone surrogate": (document('"name": "\\udc00"'), "surrogate pair (line 1)"),
    "no number of JSON": (document('"number": NaN'), "invalid character (line 1)"),
    "too large a number": (document('"number": 1e400'), "out of range - at `$.number`"),
    "10**400": (document(f'\n"number": 1{"0" * 400}'), "more than 308 digits, in line 2"),
    "5,000 digits": (document(f'"number": {"7" * 5000}'), "more than 308 digits, in line 1"),
    "as many in a field that is not read": (
        document(f'"else": [{"7" * 5000}]'),
        "more than 308 digits, in line 1",
    ),
    "deep": (document(f'"anything": {"[" * 60}{"]" * 60}'), "more than 50 levels"),
    "100,000 levels": (document(f'"else": {"[" * 100_000}'), "more than 50 levels"),
    "no version": (b"{}", "it has no schema_version; make it again"),
    "a version that is a text": (b'{"schema_version": "2"}', "'2', not a whole number"),
    "a version that is a fraction": (b'{"schema_version": 2.5}', "'2.5', not a whole number"),
    "a version that is true": (b'{"schema_version": true}', "'True', not a whole number"),
    "an older version": (
        b'{"schema_version": 1, "else": 1}',
        "its schema_version 1 is of an older harness, this one reads 2; make it again",
    ),
    "a newer version": (
        b'{"schema_version": 3, "name": 1}',
        "its schema_version 3 is of a newer harness, this one reads 2; upgrade the harness",
    ),
    "another type": (document('"name": 1'), "Expected `str`, got `int` - at `$.name`"),
    "an empty name": (document('"name": ""'), "length >= 1 - at `$.name`"),
    "a negative size": (document('"size": -1'), ">= 0 - at `$.size`"),
    "a negative length": (document('"shape": [2, -1]'), ">= 0 - at `$.shape[1]`"),
    "too many dimensions": (document(f'"shape": {[1] * 65}'), "length <= 64 - at `$.shape`"),
    "parts that do not fit": (document('"name": "wrong"'), "the name is wrong"),
}

TOML_FAULTS = {
    "not TOML": (table("name = a"), "not TOML: Invalid value (at line 2, column 8)"),
    "no text": (table('name = "a"\n#').replace(b"#", b"\xff"), "line 3 is not UTF-8"),
    "a byte order mark": (b"\xef\xbb\xbf", "begins with a byte order mark"),
    "a lone surrogate": (table('name = "\\udc00"'), "(at line 2, column"),
    "5,000 digits": (table(f"number = {'7' * 5000}"), "more than 308 digits"),
    "9,000 hexadecimal digits": (table(f"number = 0x{'f' * 9000}"), "more than 308 digits"),
    "deep": (table(f"anything = {'[' * 60}{']' * 60}"), "more than 50 levels"),
    "100,000 levels": (table(f"anything = {'[' * 100_000}"), "more than 50 levels"),
    "deep tables": (table(f"{'a.' * 60}b = 1"), "more than 50 levels"),
    "a key of 100,000 parts": (table(f"{'a.' * 100_000}b = 1"), "line 2 has more than 200 dots"),
    "large": (table("#" * (1 << 20)), "it has more than 1 MB"),
    "no version": (b"", "it has no schema_version; make it again"),
    "an older version": (b"schema_version = 1", "of an older harness, this one reads 2; make"),
    "a newer version": (b"schema_version = 3", "a newer harness, this one reads 2; upgrade"),
    "another type": (table("name = 1"), "Expected `str`, got `int` - at `$.name`"),
    "parts that do not fit": (table('name = "wrong"'), "the name is wrong"),
}

FAULTS = [
    pytest.param(layout, *fault, id=f"{kind}: {name}")
    for kind, layout, faults in (("json", JSON, JSON_FAULTS), ("toml", TOML, TOML_FAULTS))
    for name, fault in faults.items()
]


def refusal(layout: Layout[Content], path: Path) -> str:
    with pytest.raises(WrongFileError) as raised:
        layout.load(path)
    assert str(raised.value).startswith(f"{path}: cannot be read as a thing: ")
    return str(raised.value)


@pytest.mark.fault(
    "files",
    "a file is cut off, of another type, not UTF-8, or begins with a byte order mark",
    "the message names the file and the place",
)
@pytest.mark.fault(
    "files",
    "a number of 5,000 digits, 10**400, or 100,000 levels of nested lists or tables",
    "the message names the file and the fault",
)
@pytest.mark.fault(
    "files",
    "a file has no schema version, or that of an older or a newer harness",
    "the message says to make it again, or to upgrade the harness",
)
@pytest.mark.parametrize(("layout", "data", "message"), FAULTS)
def test_a_fault_is_named_with_its_place(
    layout: Layout[Content], data: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "thing"
    path.write_bytes(data)
    assert message in refusal(layout, path)


def test_what_is_at_the_limits_is_read(tmp_path: Path) -> None:
    path = tmp_path / "thing"
    nested = "[" * (DEEPEST - 2) + "]" * (DEEPEST - 2)
    path.write_bytes(document(f'"number": {"7" * DIGITS}, "anything": {nested}'))
    assert JSON.load(path).number == int("7" * DIGITS)
    path.write_bytes(document('"name": "größer\\u0000"'))
    assert JSON.load(path).name == "größer\0"
    path.write_bytes(document(f'"name": "{"7" * 5000}", "size": 7'))
    assert JSON.load(path).size == 7  # many digits in a text are no number
    path.write_bytes(table('size = 7\nname = "1.1"'))
    assert TOML.load(path) == Content(schema_version=2, size=7, name="1.1")


def test_a_version_has_to_be_written_where_its_type_has_a_default(tmp_path: Path) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Defaulted:
        schema_version: int = 2
        name: str = "a"

    path = tmp_path / "thing"
    layout = Layout(
        content=Defaulted, title="a thing", error=WrongFileError, way_out="again", version=2
    )
    path.write_bytes(document('"name": "b"'))
    assert layout.load(path) == Defaulted(name="b")
    path.write_bytes(b"{}")
    with pytest.raises(WrongFileError, match="it has no schema_version"):
        layout.load(path)


def test_a_number_that_is_read_can_always_be_a_float() -> None:
    assert float(10**DIGITS - 1) > 0
    assert float(-(10**DIGITS) + 1) < 0


@pytest.mark.fault("files", "a file is a directory or a pipe", "the message names it, and no wait")
def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    assert "it is not a file" in refusal(JSON, tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "it is not a file" in refusal(JSON, tmp_path / "pipe")
    assert "No such file" in refusal(JSON, tmp_path / "none")
    assert "null" in refusal(JSON, tmp_path / "\0")


def test_a_message_shows_no_control_character_and_is_short(tmp_path: Path) -> None:
    path = tmp_path / "thing"
    path.write_bytes(document(f'"name": "{"wrong" * 1000}\\u001b[2J"'))
    layout = Layout(content=Content, title="a thing", error=WrongFileError, way_out="", check=_echo)
    said = refusal(layout, path).removeprefix(str(path))
    assert said.isprintable()
    assert len(said) < 400


def _echo(content: Content) -> None:
    raise ValueError(content.name[-4:] + content.name)


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(loading, "LARGEST", 1 << 20)
    return 1 << 20


@pytest.mark.fault(
    "files",
    "a file is too large, or a small compressed file has a huge content",
    "the message names the file and the limit",
)
def test_a_large_file_is_refused_before_it_fills_the_memory(limit: int, tmp_path: Path) -> None:
    path = tmp_path / "thing.json"
    with path.open("wb") as stream:
        stream.truncate(limit + 1)
    assert "it has more than 1 MB" in refusal(JSON, path)
    packed = tmp_path / "thing.json.xz"
    packed.write_bytes(lzma.compress(b" " * (100 * limit)))
    assert packed.stat().st_size < limit
    assert "it has more than 1 MB" in refusal(JSON, packed)


@pytest.mark.fault(
    "files", "a compressed file is damaged or cut off", "the message names the file and the fault"
)
def test_a_compressed_file_is_read_completely_or_not_at_all(tmp_path: Path) -> None:
    packed = tmp_path / "thing.json.xz"
    whole = lzma.compress(document('"size": 7'))
    packed.write_bytes(whole)
    assert JSON.load(packed).size == 7
    packed.write_bytes(whole[:-10])
    assert "it ends too early" in refusal(JSON, packed)
    packed.write_bytes(b"garbage")
    assert "format not supported" in refusal(JSON, packed)
    packed.write_bytes(b"")
    assert "it ends too early" in refusal(JSON, packed)
