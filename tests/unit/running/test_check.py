"""One target from its environment to its verdicts, with a stand-in for TensorFlow."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import (
    UsageError,
)
from harness.base.project import Project
from harness.environments.locks import digest
from harness.environments.virtual_environments import STAMP, environment_of
from harness.judging.verdicts import Axis, Outcome, Standing
from harness.observing.baselines import (
    DISTRIBUTIONS,
    distributions_text,
    load_distributions,
)
from harness.observing.records import load_record
from harness.running.results import Checked, files_of
from tests.support.makers import SAMPLE
from tests.support.samples import NUMPY, TENSORFLOW, accept_all
from tests.unit.running.checking import run

pytestmark = pytest.mark.usefixtures("on_own_machine")


def outcomes(checked: Checked) -> set[Outcome]:
    return {v.outcome for v in checked.verdicts if not v.outcome.silent}


def kept(project: Project) -> Checked:
    """The last check, as it is written."""
    found = files_of("sample", project.results).read_verdicts()
    assert found is not None
    return found


def test_a_first_check_makes_baselines_and_a_second_one_finds_nothing(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run(project, quiet=True)
    assert capsys.readouterr().out == ""
    printed = (project.results / "sample" / "pytest.txt").read_text(encoding="utf-8")
    assert "test_internals" in printed
    assert (first.failure, first.exit_code) == (None, 3)
    assert outcomes(first) == {Outcome.NO_BASELINE}
    second = run(project)
    assert (second.failure, second.exit_code) == (None, 0)
    assert outcomes(second) == {Outcome.RAISES, Outcome.IDENTICAL}
    assert len(second.verdicts) == len(first.verdicts)
    results = project.results / "sample"
    assert kept(project) == second
    assert {path.name for path in results.iterdir()} >= {"junit.xml", "record.json"}


def test_a_selection_of_nothing_is_wrong_use(project: Project) -> None:
    with pytest.raises(UsageError, match="nothing was checked with -k 'nothing'"):
        run(project, "nothing")


def places(checked: Checked) -> list[tuple[str, ...]]:
    return sorted((v.axis, v.scenario, v.variant, v.step) for v in checked.verdicts)


def test_what_is_left_out_is_counted_as_not_run(project: Project) -> None:
    run(project)
    checked = run(project, "internals")
    left_out = [v for v in checked.verdicts if v.outcome is Outcome.LEFT_OUT]
    assert {v.axis for v in left_out} == {*Axis} - {Axis.WATCH}
    assert {(v.axis, *v.heading) for v in left_out} > {
        (Axis.DRIFT, "reset", "fixed"),
        (Axis.ORACLE, "oracle", "reset"),
    }
    assert {v.axis for v in checked.verdicts if v not in left_out} == {Axis.WATCH}
    assert outcomes(checked) == {Outcome.IDENTICAL}
    assert places(run(project)) == places(checked)


PARTS: dict[str, tuple[str, set[str], set[str]]] = {
    "a scenario": ("reset", {"reset"}, {"stateful", "internals"}),
    "a variant of it": ("reset-fixed", {"reset"}, {"stateful", "internals"}),
    "the internals": ("internals", set(), {"reset", "stateful"}),
    "both": ("stateful or internals", {"stateful"}, {"reset"}),
    "all but one": ("not stateful", {"reset"}, {"stateful"}),
    "all": ("reset or stateful or internals", {"reset", "stateful"}, set()),
}


@pytest.mark.parametrize(("expression", "ran", "left_out"), PARTS.values(), ids=PARTS)
def test_only_what_is_asked_for_runs(
    project: Project, expression: str, ran: set[str], left_out: set[str]
) -> None:
    run(project)
    checked = run(project, expression)
    record = load_record(files_of("sample", project.results).record)
    assert {each.scenario for each in record.runs} == ran
    assert set(record.left_out) == left_out
    assert bool(record.internals) is ("internals" not in left_out)
    assert checked.exit_code == 0
    assert places(checked) == places(run(project))


def test_a_selection_of_nothing_runs_nothing_and_leaves_the_last_results(project: Project) -> None:
    starts = counting(project)
    before = run(project)
    with pytest.raises(UsageError, match="nothing was checked"):
        run(project, "nothing")
    assert len(starts.read_bytes()) == 1
    assert kept(project) == before


def test_a_changed_baseline_of_what_was_left_out_is_not_reported_as_fine(project: Project) -> None:
    run(project)
    path = project.baselines / "sample" / "reset-fixed.json"
    path.write_text(path.read_text(encoding="utf-8").replace("1.0", "2.0"), encoding="utf-8")
    checked = run(project, "stateful")
    assert {v.outcome for v in checked.verdicts if v.scenario == "reset"} == {Outcome.LEFT_OUT}
    assert run(project, "reset").exit_code == 1


def test_force_regen_of_a_part_writes_and_removes_no_baseline_of_the_rest(project: Project) -> None:
    run(project)
    directory = project.baselines / "sample"
    gone = directory / "gone-fixed.json"
    gone.write_bytes((directory / "reset-fixed.json").read_bytes())
    for path in directory.glob("*-fixed.json"):
        path.write_text(path.read_text(encoding="utf-8").replace("1.0", "2.0"), encoding="utf-8")
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    run(project, "reset", force_regen=True)
    after = {path.name: path.read_bytes() for path in directory.iterdir()}
    assert [name for name in before if before[name] != after[name]] == ["reset-fixed.json"]
    run(project, "gone", force_regen=True)
    assert not gone.exists()
    assert len(list(directory.iterdir())) == len(before) - 1


def test_what_is_left_out_before_anything_is_accepted_is_named_and_gets_no_baseline(
    project: Project,
) -> None:
    checked = run(project, "internals")
    left_out = {(v.axis, v.scenario) for v in checked.verdicts if v.outcome is Outcome.LEFT_OUT}
    assert {(Axis.DRIFT, "reset"), (Axis.DRIFT, "stateful")} < left_out
    assert outcomes(checked) == {Outcome.NO_BASELINE}
    assert [path.name for path in (project.baselines / "sample").iterdir()] == ["internals.json"]


def test_figures_that_reproduce_on_other_releases_are_not_applicable(project: Project) -> None:
    figures = [v for v in run(project).verdicts if v.axis is Axis.PUBLISHED]
    assert [v.outcome for v in figures] == [Outcome.NOT_APPLICABLE] * 6


def test_what_is_not_applicable_alone_is_no_check(project: Project) -> None:
    with pytest.raises(UsageError, match="nothing was checked"):
        run(project, "published_figure")


def counting(project: Project, failing: int = 0) -> Path:
    """A file that gets a line whenever the probe is started; the first `failing` starts fail."""
    python, log = project.environments / "sample" / "bin" / "python", project.results / "starts"
    python.rename(python.with_name("python-itself"))
    log.parent.mkdir(exist_ok=True)
    log.touch()
    fails = f'[ "$(wc -l < "{log}")" -gt {failing} ] || exit 7'
    text = f'#!/bin/sh\necho >> "{log}"\n{fails}\nexec "$0-itself" "$@"\n'
    python.write_text(text, encoding="utf-8")
    python.chmod(0o755)
    return log


def test_what_does_not_end_well_is_tried_again_and_the_second_end_counts(
    project: Project,
) -> None:
    run(project, "internals")  # makes the baselines
    starts = counting(project, failing=1)
    checked = run(project, "internals", again=True)
    assert (checked.exit_code, checked.failure) == (0, None)
    assert checked.earlier.startswith("Crash: the probe ended with exit code 7")
    assert outcomes(checked) == {Outcome.IDENTICAL}
    assert len(starts.read_bytes()) == 2
    assert kept(project) == checked
    files = files_of("sample", project.results)
    first, second = (load_record(path) for path in (files.first_record, files.record))
    assert first.failure is not None
    assert second.failure is None
    checked = run(project, "internals", again=True)  # a check that ends well is not
    assert not files.first_record.exists()
    assert (checked.exit_code, checked.earlier) == (0, "")
    assert len(starts.read_bytes()) == 3
    assert kept(project) == checked


@pytest.mark.parametrize("force_regen", [False, True])
def test_what_wrote_its_baselines_is_not_tried_again(project: Project, force_regen: bool) -> None:
    starts = counting(project)
    checked = run(project, "internals", again=True, force_regen=force_regen)
    assert (checked.exit_code, checked.earlier) == (3, "")
    assert outcomes(checked) == {Outcome.NO_BASELINE}
    assert len(starts.read_bytes()) == 1
    assert (project.baselines / "sample" / "internals.json").exists()


def test_what_fails_twice_says_how_it_failed_first(project: Project, tmp_path: Path) -> None:
    (tmp_path / "sample.txt").unlink()
    checked = run(project, "internals", again=True)
    assert (checked.verdicts, checked.standing, checked.exit_code) == (
        (),
        Standing.INCONCLUSIVE,
        3,
    )
    assert checked.failure is not None
    assert checked.earlier == checked.failure.splitlines()[0]
    assert not files_of("sample", project.results).first_record.exists()
    assert run(project).earlier == ""  # nobody asked for a second time


def test_wrong_use_is_not_tried_again(project: Project) -> None:
    starts = counting(project)
    with pytest.raises(UsageError):
        run(project, layout=("--no-such-option",), again=True)
    assert len(starts.read_bytes()) == 1


def test_an_option_that_pytest_does_not_know_is_wrong_use(project: Project) -> None:
    with pytest.raises(UsageError, match="--no-such-option"):
        run(project, layout=("--no-such-option",))


@pytest.mark.fault(
    "environments", "the lock of a target is gone", "the message names it, exit code 3"
)
def test_an_environment_that_cannot_be_had_is_a_failure(project: Project, tmp_path: Path) -> None:
    (tmp_path / "sample.txt").unlink()
    accept_all(project.baselines)
    checked = run(project)
    assert (outcomes(checked), checked.exit_code) == ({Outcome.ENVIRONMENT_FAILED}, 3)
    assert checked.failure is not None
    assert "sample.txt: cannot be read" in checked.failure
    assert kept(project) == checked


@pytest.mark.fault(
    "environments",
    "the interpreter of an environment cannot be executed",
    "each accepted step is inconclusive, exit code 3",
)
def test_an_error_of_the_system_is_a_failure(project: Project) -> None:
    python = project.environments / "sample" / "bin" / "python"
    python.unlink()
    python.symlink_to("/dev/null")
    accept_all(project.baselines)
    checked = run(project)
    assert (outcomes(checked), checked.exit_code) == ({Outcome.CRASHED}, 3)
    assert checked.failure is not None
    assert "Permission denied" in checked.failure
    assert kept(project) == checked


@pytest.mark.fault(
    "verdicts", "a run fails where an earlier run left results", "the earlier results are removed"
)
def test_what_an_earlier_check_left_behind_does_not_outlast_a_failure(
    project: Project, tmp_path: Path
) -> None:
    files = files_of("sample", project.results)
    results = files.directory
    results.mkdir(parents=True)
    for path in (*files.all, results / "mine.txt"):
        path.write_text("stale", encoding="utf-8")
    (tmp_path / "sample.txt").unlink()
    checked = run(project)
    assert {path.name for path in results.iterdir()} == {"verdicts.json", "mine.txt"}
    assert kept(project) == checked


def test_a_probe_that_fails_is_a_failure(project: Project) -> None:
    [paths] = (project.environments / "sample").glob("lib/python*/site-packages/samples.pth")
    paths.write_text(f"{NUMPY}\n", encoding="utf-8")
    checked = run(project)
    assert (checked.verdicts, checked.exit_code) == ((), 3)
    assert checked.failure is not None
    assert "No module named 'tensorflow'" in checked.failure
    assert not project.baselines.exists()
    accept_all(project.baselines)
    for expression in ("", "internals"):
        checked = run(project, expression)
        assert (len(checked.verdicts), outcomes(checked)) == (3, {Outcome.CRASHED})
        assert checked.exit_code == 3


def test_baselines_are_not_written_in_ci_unless_they_are_proposed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    starts = counting(project)
    with pytest.raises(UsageError, match="no baseline is written in CI"):
        run(project, force_regen=True)
    assert starts.read_bytes() == b""
    checked = run(project, "internals")
    assert (outcomes(checked), checked.exit_code) == ({Outcome.NO_BASELINE}, 3)
    assert not project.baselines.exists()
    for force_regen in (False, True):
        run(project, "internals", writable=True, force_regen=force_regen)
        assert (project.baselines / "sample" / "internals.json").exists()
    assert run(project, "internals").exit_code == 0


@pytest.mark.fault(
    "disks and folders",
    "baselines of an installed package are to be written",
    "exit code 2, nothing is written into the package",
)
def test_baselines_of_an_installed_package_are_not_written(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.base.project.PACKAGE", tmp_path / "baselines")
    other = replace(project, root=tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="would write into the installed package"):
        run(other, force_regen=True)
    checked = run(other, "internals")
    assert (outcomes(checked), checked.exit_code) == ({Outcome.NO_BASELINE}, 3)
    assert not other.baselines.exists()


RESOLVED = "# nothing is pinned\n"


def test_the_distributions_of_a_baseline_without_a_lock_are_written_with_it_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "harness.environments.virtual_environments.resolve", lambda _target: RESOLVED
    )
    fresh = environment_of(SAMPLE, project.environments, digest(RESOLVED))
    (fresh.directory / STAMP).write_text(json.dumps(fresh.stamp), encoding="utf-8")
    path = project.baselines / "sample" / DISTRIBUTIONS
    run(project, "internals", target=SAMPLE)
    assert not path.exists()  # of a part of a target
    run(project, target=SAMPLE)
    written = path.read_text(encoding="utf-8")
    assert "numpy" in load_distributions(path)
    other = distributions_text({"tensorflow": "2.0.0"})
    path.write_text(other, encoding="utf-8")
    run(project, target=SAMPLE)
    assert path.read_text(encoding="utf-8") == other
    run(project, target=SAMPLE, force_regen=True)
    assert path.read_text(encoding="utf-8") == written


def test_a_watch_of_internals_that_crashes_could_not_be_checked(project: Project) -> None:
    run(project)
    before = (project.baselines / "sample" / "internals.json").read_bytes()
    [paths] = (project.environments / "sample").glob("lib/python*/site-packages/samples.pth")
    packages = shutil.copytree(TENSORFLOW, project.results / "packages")
    layers = packages / "tensorflow" / "keras" / "layers.py"
    fall = (
        "class _Falls(type):\n    @property\n    def __mro__(cls):\n        raise SystemExit(9)\n"
    )
    text = layers.read_text(encoding="utf-8")
    text = text.replace("class GRUCell(Layer)", f"{fall}\n\nclass GRUCell(Layer, metaclass=_Falls)")
    layers.write_text(text, encoding="utf-8")
    paths.write_text(f"{packages}\n{NUMPY}\n", encoding="utf-8")
    checked = run(project, force_regen=True)
    assert checked.exit_code == 3
    [lost] = [v for v in checked.verdicts if v.axis is Axis.WATCH]
    assert (lost.outcome, lost.step) == (Outcome.CRASHED, "")
    assert (project.baselines / "sample" / "internals.json").read_bytes() == before
