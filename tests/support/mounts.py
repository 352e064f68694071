"""Disks that are full or read-only, for one command each: a mount that ends with it."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

BLOCK = 4  # KiB, the least that a file takes
DISK = 1024  # KiB
FULL = f"""
copy=$(mktemp -d) && cp -a "$1/." "$copy" && mount -t tmpfs -o size={DISK}k tmpfs "$1" &&
cp -a "$copy/." "$1" && rm -r "$copy" || exit 99
dd if=/dev/zero of="$1/filler" bs={BLOCK}k 2> /dev/null
truncate --size=-$2K "$1/filler"
place=$1 kept=$3; shift 3; "$@"; code=$?
cp -a "$place" "$kept"; rm "$kept/filler"
exit $code
"""
READ_ONLY = """
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99
shift; "$@"
"""


def full(place: Path, free: int, kept: Path) -> tuple[str, ...]:
    """What to put before a command so that `place` is on a disk with `free` KiB left.

    What the disk has at the end is copied to `kept`; `place` itself is as before.
    """
    place.mkdir(parents=True, exist_ok=True)
    return (*_namespace(), "sh", "-c", FULL, "sh", str(place), str(free), str(kept))


def read_only(place: Path) -> tuple[str, ...]:
    """What to put before a command so that nothing can be written in `place`."""
    return (*_namespace(), "sh", "-c", READ_ONLY, "sh", str(place))


@cache
def _namespace() -> tuple[str, ...]:
    """A command for mounts of its own; skips the test where this user may have none."""
    own = () if os.geteuid() == 0 else ("--map-root-user",)
    command = ("unshare", "--mount", *own)
    tried = shutil.which("unshare") and subprocess.run(
        [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    if not tried or tried.returncode != 0:
        pytest.skip("this user may not mount a disk")
    return command
