"""A file is written completely or not at all, by one process after the other."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.base.errors import UnwritableError
from harness.base.files import reserved, write_whole

ERRORS = {
    "a full disk": (errno.ENOSPC, "No space left on device; free some space"),
    "a full quota": (errno.EDQUOT, "Disk quota exceeded; free some space"),
    "a read-only disk": (errno.EROFS, "Read-only file system; make its directory writable"),
}
WAYS: dict[str, str] = {"in the write": "fsync", "in the renaming": "replace"}


def failing(number: int) -> Callable[..., Any]:
    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fails


@pytest.mark.fault(
    "disks and folders",
    "no file can be written any more: a full disk or quota, a read-only disk",
    "exit code 3 with the path and the way out; the old file is intact, no part of the new is left",
)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("number", "said"), ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("old", [b"old", None], ids=["a file", "no file"])
def test_a_file_that_cannot_be_written_stays_as_it_was(
    number: int,
    said: str,
    way: str,
    old: bytes | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)
    monkeypatch.setattr(os, "fsync", failing(number) if way == "fsync" else os.fsync)
    monkeypatch.setattr(Path, "replace", failing(number) if way == "replace" else Path.replace)
    with pytest.raises(UnwritableError) as raised:
        write_whole(path, b"new")
    assert str(raised.value) == f"{path}: cannot be written: {said}, or name another directory"
    assert [each.name for each in tmp_path.iterdir()] == (["file"] if old else [])
    assert old is None or path.read_bytes() == old


def test_what_an_ended_process_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"a longer text, cut of")
    write_whole(tmp_path / "file", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"new"}


def test_a_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", b"")
    (tmp_path / "other").touch()
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "other").stat().st_mode


WRITES = """
import pathlib, sys
from harness.base.files import write_whole
for _ in range(200):
    write_whole(pathlib.Path(sys.argv[1]), sys.argv[2].encode() * 10_000)
"""


@pytest.mark.fault(
    "disks and folders",
    "several processes write one file at the same time",
    "the file has all of the text of one of them, at every moment",
)
def test_processes_that_write_one_file_never_mix_and_never_fail(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"a" * 10_000)
    processes = [subprocess.Popen([sys.executable, "-c", WRITES, path, letter]) for letter in "abc"]
    while any(process.poll() is None for process in processes):
        text = path.read_bytes()
        assert text == text[:1] * 10_000
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.fault(
    "disks and folders",
    "`--environments` or `--results` names `/proc` or a device",
    "one line names it; nothing waits for another run",
)
@pytest.mark.parametrize("place", ["/dev/null", "/proc"], ids=["a device", "no disk"])
def test_a_place_in_which_nothing_can_be_written_is_not_waited_for(place: str) -> None:
    with (
        pytest.raises(UnwritableError, match=f"{place}: nothing can be .* with --results"),
        reserved(Path(place), "tf-2.15", "--results"),
    ):
        pass
