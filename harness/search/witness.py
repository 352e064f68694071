"""Makes a witness: a short script that tells both sides of a window apart, and runs it on both."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.base.errors import HarnessError, UncheckedError, UsageError
from harness.base.files import write_whole
from harness.base.packages import DECISIVE
from harness.environments.interpreters import find_interpreter
from harness.environments.mixes import ABSENT, CPYTHON, Pair, side
from harness.environments.space import cache_of_candidates
from harness.environments.targets import Target
from harness.environments.uv import call_uv, failure_of
from harness.environments.virtual_environments import (
    NOT_INHERITED,
    reserved_environment,
)
from harness.observing.snapshots import RUNS
from harness.search.answer import MOST
from harness.search.attribute import attribute
from harness.search.attribution import culprit_lines
from harness.search.candidate_runs import Runner
from harness.search.questions import Question, question, require_observation
from harness.search.reducing import ShownSide, Trials, minimised
from harness.search.script_subject import ScriptSubject
from harness.search.subjects import Attributable
from harness.search.where import where_lines
from harness.search.witness_text import (
    LINES,
    Pins,
    Told,
    issue_text,
    length,
    said,
    script_text,
)

OLD, NEW, ISSUE = "old.py", "new.py", "issue.md"  # the files of a witness
NAMING = ("tensorflow", "tf-nightly", "keras", "keras-nightly", "tf-keras")  # a side
BULK = 400  # constants in a program, such as those of fixed weights, that no short script has
TAIL = 1000  # characters of what a script that could not be verified has printed


@dataclass(frozen=True, kw_only=True)
class Making:
    """What a witness is made of: both sides of a window, and how they run."""

    runner: Runner
    old: Target
    new: Target
    jobs: int
    attributed: bool = True  # whether the issue says which package is to blame

    @property
    def subject(self) -> Attributable[Any]:
        return self.runner.subject


@dataclass(frozen=True, kw_only=True)
class Witness:
    """A witness that was verified: its files by name."""

    files: Mapping[str, str]
    answers: tuple[str, str]
    lines: int
    runs: int

    def write(self, directory: Path) -> None:
        for name, text in self.files.items():
            write_whole(directory / name, text.encode())


def witness(making: Making, tell: Callable[[str], None]) -> Witness:
    """A witness of what changes between two targets, verified on both.

    Raises UncheckedError if both do the same, or if a script does not tell them apart, and
    UsageError if the subject is not one observation.
    """
    require_observation(making.subject)
    ends = (making.old, making.new)
    shown = [_shown(making, each) for each in ends]
    making.subject.require(*shown)
    asked = question(making.subject, *shown)
    for each in making.subject.differences(*shown)[:MOST]:
        tell(each)
    pair = Pair(*(side(each, making.runner.project) for each in ends))
    old, new = pair.old.has, pair.new.has
    pins = (
        Pins(target=making.old, requirements=_requirements(old)),
        Pins(target=making.new, requirements=_requirements(new)),
    )
    names = _names(old, new)
    asked, scripts, runs = _shortest(making, asked, pins, names, tell)
    for text, pin, answer, code in zip(scripts, pins, asked.answers, (0, 1), strict=True):
        tell(f"verifying on {pin.target.name}, in an environment made by uv run")
        _verify(making, text, pin.target, answer, code)
    told = Told(
        name=_name(making.subject),
        asked=asked,
        window=(making.old.name, making.new.name),
        sides=names,
        versions=tuple(
            (name, old.get(name, ABSENT), new.get(name, ABSENT))
            for name in (CPYTHON, *DECISIVE)
            if name in old or name in new
        ),
        packages=tuple(map(pair.described, pair.differing)),
        judged=tuple(_judged(making, each) for each in shown),
        culprit=tuple(blamed(making, tell)) if making.attributed else (),
        pins=pins,
        scripts=scripts,
    )
    issue = issue_text(told)
    for end in ends:  # a message may have the path of a file
        issue = issue.replace(str(making.runner.project.environments / end.name), "...")
    return Witness(
        files={OLD: scripts[0], NEW: scripts[1], ISSUE: issue},
        answers=asked.answers,
        lines=max(map(length, scripts)),
        runs=runs,
    )


def blamed(making: Making, tell: Callable[[str], None]) -> Iterator[str]:
    """The packages to blame, and where in their source the change may lie, a line each."""
    tell("which packages are to blame")
    try:
        found = attribute(making.runner, making.old, making.new, tell)
    except UsageError:
        raise
    except HarnessError as error:  # the script shows the change without it
        tell(f"which packages are to blame could not be told: {error}")
        return
    yield from culprit_lines(found)
    yield from where_lines(found.where)


def _name(subject: Attributable[Any]) -> str:
    """What the subject is called in an issue, where nobody knows a directory."""
    if isinstance(subject, ScriptSubject):
        return f"{subject.script.path.name}, line {subject.line}"
    return subject.name.replace(":", ", ", 1)


def _judged(making: Making, shown: Any) -> str:
    """What the oracle says of a side; empty if it does not know the step."""
    return "; ".join(making.subject.judged(shown).values())


def _shown(making: Making, target: Target) -> Any:
    """What a side shows, or has shown to a search. Raises UncheckedError."""
    ran = making.runner.run(target, RUNS)
    if ran.shown is None:
        raise UncheckedError(f"{target.name}: {ran.reason}; a witness needs both sides")
    return ran.shown


def _cache(making: Making, target: Target) -> Path | None:
    """uv's cache: that of the user for a target, and for a candidate that of the candidates."""
    named = target.name in making.runner.targets
    return None if named else cache_of_candidates(making.runner.project.environments)


def _requirements(has: Mapping[str, str]) -> tuple[str, ...]:
    """The pins of the packages that decide."""
    return tuple(f"{name}=={has[name]}" for name in DECISIVE if name in has)


def _names(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, str]:
    """What to call both sides: the releases in which they differ."""
    named = [name for name in NAMING if old.get(name) != new.get(name)]
    return (
        ", ".join(f"{name} {old[name]}" for name in named if name in old) or "the old packages",
        ", ".join(f"{name} {new[name]}" for name in named if name in new) or "the new packages",
    )


def _shortest(
    making: Making,
    asked: Question,
    pins: tuple[Pins, Pins],
    names: tuple[str, str],
    tell: Callable[[str], None],
) -> tuple[Question, tuple[str, str], int]:
    """The question with as few statements as both sides allow, its scripts, and the runs.

    If a script is too long, it does not look at values where an error tells both sides apart.
    """
    raises = asked.old.error or asked.new.error
    ways = [asked]
    if asked.asks_for_values and raises:
        ways = (
            [asked, asked.without_values()] if asked.constants <= BULK else [asked.without_values()]
        )
    runs = 0
    ends = (making.old, making.new)
    for each in ways:
        with (
            tempfile.TemporaryDirectory(prefix="state-harness-") as directory,
            contextlib.ExitStack() as reserved,
        ):
            for end in ends:
                reserved.enter_context(
                    reserved_environment(end, making.runner.project.environments)
                )
            trials = Trials(
                sides=[
                    ShownSide(
                        target=end,
                        environment=making.runner.environment(end),
                        shown=shown,
                        limits=making.runner.limits,
                    )
                    for end, shown in zip(ends, (each.old, each.new), strict=True)
                ],
                directory=Path(directory),
                jobs=making.jobs,
            )
            if not all(trials.hold([each.program])):
                raise UncheckedError(
                    f"{making.subject.name!r}: its statements alone do not do what they do in the "
                    f"whole script; there is no witness{trials.said}"
                )
            tell("leaving out what the change does not need")
            program = minimised(each.program, trials.hold)
        runs += trials.runs
        found = replace(each, program=program)
        old, new = (
            script_text(found, pin, names, end.variables)
            for pin, end in zip(pins, ends, strict=True)
        )
        if max(map(length, (old, new))) <= LINES:
            break
    return found, (old, new), runs


def _verify(making: Making, text: str, target: Target, answer: str, code: int) -> None:
    """Run a script by `uv run`, in an environment that nothing else uses.

    Raises UncheckedError unless it finds the answer and exits with the code.
    """
    cache = _cache(making, target)
    caching = ("--cache-dir", cache) if cache else ()
    with tempfile.TemporaryDirectory(prefix="state-harness-") as directory:
        script = Path(directory, "witness.py")
        script.write_text(text, encoding="utf-8")
        python = ("--python", find_interpreter(target.python), "--no-python-downloads")
        variables = {
            **dict.fromkeys(NOT_INHERITED, ""),
            "KERAS_HOME": directory,
            "CUDA_VISIBLE_DEVICES": "-1",
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }
        bare = ("--no-config", "--no-project", *python, *caching)
        try:
            done = call_uv("run", *bare, "--script", script, variables=variables)
            found = said(done.stdout)
        finally:
            _remove_environment(script, caching)
    if (found, done.returncode) != (answer, code):
        raise UncheckedError(
            f"{making.subject.name!r}: the script finds {found!r} on {target.name} and exits with "
            f"{done.returncode}, and should find {answer!r} and exit with {code}; there is no "
            f"witness:\n{failure_of(done)[-TAIL:]}"
        )


def _remove_environment(script: Path, caching: tuple[str | Path, ...]) -> None:
    """Remove the environment that uv keeps for a script."""
    with contextlib.suppress(HarnessError):
        done = call_uv("python", "find", "--no-config", *caching, "--script", script)
        environment = Path(done.stdout.strip()).parent.parent
        if done.returncode == 0 and script.stem in environment.name:
            shutil.rmtree(environment, ignore_errors=True)
