"""What the package index has, asked through uv.

An index that cannot be asked must never read as one that has nothing: `assure` comes first, and
from then on "no solution" is an answer.
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

NO_SOLUTION = 1  # uv's exit code where it could ask and nothing fits; any other one is a failure
Minor = tuple[int, int]


def assure(package: str, version: Version, python: str) -> None:
    """See to it that the index is there and up to date: it must have a release that it had before.

    Raises UnusableEnvironmentError.
    """
    # a refresh: what uv remembers of the index, or has while it is offline, says nothing of today
    options = (*_alone(python), "--refresh-package", package)
    if _compile([f"{package}=={version}"], *options).returncode == NO_SOLUTION:
        raise UnusableEnvironmentError(
            f"the package index has no {package} {version}, which a target is made of, so that it "
            "cannot say what is newer: is it the right index, and does it let uv in?"
        )


def newest_by_minor(package: str, oldest: Version, python: str) -> dict[Minor, Version]:
    """The newest release of each minor, from `oldest` on, for CPython `python` or a later one; no
    pre-release, and none that was withdrawn.
    """
    found: dict[Minor, Version] = {}
    limit = ""
    while True:
        done = _compile([f"{package}>={oldest}{limit}"], *_alone(python))
        if done.returncode == NO_SOLUTION:
            return dict(reversed(found.items()))
        version = max(Version(version) for _, version in PINNED.findall(done.stdout))
        found[version.major, version.minor] = version
        limit = f",<{version.major}.{version.minor}"


def refusal(target: Target, day: datetime.date) -> str:
    """Why a target could not be resolved at the end of a day, in uv's words; "" if it could be.

    Whether its Python is installed does not matter.
    """
    done = _compile(
        target.wanted,
        *("--python-version", target.python),
        *("--python-platform", "x86_64-unknown-linux-gnu"),
        *("--exclude-newer", f"{day}T23:59:59Z"),
    )
    return done.stderr.strip() if done.returncode == NO_SOLUTION else ""


def first_day(
    holds: Callable[[datetime.date], bool], first: datetime.date, last: datetime.date
) -> datetime.date | None:
    """The first of the days on which something holds that goes on to hold; None if it does not even
    on the last one.
    """
    if first > last or not holds(last):
        return None
    days = range(first.toordinal(), last.toordinal())
    at = bisect.bisect_left(days, True, key=lambda day: holds(datetime.date.fromordinal(day)))
    return first + datetime.timedelta(days=at)


def _alone(python: str) -> Sequence[str]:
    """uv's options for a package without its dependencies, for every Python from this one on."""
    return ("--no-deps", "--universal", "--python-version", python, "--prerelease=disallow")


def _compile(requirements: Sequence[str], *options: str) -> CompletedProcess[str]:
    """What uv says to requirements. Raises UnusableEnvironmentError if it could not ask."""
    arguments = ("pip", "compile", "--quiet", "--python", sys.executable, *options, "-")
    done = call_uv(*arguments, stdin="\n".join(requirements))
    if done.returncode not in (0, NO_SOLUTION):
        raise UnusableEnvironmentError(
            f"the package index could not be asked for {' '.join(requirements)}, so that nothing "
            f"is known of what it has; once it answers, try again. uv said:\n{done.stderr.strip()}"
        )
    return done
