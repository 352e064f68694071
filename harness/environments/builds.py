"""The builds of a package that the package index has, queried through pip.

uv, which does all else, lists no versions.
"""

import functools
import json
import sys

from packaging.version import InvalidVersion, Version

from harness.base import processes
from harness.base.errors import HarnessError, UnusableEnvironmentError

LIMIT = 120.0  # seconds


@functools.cache
def builds(package: str, python: str) -> tuple[Version, ...]:
    """All builds that a CPython such as "3.12" can install, pre-releases too, oldest first.

    Raises UnusableEnvironmentError if there is none, or if the index does not answer, which pip
    does not tell apart.
    """
    command = [sys.executable, "-m", "pip", "index", "versions", package, "--pre", "--json"]
    command += ["--python-version", python, "--only-binary=:all:", "--disable-pip-version-check"]
    try:
        done = processes.run(command, timeout=LIMIT)
        found = _versions(done.stdout) if done.returncode == 0 else []
        why = done.stderr.strip()
    except HarnessError as error:
        found, why = [], str(error)
    if not found:
        raise UnusableEnvironmentError(
            f"the package index lists no build of {package} for CPython {python}, or does not "
            f"answer: is the name right, and does the network work? Message of pip:\n{why}"
        )
    return tuple(sorted(found))


def _versions(text: str) -> list[Version]:
    try:
        return [Version(each) for each in json.loads(text)["versions"]]
    except (ValueError, KeyError, TypeError, InvalidVersion):
        return []
