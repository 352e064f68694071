"""uv, through which interpreters are found, locks resolved and environments made."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from packaging.version import Version

from harness import processes
from harness.errors import MissingInterpreterError, UnusableEnvironmentError

UV_HAS = Version("3.8")  # the oldest CPython that uv offers to install


def find_interpreter(version: str) -> Path:
    """A CPython of this minor version: on PATH, from pyenv, or one that uv manages.

    Raises MissingInterpreterError.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    released = re.compile(rf"{re.escape(version)}\.\d+")
    installed = [path for path in pyenv.glob(f"{version}.*") if released.fullmatch(path.name)]
    installed.sort(key=lambda path: Version(path.name))
    bins = [str(path / "bin") for path in reversed(installed)]
    # before PATH, where pyenv's shims answer for every version and fail for most
    path = os.pathsep.join([*bins, os.environ.get("PATH", "")])
    found = processes.run(
        [_program(), "python", "find", "--no-project", "--no-python-downloads", version],
        env={**_environment(), "PATH": path, "UV_PYTHON_PREFERENCE": "system"},
    )
    if found.returncode != 0:
        uv = "" if Version(version) < UV_HAS else f" or `uv python install {version}`"
        raise MissingInterpreterError(
            f"CPython {version} is not installed: it is not on PATH, not in {pyenv}, and uv "
            f"manages none; `pyenv install {version}`{uv} gets it"
        )
    return Path(found.stdout.strip())


def run_uv(*arguments: str | Path, about: str, stdin: str | None = None) -> str:
    """What uv prints. Raises UnusableEnvironmentError with what it said, `about` some target."""
    done = processes.run([_program(), "--quiet", *arguments], stdin=stdin, env=_environment())
    if done.returncode != 0:
        said = done.stderr.strip() or f"exit code {done.returncode} and no word"
        raise UnusableEnvironmentError(
            f"`uv {' '.join(map(str, arguments[:2]))}` failed for {about}:\n{said}"
        )
    return done.stdout


def _program() -> str:
    from uv import find_uv_bin

    return find_uv_bin()


def _environment() -> Mapping[str, str]:
    """uv's own settings stay as the user has them; an activated environment must not be its aim."""
    return {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
