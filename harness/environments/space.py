"""The disk space of candidates: their environments, and the cache from which these are made.

A search makes environments of many gigabytes that nobody needs after it, and uv keeps a copy of all
that it installs. So candidates have a cache of their own, which is emptied with them.
"""

import contextlib
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from harness.environments.candidates import CANDIDATES
from harness.environments.uv import call_uv
from harness.environments.virtual_environments import STAMP

GIGABYTE = 10**9
BUDGET = 10  # gigabytes of candidates, unless the user says otherwise
ANEW = ".anew-"  # of directories of environments that confirm an answer


def cache_of_candidates(root: Path) -> Path:
    """uv's cache for the environments of candidates below `root`."""
    return root / CANDIDATES / "cache"


def remove_unused(root: Path, targets: Collection[str], budget: int) -> None:
    """Remove what candidates have below `root`, unless that takes at most `budget` bytes.

    Those made longest ago go first, and then the cache; an environment in use stays.
    """
    cache = cache_of_candidates(root)
    made = {}
    for stamp in root.glob(f"*/{STAMP}"):
        with contextlib.suppress(FileNotFoundError):  # another process removes it
            made[stamp.parent] = stamp.stat().st_mtime
    candidates = sorted((each for each in made if each.name not in targets), key=made.__getitem__)
    if _size(map(_files, [cache, *candidates])) <= budget:
        return
    # the files of an environment are those of the cache: without it, they take their own space
    call_uv("cache", "clean", "--quiet", "--cache-dir", cache)
    left = {each: _files(each) for each in candidates}
    for oldest in candidates:
        if _size(left.values()) <= budget:
            return
        try:
            with FileLock(root / f"{oldest.name}.lock", timeout=0):
                shutil.rmtree(oldest, ignore_errors=True)
        except Timeout:  # it is in use
            continue
        del left[oldest]


@contextlib.contextmanager
def made_anew(root: Path) -> Iterator[Path]:
    """A new directory below `root` for environments that are removed at the end.

    What a killed process has left of such directories is removed too: the lock of each is free.
    """
    for left_over in root.glob(f"{ANEW}*/"):
        with contextlib.suppress(Timeout), _held(left_over):
            shutil.rmtree(left_over, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    directory = root / f"{ANEW}{uuid.uuid4().hex}"
    with _held(directory):
        directory.mkdir()
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def _held(directory: Path) -> Iterator[None]:
    """Hold the lock beside a directory, and remove its file. Raises Timeout if another does."""
    path = directory.with_name(f"{directory.name}.lock")
    with FileLock(path, timeout=0):
        yield
    path.unlink(missing_ok=True)


def _size(directories: Iterable[list[os.stat_result]]) -> int:
    """The bytes that would be free without some directories, given the files of each.

    A file that has several names counts once, and not at all if one of them is elsewhere.
    """
    names = Counter(
        (s.st_dev, s.st_ino, s.st_nlink, s.st_size) for each in directories for s in each
    )
    return sum(size for (_, _, links, size), found in names.items() if found >= links)


def _files(directory: Path) -> list[os.stat_result]:
    found = []
    for where, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # uv is at work
                found.append(os.lstat(f"{where}/{name}"))
    return found
