"""Takes over compiled Python files from other environments, where both have the very same source.

Python compiles a file when a process first imports that file. For TensorFlow that takes 6 seconds
of processor time in each new environment. uv installs files as hard links into its cache, so that
environments with a package in common share its files, if they were made with the same cache.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

COMPILED = "__pycache__"
PACKAGES = "lib/python*/site-packages"  # in an environment


def take_over_bytecode(environment: Path, others: Sequence[Path]) -> None:
    """Link compiled files of `others` into an environment; each package from the fullest of them.

    A file is taken over only if both environments have its source, as one file on the disk: Python
    itself compares no more than the time and the size of a source. The rest is compiled when
    imported, and so is everything that cannot be linked.
    """
    packages = next(environment.glob(PACKAGES), None)
    if packages is None:
        return
    places = [each / packages.relative_to(environment) for each in others if each != environment]
    for place in places:  # modules that are in no package
        with contextlib.suppress(OSError):
            _link(place / COMPILED, packages / COMPILED)
    for package in _packages(packages):
        there = [place / package.relative_to(packages) for place in places]
        fullest = max(there, key=lambda each: _compiled(each, package), default=package)
        if _compiled(fullest, package) > _compiled(package, package):
            with contextlib.suppress(OSError):  # another process may remove it meanwhile
                for compiled in fullest.rglob(COMPILED):
                    _link(compiled, package / compiled.relative_to(fullest))


def _packages(directory: Path, depth: int = 2) -> Iterator[Path]:
    """The packages below a directory, also those in a namespace such as `google`."""
    for path in directory.iterdir() if depth else ():
        if (path / "__init__.py").is_file():
            yield path
        elif path.is_dir() and "." not in path.name:
            yield from _packages(path, depth - 1)


def _compiled(there: Path, package: Path) -> int:
    """How many modules of the same package an environment has compiled, in its upper directories.

    While the package is imported for the first time, these are fewer than after that.
    """
    with contextlib.suppress(OSError):
        if (there / "__init__.py").samefile(package / "__init__.py"):
            return sum(1 for levels in ("", "*/") for _ in there.glob(f"{levels}{COMPILED}/*"))
    return 0


def _link(compiled: Path, beside: Path) -> None:
    """Link the compiled files of a directory into `beside`, a directory that may not exist."""
    for path in compiled.iterdir():
        source = f"{path.name.partition('.')[0]}.py"
        with contextlib.suppress(FileNotFoundError, FileExistsError):
            if (beside.parent / source).samefile(compiled.parent / source):
                beside.mkdir(exist_ok=True)
                os.link(path, beside / path.name)
