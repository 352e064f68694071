"""Finds the CPython for a target: in pyenv, on PATH, or managed by uv."""

import os
import re
from pathlib import Path

from packaging.version import Version

from harness.base.errors import MissingInterpreterError, UnusableEnvironmentError
from harness.environments.uv import call_uv, failure_of

LIMIT = 120.0  # seconds for uv to search the interpreters of this machine
UV_HAS = Version("3.8")  # the oldest CPython that uv offers to install


def find_interpreter(version: str) -> Path:
    """The newest installed CPython of a minor version, such as "3.11".

    Never the interpreter of a virtual environment, which its owner may delete. Raises
    MissingInterpreterError, or UnusableEnvironmentError if uv gives no answer.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")) / "versions"  # noqa: PTH111
    released = re.compile(rf"{re.escape(version)}\.\d+")
    installed = [path for path in pyenv.glob(f"{version}.*") if released.fullmatch(path.name)]
    installed.sort(key=lambda path: Version(path.name))
    bins = [str(path / "bin") for path in reversed(installed)]
    # before PATH: pyenv's shims exist for every version, and fail for versions not selected
    path = os.pathsep.join([*bins, os.environ.get("PATH", "")])
    options = ("--system", "--no-project", "--no-python-downloads")
    variables = {"PATH": path, "UV_PYTHON_PREFERENCE": "system"}
    found = call_uv("python", "find", *options, version, variables=variables, limit=LIMIT)
    if found.returncode < 0 or not (found.stdout + found.stderr).strip():
        raise UnusableEnvironmentError(
            f"uv could not search CPython {version}: {failure_of(found)}; try again"
        )
    if found.returncode != 0:
        uv = "" if Version(version) < UV_HAS else f" or `uv python install {version}`"
        raise MissingInterpreterError(
            f"CPython {version} is not installed: it is not on PATH, not in {pyenv}, and not "
            f"managed by uv; `pyenv install {version}`{uv} installs it"
        )
    return Path(found.stdout.strip())
