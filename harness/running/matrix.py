"""Many targets: as many at once as there are cores, going on after failures, resumable."""

import functools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.base.errors import UncheckedError
from harness.base.files import write_whole
from harness.base.loading import Layout
from harness.base.project import Project
from harness.environments.targets import Target
from harness.judging.criteria import Criteria
from harness.observing.shared import SHARED, named_in
from harness.running.binding import binding
from harness.running.check import Checking, check, require_writable, unchecked, writable
from harness.running.parcels import Cluster, Parcel, done_elsewhere, packed, read, sent_scenarios
from harness.running.results import LAYOUT as VERDICTS
from harness.running.results import Checked, files_of
from harness.running.workers import in_workers


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One target is done, now or (`earlier`) in the interrupted matrix that this one continues."""

    checked: Checked
    done: int
    total: int
    seconds_left: float
    earlier: bool = False


@dataclass(frozen=True, kw_only=True)
class Done:
    """A target that is done, with the digest of everything that its verdicts depend on."""

    checked: Checked
    binding: str


@dataclass(frozen=True, kw_only=True)
class Journal:
    """The targets of an unfinished matrix, and those of them that are done."""

    targets: tuple[str, ...]
    done: tuple[Done, ...] = ()


LAYOUT = Layout(
    content=Journal,
    title="an unfinished matrix",
    error=UncheckedError,
    way_out="run the matrix again",
)


def run_matrix(
    targets: Sequence[Target],
    project: Project,
    criteria: Criteria,
    how: Checking,
    *,
    restart: bool = False,
    cluster: Cluster | None = None,
) -> Iterator[Progress]:
    """Check `targets`, as many at once as `how` has jobs, and yield each when it is done.

    With a `cluster`, its workers check them.

    Each target that is done is kept in `results/matrix.json` until all are. The same matrix
    continues one that was interrupted, unless `restart` is set: it takes over a target only if
    nothing has changed that the verdicts depend on, the record included.
    """
    path = project.results / "matrix.json"
    journal = Journal(targets=tuple(target.name for target in targets))
    if not restart:
        journal = _interrupted(path, journal, targets, project, how)
    for each in journal.done:
        yield Progress(
            checked=each.checked,
            done=len(journal.done),
            total=len(targets),
            seconds_left=0,
            earlier=True,
        )
    finished = {each.checked.target for each in journal.done}
    waiting = {target.name: target for target in targets if target.name not in finished}
    began = time.monotonic()
    write_whole(path, msgspec.json.encode(journal))
    alone = replace(how, jobs=1, quiet=True)  # the other cores have other targets
    todo = list(waiting.values())
    checking = (
        _in_cluster(todo, project, criteria, alone, cluster)
        if cluster
        else _in_workers(todo, project, criteria, alone, how.jobs)
    )
    for number, checked in enumerate(checking, 1):
        bound = binding(waiting[checked.target], project, how)
        done = Done(checked=checked, binding=bound)
        journal = replace(journal, done=(*journal.done, done))
        write_whole(path, msgspec.json.encode(journal))
        seconds = (time.monotonic() - began) / number
        yield Progress(
            checked=checked,
            done=len(journal.done),
            total=len(targets),
            seconds_left=seconds * (len(waiting) - number),
        )
    path.unlink(missing_ok=True)


def _in_workers(
    targets: Sequence[Target], project: Project, criteria: Criteria, how: Checking, jobs: int
) -> Iterator[Checked]:
    """Each target as it is done; one whose worker is killed twice is a failure like any other."""
    work = functools.partial(check, project=project, criteria=criteria, how=how)
    for target, checked in in_workers(work, targets, jobs):
        if checked is not None:
            yield checked
        else:
            killed = UncheckedError("the process that checked it was killed, twice")
            yield unchecked(target, project, killed)


def _in_cluster(
    targets: Sequence[Target],
    project: Project,
    criteria: Criteria,
    how: Checking,
    cluster: Cluster,
) -> Iterator[Checked]:
    """Each target as it is done; one that no worker could check is a failure like any other."""
    by_name = {target.name: target for target in targets}
    parcels = [pack(target, project, criteria, how) for target in targets]
    for name, answer in done_elsewhere(parcels, project, cluster):
        if isinstance(answer, Exception):
            yield unchecked(by_name[name], project, answer)
        else:
            yield checked_of(answer)


def pack(target: Target, project: Project, criteria: Criteria, how: Checking) -> Parcel:
    """The parcel of a check. What the check will not find, as a lock, the check tells.

    Whether its baseline may be written is decided here, for the place where that will lie. Raises
    UsageError.
    """
    if how.suite.force_regen:
        require_writable(project, how)
    how = replace(how, writable=writable(project, how))
    accepted = sorted((project.baselines / target.name).glob("*"))
    shared = [project.baselines / SHARED / name for name in sorted(named_in(accepted))]
    files = {
        **read("baselines", project.baselines, [*accepted, *shared]),
        **sent_scenarios(project),
    }
    work = functools.partial(_check, target=target, criteria=criteria, how=how)
    return packed(target, project, work, files)


def _check(project: Project, *, target: Target, criteria: Criteria, how: Checking) -> bytes:
    return msgspec.json.encode(check(target, project, criteria, how))


def checked_of(answer: bytes) -> Checked:
    """What a check elsewhere came to."""
    return VERDICTS.decode(answer, "verdicts")


def _interrupted(
    path: Path, wanted: Journal, targets: Sequence[Target], project: Project, how: Checking
) -> Journal:
    """The journal of an interrupted matrix of the same targets, else `wanted`.

    It keeps the targets that were observed and of which nothing has changed since.
    """
    try:
        found = LAYOUT.load(path)
    except UncheckedError:
        return wanted
    if found.targets != wanted.targets:
        return wanted
    named = {target.name: target for target in targets}
    valid = {
        each.checked.target: each
        for each in found.done
        if each.checked.target in named
        and files_of(each.checked.target, project.results).record.exists()
        and each.binding == binding(named[each.checked.target], project, how)
    }
    return replace(wanted, done=tuple(valid.values()))
