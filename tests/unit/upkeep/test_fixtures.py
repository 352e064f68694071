"""Each file of an older release is written by the release that its name begins with."""

from pathlib import Path

import pytest

from harness.base.errors import UncheckedError, UsageError
from harness.base.files import write_whole
from harness.environments.virtual_environments import Environment
from harness.upkeep import fixtures
from tests.support.places import TARGETS, project_at

WRITES = 'echo "$4" > "$3/$4"'
FAILS = "echo no such format >&2; exit 1"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of files, and an interpreter for each target, which is a shell script."""
    directory = tmp_path / "files"
    monkeypatch.setattr(fixtures, "FILES", directory)
    monkeypatch.setattr(fixtures, "WRITER", directory / "write.py")
    write_whole(directory / "write.py", b"")
    return directory


def interpreters(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    def made(target: object, _: object) -> Environment:
        name = target.name  # type: ignore[attr-defined]
        asked.append(name)
        python = tmp_path / name / "bin" / "python"
        write_whole(python, f"#!/bin/sh\n{script}\n".encode())
        python.chmod(0o755)
        return Environment(directory=tmp_path / name, lock_sha256="0" * 64)

    monkeypatch.setattr(fixtures, "ensure_environment", made)
    return asked


def test_each_file_is_written_by_its_release(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = interpreters(tmp_path, WRITES, monkeypatch)
    names = ["keras-3.15.weights.h5", "tf-2.1.h5", "tf-2.15.keras"]
    for name in names:
        write_whole(files / name, b"old")
    written = fixtures.write_fixtures(TARGETS, project_at(tmp_path))
    assert [path.name for path in written] == names
    assert [path.read_text(encoding="utf-8").strip() for path in written] == names
    assert asked == ["keras-3.15", "tf-2.1", "tf-2.15"]


def test_a_file_of_no_release_and_a_release_that_fails_are_told(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreters(tmp_path, FAILS, monkeypatch)
    write_whole(files / "tf-2.15.h5", b"old")
    with pytest.raises(UncheckedError, match=r"tf-2.15 cannot write tf-2.15.h5:\nno such format"):
        fixtures.write_fixtures(TARGETS, project_at(tmp_path))
    assert (files / "tf-2.15.h5").read_bytes() == b"old"
    write_whole(files / "some.h5", b"old")
    with pytest.raises(UsageError, match=r"some\.h5"):
        fixtures.write_fixtures(TARGETS, project_at(tmp_path))
