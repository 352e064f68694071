"""Removes environments of candidates, where all of them together take more space than they may."""

import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from harness.environments.virtual_environments import STAMP


def remove_unused(root: Path, targets: Collection[str], budget: int) -> None:
    """Remove environments below `root` that are of no target until `budget` bytes suffice.

    Those made longest ago go first; an environment in use stays. Files that uv's cache shares with
    an environment count in full, since the cache may lie on another disk.
    """
    made = {stamp.parent: stamp.stat().st_mtime for stamp in root.glob(f"*/{STAMP}")}
    candidates = sorted((each for each in made if each.name not in targets), key=made.__getitem__)
    sizes = {each: sum(_sizes(each)) for each in candidates}
    total = sum(sizes.values())
    for each in candidates:
        if total <= budget:
            return
        try:
            with FileLock(root / f"{each.name}.lock", timeout=0):
                shutil.rmtree(each, ignore_errors=True)
        except Timeout:  # it is in use
            continue
        total -= sizes[each]


def _sizes(directory: Path) -> Iterator[int]:
    for where, _, names in os.walk(directory):
        for name in names:
            yield os.lstat(f"{where}/{name}").st_size
