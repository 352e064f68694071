"""The releases in the package index, queried through uv.

An index that cannot be reached must never look like an empty index. Callers therefore call
`require_index` first; after that, uv's "no solution" is a valid answer.
"""

import bisect
import datetime
import sys
from collections.abc import Callable, Sequence
from subprocess import CompletedProcess

from packaging.version import Version

from harness.base.errors import UnusableEnvironmentError
from harness.environments.locks import PINNED
from harness.environments.targets import Target
from harness.environments.uv import call_uv

Minor = tuple[int, int]


def require_index(package: str, version: Version, python: str) -> None:
    """Check that the index can be reached, by a release that it must contain.

    Raises UnusableEnvironmentError.
    """
    # a refresh: an answer from uv's cache would not show that the index can be reached today
    options = (*_without_dependencies(python), "--refresh-package", package)
    if _has_no_solution(_compile([f"{package}=={version}"], *options)):
        raise UnusableEnvironmentError(
            f"the package index has no {package} {version}, which a target needs, so that newer "
            "releases cannot be searched: is it the right index, and does it grant access to uv?"
        )


def newest_by_minor(package: str, oldest: Version, python: str) -> dict[Minor, Version]:
    """The newest release of each minor version, oldest first, from `oldest` on.

    For CPython `python` or later; without pre-releases and withdrawn releases.
    """
    found: dict[Minor, Version] = {}
    limit = ""
    while True:
        done = _compile([f"{package}>={oldest}{limit}"], *_without_dependencies(python))
        if _has_no_solution(done):
            return dict(reversed(found.items()))
        version = max(Version(version) for _, version in PINNED.findall(done.stdout))
        found[version.major, version.minor] = version
        limit = f",<{version.major}.{version.minor}"


def resolution_error(target: Target, day: datetime.date) -> str:
    """uv's message if a target could not be resolved at the end of a day (UTC); "" if it could.

    The target's Python need not be installed.
    """
    done = _compile(
        target.wanted,
        *("--python-version", target.python),
        *("--python-platform", "x86_64-unknown-linux-gnu"),
        *("--exclude-newer", f"{day}T23:59:59Z"),
    )
    return done.stderr.strip() if _has_no_solution(done) else ""


def first_day(
    is_true: Callable[[datetime.date], bool], first: datetime.date, last: datetime.date
) -> datetime.date | None:
    """The first day from `first` to `last` on which `is_true`; None if it is false on `last`.

    A binary search: `is_true` must stay true once it is true.
    """
    if first > last or not is_true(last):
        return None
    days = range(first.toordinal(), last.toordinal())
    at = bisect.bisect_left(days, True, key=lambda day: is_true(datetime.date.fromordinal(day)))
    return first + datetime.timedelta(days=at)


def _without_dependencies(python: str) -> Sequence[str]:
    """uv's options to resolve a package without its dependencies, for `python` or later."""
    return ("--no-deps", "--universal", "--python-version", python, "--prerelease=disallow")


def _compile(requirements: Sequence[str], *options: str) -> CompletedProcess[str]:
    """Resolve requirements by uv. Raises UnusableEnvironmentError if the index did not answer."""
    arguments = ("pip", "compile", "--quiet", "--python", sys.executable, *options, "-")
    done = call_uv(*arguments, stdin="\n".join(requirements))
    if done.returncode != 0 and not _has_no_solution(done):
        raise UnusableEnvironmentError(
            f"the package index could not be queried for {' '.join(requirements)}, so that its "
            f"releases are unknown; try again later. Message of uv:\n{done.stderr.strip()}"
        )
    return done


def _has_no_solution(done: CompletedProcess[str]) -> bool:
    """Whether the index answered and nothing in it fits; uv has that exit code for more."""
    return done.returncode == 1 and "No solution found" in done.stderr
