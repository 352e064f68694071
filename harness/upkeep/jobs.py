"""The jobs of a matrix in GitHub Actions: which targets go together, and what each job needs."""

import datetime
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.base.errors import UsageError
from harness.environments.targets import Target

MOST_JOBS = 256  # GitHub takes no more in one matrix
MOST_TARGETS = 4  # in one job: an environment takes up to 2 GB of a runner's disk

# setup-python has CPython 3.7 for no newer image; GitHub retires this one on 2027-04-17
OLD_RUNNERS = {"3.7": "ubuntu-22.04"}
RUNNER = "ubuntu-24.04"


@dataclass(frozen=True, kw_only=True)
class Shard:
    """One job, and the targets of one Python that it checks one after the other.

    `job` also names what the job uploads. `targets` are separated by spaces. `cache` is another
    one as soon as anything else is installed; GitHub never writes to one again, so that for a
    target without a lock, of which nobody knows what that will be, it is another one every week.
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
    """A job for each target; where that would be more than `most`, no more to a job than needed.

    `lock` gives the text of a locked target's lock. Raises UsageError if the targets do not fit.
    """
    return [_shard(part, lock, today) for part in _fitting(targets, most)]


def jobs(targets: Sequence[Target], most: int = MOST_JOBS) -> dict[str, str]:
    """The job of each target, by its name. Raises UsageError if the targets do not fit."""
    return {each.name: _job(part) for part in _fitting(targets, most) for each in part}


def _fitting(targets: Sequence[Target], most: int) -> Sequence[Sequence[Target]]:
    order = {target.name: position for position, target in enumerate(targets)}
    for size in range(1, MOST_TARGETS + 1):
        parts = sorted(_parts(targets, size), key=lambda part: order[part[0].name])
        if len(parts) <= most:
            return parts
    raise UsageError(
        f"{len(targets)} targets do not fit into one matrix of GitHub Actions: it has at most "
        f"{most} jobs, and there is room for {MOST_TARGETS} targets of the same Python in each; "
        f"name fewer of them, such as a family"
    )


def _parts(targets: Sequence[Target], size: int) -> Iterator[Sequence[Target]]:
    """The targets of each Python in parts of at most `size`, as even as can be."""
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
