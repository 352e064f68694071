"""The scripts of a repository, each held against the baselines beside it.

A baseline is made where there is none, and made anew where that is asked for; never of a script
that was ended early, since another run may come further.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.base.errors import BaselineError, HarnessError, UncheckedError, UsageError
from harness.base.files import write_whole
from harness.base.project import TABLE, Project
from harness.environments.extras import read_extras
from harness.environments.targets import Target
from harness.judging.held import Held, hold
from harness.judging.verdicts import Standing
from harness.observing.numerics import Tolerances
from harness.observing.probing import Limits, PlainScript
from harness.observing.records import Record, load_record
from harness.observing.script_baselines import load_trace, script_baseline, trace_text
from harness.observing.scripts import trace
from harness.running.parcels import Cluster, require_sendable
from harness.running.trying import Trial, Tried, repeated, try_script

EXAMPLE = f'[tool.{TABLE}]\nscripts = ["scripts/*.py"]\ntargets = ["tf-2.15", "tf-2.21"]'
NO_BASELINE = "no baseline yet: a run outside of CI writes one; look at it, and commit it"


@dataclass(frozen=True, kw_only=True)
class OwnScript:
    """A script of a repository; `name` is its path below the root."""

    path: Path
    name: str

    def results(self, project: Project) -> Path:
        """The directory of its records."""
        return project.results / "check" / Path(self.name).with_suffix("")


def own_scripts(project: Project, named: Sequence[Path] = ()) -> list[OwnScript]:
    """The scripts that are `named`, or else those of the project's table, by name.

    Raises UsageError, which names the input.
    """
    paths = [_existing(path) for path in named] or list(_matching(project))
    if not paths:
        raise UsageError(
            f"no script is named: name one, or set `scripts` in a pyproject.toml:\n{EXAMPLE}"
        )
    found: dict[Path, OwnScript] = {}
    for path in sorted({Path(os.path.normpath(path)) for path in paths}):  # `..` is outside
        if not path.is_relative_to(project.root):
            raise UsageError(
                f"{path}: is not in {project.root}; `state-harness try` runs a script anywhere"
            )
        shared = path.with_suffix("")
        if shared in found:
            raise UsageError(f"{path} and {found[shared].path} would share a baseline: rename one")
        found[shared] = OwnScript(path=path, name=path.relative_to(project.root).as_posix())
    return list(found.values())


@dataclass(frozen=True, kw_only=True)
class ScriptChecking:
    """How scripts are checked: at most `jobs` targets at once, each run within `limits`.

    `wheels` is a directory for projects of the user, which all scripts share. With a `cluster`, its
    workers run the scripts.
    """

    tolerances: Tolerances
    wheels: Path
    limits: Limits = field(default_factory=Limits)
    jobs: int = 1
    cluster: Cluster | None = None


@dataclass(frozen=True, kw_only=True)
class ScriptCheck:
    """A script on a target, and how it holds; `first` is the result of a first of two tries."""

    script: OwnScript
    tried: Tried
    held: Held
    first: Held | None = None

    @property
    def target(self) -> Target:
        return self.tried.target


def check_script(
    script: OwnScript, targets: Sequence[Target], project: Project, how: ScriptChecking
) -> Iterator[ScriptCheck]:
    """Run a script on targets, and hold each trace against its baseline, as the targets are done.

    Raises UsageError for packages that cannot be read, a directory that is not there, and what
    does not travel to a cluster.
    """
    own = project.scripts
    if own.directory and not own.directory.is_dir():
        raise UsageError(f"[tool.{TABLE}], 'cwd': {own.directory} is no directory")
    trial = Trial(
        script=PlainScript(path=script.path, directory=own.directory),
        results=script.results(project),
        extras=read_extras(script.path, own.packages, own.requirements),
        wheels=how.wheels,
        limits=how.limits,
        tolerances=how.tolerances,
    )
    if how.cluster:
        require_sendable(trial.script, trial.extras)
    jobs = 1 if own.directory else how.jobs  # as the runs of one target
    for tried in try_script(trial, targets, project, jobs, how.cluster):
        found = ScriptCheck(script=script, tried=tried, held=_held(script, tried, how.tolerances))
        if _by_chance(found.held):
            [again] = repeated(trial, [tried.target], project, jobs, how.cluster)
            if again.trace:
                found = replace(found, tried=again, held=_held(script, again, how.tolerances))
        yield found


def check_record(
    script: OwnScript, target: Target, project: Project, tolerances: Tolerances
) -> ScriptCheck:
    """Hold the record of an earlier run against the baseline."""
    path = script.results(project) / target.name / "record.json"
    try:
        tried = Tried(target=target, trace=trace(_own_record(path, target), tolerances))
    except HarnessError as error:
        tried = Tried(target=target, failure=str(error))
    return ScriptCheck(script=script, tried=tried, held=_held(script, tried, tolerances))


def keep(check: ScriptCheck, *, anew: bool) -> Path | None:
    """Write the baseline of a script where it is missing, or, with `anew`, where it differs.

    Returns the file if it was written. Writes nothing in CI, or of a script that ended early.
    """
    found = check.tried.trace
    if found is None or found.ended or in_ci():
        return None
    path = script_baseline(check.script.path, check.target.name)
    if path.exists() and not (anew and check.held.standing is not Standing.UNCHANGED):
        return None
    write_whole(path, trace_text(found).encode())
    return path


def in_ci() -> bool:
    return bool(os.environ.get("CI"))


def without_script(scripts: Sequence[OwnScript], project: Project) -> Iterator[Path]:
    """The directories of baselines that belong to no script, where a script is or may be.

    A file is a script if its name ends as that of one of `scripts`, or with `.py`. The patterns of
    the project say where a script may be: its directory may have lost the last one.
    """
    endings = {".py", *(script.path.suffix for script in scripts)}
    places = {script.path.parent for script in scripts}
    for above in {Path(pattern).parent for pattern in project.scripts.patterns}:
        found = project.root.glob(str(above)) if above.parts else [project.root]
        places |= {each for each in found if each.is_dir()}
    for parent in sorted(places):
        directory = parent / "baselines"
        if directory == project.baselines or not directory.is_dir():
            continue  # the baselines of targets are something else
        files = (path for path in parent.iterdir() if path.is_file())
        stems = {path.stem for path in files if path.suffix in endings}
        held = sorted(each for each in directory.iterdir() if any(each.glob("*.json")))
        yield from (each for each in held if each.name not in stems)


def accepted_on(scripts: Sequence[OwnScript]) -> set[str]:
    """The names of the targets on which a baseline of a script was made."""
    return {
        path.stem
        for script in scripts
        for path in script_baseline(script.path, "any").parent.glob("*.json")
    }


def exit_code(checks: Sequence[ScriptCheck], orphans: Sequence[Path]) -> int:
    """1 if something differs, else 3 if something could not be checked, else 0."""
    standings = {each.held.standing for each in checks}
    if Standing.REGRESSED in standings:
        return 1
    return 0 if standings <= {Standing.UNCHANGED} and not orphans else 3


def _held(script: OwnScript, tried: Tried, tolerances: Tolerances) -> Held:
    name, target = script.name, tried.target.name
    if tried.trace is None:
        return Held(script=name, target=target, failure=tried.failure)
    path = script_baseline(script.path, target)
    if not path.exists():
        return Held(script=name, target=target, trace=tried.trace, failure=NO_BASELINE)
    try:
        baseline = load_trace(path)
    except BaselineError as error:
        return Held(script=name, target=target, trace=tried.trace, failure=str(error))
    return hold(name, baseline, tried.trace, tolerances)


def _by_chance(held: Held) -> bool:
    """Whether a baseline says that values differ in each run, and two runs now happen to agree."""
    return held.between is not None and held.between.after in held.between.by_chance


def _own_record(path: Path, target: Target) -> Record:
    if not path.exists():
        raise UncheckedError(f"there is no record of {target.name}: it was not run to its end")
    record = load_record(path)
    if record.target != target.name:
        raise UncheckedError(f"{path}: a record of {record.target!r}, not of {target.name!r}")
    return record


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"{path}: there is no such script")
    return path.absolute()


def _matching(project: Project) -> Iterator[Path]:
    for pattern in project.scripts.patterns:
        where = f"{project.root / 'pyproject.toml'}, [tool.{TABLE}], scripts: {pattern!r}"
        try:
            paths = [path for path in project.root.glob(pattern) if path.is_file()]
        except (ValueError, NotImplementedError) as error:
            raise UsageError(f"{where} is no pattern of paths below {project.root}") from error
        if not paths:
            raise UsageError(f"{where} matches no file")
        yield from paths
