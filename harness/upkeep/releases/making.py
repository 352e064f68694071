"""Makes targets of new releases: entries, locks, and baselines by a real run.

A target that cannot be made leaves no file behind, and after an exception all files are as before.
"""

import contextlib
import datetime
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.base.errors import TargetsError
from harness.base.files import write_whole
from harness.base.project import Project
from harness.environments.locks import lock_path
from harness.environments.targets import Target, load_targets
from harness.judging.criteria import Criteria
from harness.judging.diff import Diff, diff
from harness.observing.shared import remove_unused
from harness.observing.snapshots import Snapshot, from_baseline
from harness.running.check import Checking
from harness.running.matrix import run_matrix
from harness.running.results import Checked
from harness.running.suite.options import SuiteOptions
from harness.upkeep.releases.entries import edited
from harness.upkeep.releases.proposals import (
    LeftOut,
    Proposal,
    candidates,
    majors,
    released,
    settle,
)

RESULTS = "update"  # the directory in `results` for the results of the runs


@dataclass(frozen=True, kw_only=True)
class Made:
    """A proposal that became a target.

    `diff` compares a new target with the target before it in its family, and a changed target with
    its old baseline. `checked` is its second run, which is compared with the first.
    """

    proposal: Proposal
    diff: Diff
    checked: Checked


@dataclass(frozen=True, kw_only=True)
class Update:
    """The result of an update; `majors` are releases for which a person has to make a family."""

    made: tuple[Made, ...]
    left_out: tuple[LeftOut, ...]
    majors: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """3 if a target could not be made for another reason than waiting, else 0."""
        return 0 if all(each.waits for each in self.left_out) else 3


def update(project: Project, criteria: Criteria, how: Checking, *, today: datetime.date) -> Update:
    """Make a target of each release that is new in the package index.

    Raises UnusableEnvironmentError if the index cannot be reached.
    """
    targets = list(load_targets(project.targets).values())
    releases = released(targets)
    settled = [settle(candidate, today) for candidate in candidates(targets, releases)]
    proposals = [each for each in settled if isinstance(each, Proposal)]
    left_out = [each for each in settled if isinstance(each, LeftOut)]
    made: list[Made] = []
    if proposals:
        try:
            made, failed = _make(proposals, project, criteria, how)
        finally:
            remove_unused(project.baselines)
        left_out += failed
    return Update(
        made=tuple(made), left_out=tuple(left_out), majors=tuple(majors(targets, releases))
    )


def _make(
    proposals: Sequence[Proposal], project: Project, criteria: Criteria, how: Checking
) -> tuple[list[Made], list[LeftOut]]:
    """The targets that can be made, with all files written, and the proposals that cannot."""
    path = project.targets
    earlier = {p.like.name: from_baseline(p.like, project) for p in proposals if not p.new}
    places = {
        p.target.name: (lock_path(p.target, project.locks), project.baselines / p.target.name)
        for p in proposals
    }
    with _restorable([path, *itertools.chain(*places.values())]) as put_back:
        for each in proposals:
            if each.lock is not None:
                write_whole(lock_path(each.target, project.locks), each.lock.encode())
        _write_entries(path, proposals)
        done, lost = _run_twice([each.target for each in proposals], project, criteria, how)
        for place in (path, *itertools.chain(*(places[name] for name in lost))):
            put_back(place)
        kept = [each for each in proposals if each.target.name not in lost]
        targets = _write_entries(path, kept)
        made = [
            Made(
                proposal=each,
                diff=_diff(each, earlier, targets, project, criteria),
                checked=done[each.target.name],
            )
            for each in kept
        ]
    failed = [
        LeftOut(target=each.target, why=lost[each.target.name])
        for each in proposals
        if each.target.name in lost
    ]
    return made, failed


def _run_twice(
    targets: Sequence[Target], project: Project, criteria: Criteria, how: Checking
) -> tuple[Mapping[str, Checked], Mapping[str, str]]:
    """Write the baselines of targets, then check the targets against them.

    Returns the second check of each target, and the reason of each target that could not be
    checked, both by name.
    """
    own_results = replace(project, results=project.results / RESULTS)
    writing = replace(how, suite=SuiteOptions(force_regen=True), writable=True)
    runs = []
    for each_how in (writing, how):
        progress = run_matrix(targets, own_results, criteria, each_how, restart=True)
        runs.append({each.checked.target: each.checked for each in progress})
    first, second = runs
    lost = {}
    for name, checked in second.items():
        unchecked = [str(v) for v in checked.verdicts if v.outcome.unchecked]
        if checked.failure or unchecked:
            # if the first run failed, the second has no baseline: the first has the real reason
            lost[name] = first[name].failure or checked.failure or unchecked[0]
    return second, lost


def _write_entries(path: Path, proposals: Sequence[Proposal]) -> dict[str, Target]:
    """Write targets into the targets file, new ones right after the last of their family.

    Returns all targets of the new file. Raises TargetsError if they are not those intended.
    """
    wanted = load_targets(path) | {each.target.name: each.target for each in proposals}
    text = path.read_text(encoding="utf-8")
    last: dict[str, str] = {}
    for each in proposals:
        like = each.like.name
        if each.new:
            like = last.get(each.target.family, like)
            last[each.target.family] = each.target.name
        text = edited(text, like, each.target)
    write_whole(path, text.encode())
    targets = load_targets(path)
    if targets != wanted:
        raise TargetsError(
            f"{path}: the new entries do not read back: each entry has to end at a blank line"
        )
    return targets


def _diff(
    proposal: Proposal,
    earlier: Mapping[str, Snapshot],
    targets: Mapping[str, Target],
    project: Project,
    criteria: Criteria,
) -> Diff:
    """The `diff` of `Made`; `earlier` has the old baselines of the targets that are not new."""
    target = proposal.target
    if proposal.new:
        family = [name for name, each in targets.items() if each.family == target.family]
        before = from_baseline(targets[family[family.index(target.name) - 1]], project)
    else:
        before = earlier[target.name]
    return diff(before, from_baseline(target, project), criteria)


@contextlib.contextmanager
def _restorable(paths: Sequence[Path]) -> Iterator[Callable[[Path], None]]:
    """Yields a function that restores a path to its present state; an exception restores all."""
    with tempfile.TemporaryDirectory() as directory:
        copies = {path: Path(directory, str(number)) for number, path in enumerate(paths)}
        for path, copy in copies.items():
            _copy(path, copy)

        def put_back(path: Path) -> None:
            _copy(copies[path], path)

        try:
            yield put_back
        except BaseException:
            for path in copies:
                put_back(path)
            raise


def _copy(path: Path, to: Path) -> None:
    """Make `to` a copy of `path`; if `path` does not exist, delete `to`."""
    if to.is_dir():
        shutil.rmtree(to)
    to.unlink(missing_ok=True)
    if path.is_dir():
        shutil.copytree(path, to)
    elif path.exists():
        shutil.copy2(path, to)
