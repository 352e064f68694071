"""The jobs of a matrix in GitHub Actions: the targets, Python and runner of each."""

import datetime
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.base.errors import UsageError
from harness.environments.targets import Target

MOST_JOBS = 256  # GitHub's limit for one matrix
MOST_TARGETS = 4  # in one job: an environment takes up to 2 GB of a runner's disk

# setup-python has no CPython 3.7 for a newer image; GitHub retires this one on 2027-04-17
OLD_RUNNERS = {"3.7": "ubuntu-22.04"}
RUNNER = "ubuntu-24.04"


@dataclass(frozen=True, kw_only=True)
class Shard:
    """One job, and the targets of one Python that it checks one after the other.

    `job` is also part of the name of the job's artifact. `targets` are separated by spaces. `cache`
    is the cache key: the SHA-256 of the packages to install. For a target without a lock these are
    not known in advance, and GitHub never overwrites a cache, so its key also has the ISO week.
    """

    job: str
    targets: str
    python: str
    runner: str
    cache: str


def shards(
    targets: Sequence[Target],
    lock: Callable[[Target], str],
    today: datetime.date,
    most: int = MOST_JOBS,
) -> list[Shard]:
    """One job for each target, or as few targets per job as give at most `most` jobs.

    `lock` returns the text of a locked target's lock. Raises UsageError if more than `most` jobs of
    MOST_TARGETS targets are needed.
    """
    return [_shard(part, lock, today) for part in _fitting(targets, most)]


def jobs(targets: Sequence[Target], most: int = MOST_JOBS) -> dict[str, str]:
    """The name of the job of each target. Raises UsageError as `shards` does."""
    return {each.name: _job(part) for part in _fitting(targets, most) for each in part}


def _fitting(targets: Sequence[Target], most: int) -> Sequence[Sequence[Target]]:
    """The targets of each job, in the order of `targets`."""
    order = {target.name: position for position, target in enumerate(targets)}
    for size in range(1, MOST_TARGETS + 1):
        parts = sorted(_parts(targets, size), key=lambda part: order[part[0].name])
        if len(parts) <= most:
            return parts
    raise UsageError(
        f"{len(targets)} targets do not fit into one matrix of GitHub Actions: it has at most "
        f"{most} jobs, each with at most {MOST_TARGETS} targets of the same Python; name fewer "
        "targets, such as one family"
    )


def _parts(targets: Sequence[Target], size: int) -> Iterator[Sequence[Target]]:
    """The targets of each Python in parts of at most `size`, whose sizes differ by one at most."""
    for python in {target.python for target in targets}:
        alike = [target for target in targets if target.python == python]
        count = -(-len(alike) // size)
        for number in range(count):
            yield alike[number * len(alike) // count : (number + 1) * len(alike) // count]


def _job(part: Sequence[Target]) -> str:
    return part[0].name if len(part) == 1 else f"{part[0].name}+{len(part) - 1}"


def _shard(part: Sequence[Target], lock: Callable[[Target], str], today: datetime.date) -> Shard:
    first = part[0]
    week = f"{today:%G-W%V}"
    installed = [
        lock(target) if target.locked else "\n".join([week, *target.wanted]) for target in part
    ]
    return Shard(
        job=_job(part),
        targets=" ".join(target.name for target in part),
        python=first.python,
        runner=OLD_RUNNERS.get(first.python, RUNNER),
        cache=hashlib.sha256("\0".join(installed).encode("utf-8")).hexdigest(),
    )
