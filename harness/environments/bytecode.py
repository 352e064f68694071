"""Takes over compiled Python files from another environment, where both have the very same source.

Python compiles a file when a process first imports that file. For TensorFlow that takes 6 seconds
of processor time in each new environment. uv installs files as hard links into its cache, so that
environments with a package in common share its files.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

COMPILED = "__pycache__"
PACKAGES = "lib/python*/site-packages"  # in an environment


def take_over_bytecode(environment: Path, others: Iterator[tuple[Path, str]], made_of: str) -> None:
    """Link compiled files into a new environment, from the one of `others` with most in common.

    `made_of` are the requirements of the environment, and each of `others` has its own. A file is
    taken over only if both environments have its source, as one file on the disk: Python itself
    compares no more than the time and the size of a source. The rest is compiled when imported,
    and so is everything that cannot be linked.
    """
    packages = next(environment.glob(PACKAGES), None)
    if packages is None:
        return
    lines = set(made_of.splitlines())
    common = {
        other / packages.relative_to(environment): len(lines & set(requirements.splitlines()))
        for other, requirements in others
    }
    nearest = max((each for each in common if each.is_dir()), key=common.__getitem__, default=None)
    if nearest is None:
        return
    with contextlib.suppress(OSError):  # another process may remove that environment meanwhile
        for compiled in nearest.rglob(COMPILED):
            _link(compiled, packages / compiled.relative_to(nearest))


def _link(compiled: Path, beside: Path) -> None:
    """Link the compiled files of a directory into `beside`, a directory that may not exist."""
    for path in compiled.iterdir():
        source = f"{path.name.partition('.')[0]}.py"
        with contextlib.suppress(FileNotFoundError, FileExistsError):
            if (beside.parent / source).samefile(compiled.parent / source):
                beside.mkdir(exist_ok=True)
                os.link(path, beside / path.name)
