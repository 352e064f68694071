"""One target from its environment to its verdicts, with a stand-in for TensorFlow."""

import datetime
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from harness.base.errors import (
    MissingInterpreterError,
    ProbeTimeoutError,
    UncheckedError,
    UnusableEnvironmentError,
    UsageError,
)
from harness.environments.virtual_environments import STAMP
from harness.judging.published import FIGURES
from harness.judging.verdicts import INTERNALS, Outcome
from harness.observing.baselines import internals_text, steps_text
from harness.observing.internals import Described
from harness.observing.probing import Limits
from harness.observing.records import load_record
from harness.running.check import (
    DESELECTED,
    FIRST_RECORD,
    LEFT_BEHIND,
    _exit_code,
    check,
    unchecked,
)
from harness.running.results import Checked
from tests.support.makers import SAMPLE, accept, gives, raises, verdict
from tests.support.samples import NUMPY, TENSORFLOW, make_environment

pytestmark = pytest.mark.usefixtures("on_own_machine")

LOCKED = msgspec.structs.replace(SAMPLE, as_of=datetime.date(2024, 1, 1), requirements=())

CODES: dict[str, tuple[list[Outcome], int]] = {
    "all as the baseline says": (
        [Outcome.IDENTICAL, Outcome.EQUAL, Outcome.RAISES, Outcome.NOT_REPRODUCIBLE],
        0,
    ),
    "a body alone": ([Outcome.IDENTICAL, Outcome.BODY_CHANGED], 0),
    "drift": ([Outcome.IDENTICAL, Outcome.DRIFT], 1),
    "a change": ([Outcome.CHANGED], 1),
    "another error": ([Outcome.ERROR_CHANGED], 1),
    "a new error": ([Outcome.NEWLY_RAISES], 1),
    "a missing step": ([Outcome.MISSING], 1),
    "a fixed step": ([Outcome.FIXED], 1),
    "no baseline": ([Outcome.IDENTICAL, Outcome.NO_BASELINE], 3),
    "a crash": ([Outcome.IDENTICAL, Outcome.CRASHED], 3),
    "a time-out": ([Outcome.TIMED_OUT], 3),
    "no environment": ([Outcome.ENVIRONMENT_FAILED], 3),
    "no interpreter": ([Outcome.NO_INTERPRETER, Outcome.IDENTICAL], 3),
    "what does not apply": ([Outcome.NOT_APPLICABLE, Outcome.IDENTICAL], 0),
    "nothing applies": ([Outcome.NOT_APPLICABLE], 0),
    "a crash beside a body": ([Outcome.CRASHED, Outcome.BODY_CHANGED], 3),
    "a crash beside a drift": ([Outcome.CRASHED, Outcome.DRIFT], 1),
}


@pytest.mark.parametrize(("outcomes", "expected"), CODES.values(), ids=CODES)
def test_the_exit_code_is_that_of_the_worst_outcome(outcomes: list[Outcome], expected: int) -> None:
    assert _exit_code([verdict(outcome) for outcome in outcomes]) == expected


def test_the_table_of_exit_codes_has_every_outcome() -> None:
    assert {outcome for outcomes, _ in CODES.values() for outcome in outcomes} == set(Outcome)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Directories of its own, with a whole environment and a lock for the sample target."""
    body = "# nothing is pinned\n"
    lock = f"# sha256 of the lines below: {hashlib.sha256(body.encode()).hexdigest()}\n{body}"
    (tmp_path / "sample.txt").write_text(lock, encoding="utf-8")
    monkeypatch.setattr("harness.environments.locks.LOCKS", tmp_path)
    made = make_environment(tmp_path / "environments" / "sample", TENSORFLOW, NUMPY)
    stamp = json.dumps({"lock_sha256": hashlib.sha256(lock.encode()).hexdigest()})
    (made.directory / STAMP).write_text(stamp, encoding="utf-8")
    return Workspace(
        environments=tmp_path / "environments",
        results=tmp_path / "results",
        baselines=tmp_path / "baselines",
    )


def run(workspace: Workspace, *arguments: str, quiet: bool = False) -> Checked:
    limits = Limits()
    return check(LOCKED, workspace, limits=limits, jobs=2, pytest_arguments=arguments, quiet=quiet)


def outcomes(checked: Checked) -> set[Outcome]:
    return {v.outcome for v in checked.verdicts} - {Outcome.NOT_APPLICABLE}


def kept(workspace: Workspace) -> Checked:
    """What is written of the last check."""
    data = (workspace.results / "sample" / "verdicts.json").read_bytes()
    return msgspec.json.decode(data, type=Checked)


def test_a_first_check_makes_baselines_and_a_second_one_finds_nothing(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run(workspace, quiet=True)
    assert capsys.readouterr().out == ""
    printed = (workspace.results / "sample" / "pytest.txt").read_text(encoding="utf-8")
    assert "test_internals" in printed
    assert (first.failure, first.exit_code) == (None, 3)
    assert outcomes(first) == {Outcome.NO_BASELINE}
    second = run(workspace)
    assert (second.failure, second.exit_code) == (None, 0)
    # the stand-in has no `tf.random`, so what a scenario gives is the error that says so
    assert outcomes(second) == {Outcome.RAISES, Outcome.IDENTICAL}
    assert len(second.verdicts) == len(first.verdicts)
    results = workspace.results / "sample"
    assert kept(workspace) == second
    assert {path.name for path in results.iterdir()} >= {"junit.xml", "record.json"}


def test_a_selection_of_nothing_is_wrong_use(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="nothing was checked with -k nothing"):
        run(workspace, "-k", "nothing")


def test_what_is_left_out_is_counted_as_not_run(workspace: Workspace) -> None:
    checked = run(workspace, "-k", "internals")
    left_out = [v for v in checked.verdicts if v.scenario == DESELECTED]
    assert {v.outcome for v in left_out} == {Outcome.NOT_APPLICABLE}
    assert {v.step for v in left_out} > {"test_observations[reset-fixed]", "test_oracle[reset]"}
    assert {v.scenario for v in checked.verdicts} == {DESELECTED, INTERNALS}
    assert outcomes(checked) == {Outcome.NO_BASELINE}


def test_figures_that_reproduce_on_other_releases_are_not_applicable(workspace: Workspace) -> None:
    figures = [v for v in run(workspace).verdicts if v.scenario == FIGURES]
    assert [v.outcome for v in figures] == [Outcome.NOT_APPLICABLE] * 6


def test_what_is_not_applicable_alone_is_no_check(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="nothing was checked"):
        run(workspace, "-k", "published_figure")


def counting(workspace: Workspace) -> Path:
    """A file that gets a line whenever the probe is started."""
    python, log = workspace.environments / "sample" / "bin" / "python", workspace.results / "starts"
    python.rename(python.with_name("python-itself"))
    log.parent.mkdir()
    log.touch()
    python.write_text(f'#!/bin/sh\necho >> "{log}"\nexec "$0-itself" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    return log


def run_again(workspace: Workspace, *arguments: str) -> Checked:
    chosen = ["-k", "internals", *arguments]
    limits = Limits()
    return check(LOCKED, workspace, limits=limits, jobs=2, pytest_arguments=chosen, again=True)


def test_what_does_not_end_well_is_tried_again_and_the_second_end_counts(
    workspace: Workspace,
) -> None:
    starts = counting(workspace)
    checked = run_again(workspace)  # the first makes the baselines that the second finds
    internals = sum(each.scenario == INTERNALS for each in checked.verdicts)
    assert (checked.exit_code, checked.failure) == (0, None)
    assert checked.earlier == f"{internals} no baseline"
    assert outcomes(checked) == {Outcome.IDENTICAL}
    assert len(starts.read_bytes()) == 2
    assert kept(workspace) == checked
    results = workspace.results / "sample"
    first, second = (load_record(results / name) for name in (FIRST_RECORD, "record.json"))
    assert first.started < second.started
    checked = run_again(workspace)  # what ends well is not
    assert not (results / FIRST_RECORD).exists()
    assert (checked.exit_code, checked.earlier) == (0, "")
    assert len(starts.read_bytes()) == 3
    assert kept(workspace) == checked


def test_what_fails_twice_says_how_it_failed_first(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "sample.txt").unlink()
    checked = run_again(workspace)
    assert (outcomes(checked), checked.exit_code) == ({Outcome.ENVIRONMENT_FAILED}, 3)
    assert checked.failure is not None
    assert checked.earlier == checked.failure.splitlines()[0]
    assert not (workspace.results / "sample" / FIRST_RECORD).exists()
    assert run(workspace).earlier == ""  # nobody asked for a second time


def test_wrong_use_is_not_tried_again(workspace: Workspace) -> None:
    starts = counting(workspace)
    with pytest.raises(UsageError):
        run_again(workspace, "--no-such-option")
    assert len(starts.read_bytes()) == 1


def test_an_option_that_pytest_does_not_know_is_wrong_use(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="--no-such-option"):
        run(workspace, "--no-such-option")


def test_an_environment_that_cannot_be_had_is_a_failure(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "sample.txt").unlink()
    checked = run(workspace)
    assert (outcomes(checked), checked.exit_code) == ({Outcome.ENVIRONMENT_FAILED}, 3)
    assert checked.failure is not None
    assert "sample.txt: cannot be read" in checked.failure
    assert kept(workspace) == checked


def test_an_error_of_the_system_is_a_failure(workspace: Workspace) -> None:
    python = workspace.environments / "sample" / "bin" / "python"
    python.unlink()
    python.symlink_to("/dev/null")
    checked = run(workspace)
    assert (outcomes(checked), checked.exit_code) == ({Outcome.CRASHED}, 3)
    assert checked.failure is not None
    assert "Permission denied" in checked.failure
    assert kept(workspace) == checked


ACCEPTED = [("reset", "fixed", "one"), ("reset", "fixed", "two"), (INTERNALS, "", "RNN.call")]
ALL = [("(all)", "", "")]
FAILURES: dict[str, tuple[Exception, Outcome]] = {
    "no interpreter": (MissingInterpreterError("no Python 3.7"), Outcome.NO_INTERPRETER),
    "no environment": (UnusableEnvironmentError("uv failed"), Outcome.ENVIRONMENT_FAILED),
    "a probe that takes too long": (ProbeTimeoutError("TimeOut"), Outcome.TIMED_OUT),
    "a probe that crashes": (UncheckedError("Crash"), Outcome.CRASHED),
    "an error of the system": (OSError(28, "No space left on device"), Outcome.CRASHED),
    "an error of many lines": (UncheckedError("Crash:\n  at\n  length"), Outcome.CRASHED),
    "an error without words": (OSError(), Outcome.CRASHED),
}


def accept_all(baselines: Path) -> None:
    """Baselines of the sample target: `ACCEPTED`."""
    directory = baselines / "sample"
    directory.mkdir(parents=True)
    steps = accept(gives(1.0, step="one"), raises("no", step="two"))
    (directory / "reset-fixed.json").write_text(steps_text(steps), encoding="utf-8")
    internals = internals_text({"RNN.call": Described(kind="method")})
    (directory / "internals.json").write_text(internals, encoding="utf-8")


def unchecked_in(directory: Path, error: Exception) -> Checked:
    return unchecked(SAMPLE, Workspace(baselines=directory), error)


@pytest.mark.parametrize(("error", "outcome"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_a_verdict_on_everything_that_is_accepted(
    error: Exception, outcome: Outcome, tmp_path: Path
) -> None:
    accept_all(tmp_path)
    checked = unchecked_in(tmp_path, error)
    assert [(v.scenario, v.variant, v.step) for v in checked.verdicts] == ACCEPTED
    assert {v.outcome for v in checked.verdicts} == {outcome}
    assert outcome.unchecked
    first = str(error).split("\n", maxsplit=1)[0]
    assert {v.reason for v in checked.verdicts} == {first or type(error).__name__}
    assert (checked.failure, checked.exit_code) == (str(error), 3)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no baselines": shutil.rmtree,
    "no internals": lambda directory: (directory / "internals.json").unlink(),
    "half a baseline": lambda directory: (directory / "reset-fixed.json").write_text("{"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_failure_where_nobody_knows_what_is_accepted_is_one_verdict(
    damage: Callable[[Path], object], tmp_path: Path
) -> None:
    accept_all(tmp_path)
    damage(tmp_path / "sample")
    checked = unchecked_in(tmp_path, UncheckedError("Crash"))
    assert [(v.scenario, v.variant, v.step) for v in checked.verdicts] == ALL


def test_what_an_earlier_check_left_behind_does_not_outlast_a_failure(
    workspace: Workspace, tmp_path: Path
) -> None:
    results = workspace.results / "sample"
    results.mkdir(parents=True)
    for name in (*LEFT_BEHIND, "mine.txt"):
        (results / name).write_text("stale", encoding="utf-8")
    (tmp_path / "sample.txt").unlink()
    checked = run(workspace)
    assert {path.name for path in results.iterdir()} == {"verdicts.json", "mine.txt"}
    assert kept(workspace) == checked


def test_a_probe_that_fails_is_a_failure(workspace: Workspace) -> None:
    [paths] = (workspace.environments / "sample").glob("lib/python*/site-packages/samples.pth")
    paths.write_text(f"{NUMPY}\n", encoding="utf-8")
    checked = run(workspace)
    assert (outcomes(checked), checked.exit_code) == ({Outcome.CRASHED}, 3)
    assert checked.failure is not None
    assert "No module named 'tensorflow'" in checked.failure
    assert not workspace.baselines.exists()


@pytest.mark.parametrize("argument", ["--force-regen", "--regen-all"])
def test_baselines_are_not_written_in_ci(
    argument: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(UsageError, match=f"pytest refuses {argument}"):
        run(workspace, argument)
    assert not workspace.baselines.exists()


def test_a_watch_of_internals_that_crashes_could_not_be_checked(workspace: Workspace) -> None:
    run(workspace)
    before = (workspace.baselines / "sample" / "internals.json").read_bytes()
    [paths] = (workspace.environments / "sample").glob("lib/python*/site-packages/samples.pth")
    packages = shutil.copytree(TENSORFLOW, workspace.results / "packages")
    layers = packages / "tensorflow" / "keras" / "layers.py"
    fall = (
        "class _Falls(type):\n    @property\n    def __mro__(cls):\n        raise SystemExit(9)\n"
    )
    text = layers.read_text(encoding="utf-8")
    text = text.replace("class GRUCell(Layer)", f"{fall}\n\nclass GRUCell(Layer, metaclass=_Falls)")
    layers.write_text(text, encoding="utf-8")
    paths.write_text(f"{packages}\n{NUMPY}\n", encoding="utf-8")
    checked = run(workspace, "--force-regen")
    assert checked.exit_code == 3
    lost = [v for v in checked.verdicts if v.scenario == INTERNALS]
    assert [v.outcome for v in lost] == [Outcome.CRASHED]
    assert (workspace.baselines / "sample" / "internals.json").read_bytes() == before
