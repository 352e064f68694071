"""The space of candidates: their environments and their cache, never those of targets."""

import os
from pathlib import Path

import pytest
from filelock import FileLock

from harness.environments.space import cache_of_candidates, made_anew, remove_unused
from harness.environments.virtual_environments import STAMP

TARGET = "tf-2.15"


def environment(root: Path, name: str, size: int, made: int) -> Path:
    directory = root / name
    directory.mkdir(parents=True)
    (directory / "file").write_bytes(b"x" * size)
    (directory / STAMP).write_text("", encoding="utf-8")
    os.utime(directory / STAMP, (made, made))
    return directory


@pytest.fixture
def root(tmp_path: Path) -> Path:
    environment(tmp_path, TARGET, 1000, 1)
    environment(tmp_path, "keras-3.5.0", 100, 2)
    environment(tmp_path, "keras-3.4.0", 100, 3)
    return tmp_path


def left(root: Path) -> list[str]:
    return sorted(stamp.parent.name for stamp in root.glob(f"*/{STAMP}"))


def test_what_fits_stays(root: Path) -> None:
    remove_unused(root, [TARGET], 200)
    assert left(root) == ["keras-3.4.0", "keras-3.5.0", TARGET]


def test_the_oldest_goes_first_and_targets_stay(root: Path) -> None:
    remove_unused(root, [TARGET], 199)
    assert left(root) == ["keras-3.4.0", TARGET]
    remove_unused(root, [TARGET], 0)
    assert left(root) == [TARGET]


def test_an_environment_in_use_stays(root: Path) -> None:
    with FileLock(root / "keras-3.5.0.lock"):
        remove_unused(root, [TARGET], 150)
    assert left(root) == ["keras-3.5.0", TARGET]


def test_the_cache_counts_and_is_emptied(root: Path) -> None:
    cache = cache_of_candidates(root)
    cache.mkdir(parents=True)
    os.link(root / "keras-3.4.0" / "file", cache / "same")  # counts once
    remove_unused(root, [TARGET], 200)
    assert (cache / "same").exists()
    (cache / "more").write_bytes(b"x" * 50)
    remove_unused(root, [TARGET], 200)
    assert not (cache / "more").exists()
    assert left(root) == ["keras-3.4.0", "keras-3.5.0", TARGET]


def test_what_is_made_anew_is_removed_and_what_a_killed_process_has_left(tmp_path: Path) -> None:
    left_over = tmp_path / ".anew-0"
    (left_over / "tf-2.15").mkdir(parents=True)
    with made_anew(tmp_path) as first:
        assert not left_over.exists()
        (first / "file").write_text("", encoding="utf-8")
        with made_anew(tmp_path) as second:  # of another search at the same time
            assert first.is_dir()
            assert second != first
    assert list(tmp_path.iterdir()) == []
