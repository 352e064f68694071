"""One target from its environment to its verdicts, with a stand-in for TensorFlow."""

import datetime
import hashlib
import json
import shutil
from pathlib import Path

import msgspec
import pytest

from harness.changes import INTERNALS, Outcome
from harness.check import LEFT_BEHIND, Checked, _exit_code, check
from harness.environments import STAMP
from harness.errors import UsageError
from harness.paths import Workspace
from harness.runner import Limits
from tests.unit.makers import SAMPLE, verdict
from tests.unit.samples import NUMPY, TENSORFLOW, make_environment

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
    "a crash beside a body": ([Outcome.CRASHED, Outcome.BODY_CHANGED], 3),
    "a crash beside a drift": ([Outcome.CRASHED, Outcome.DRIFT], 1),
}


@pytest.mark.parametrize(("outcomes", "expected"), CODES.values(), ids=CODES)
def test_the_exit_code_is_that_of_the_worst_outcome(outcomes: list[Outcome], expected: int) -> None:
    assert _exit_code([verdict(outcome) for outcome in outcomes]) == expected


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Directories of its own, with a whole environment and a lock for the sample target."""
    body = "# nothing is pinned\n"
    lock = f"# sha256 of the lines below: {hashlib.sha256(body.encode()).hexdigest()}\n{body}"
    (tmp_path / "sample.txt").write_text(lock, encoding="utf-8")
    monkeypatch.setattr("harness.environments.LOCKS", tmp_path)
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
    assert {v.outcome for v in first.verdicts} == {Outcome.NO_BASELINE}
    second = run(workspace)
    assert (second.failure, second.exit_code) == (None, 0)
    # the stand-in has no `tf.random`, so what a scenario gives is the error that says so
    assert {v.outcome for v in second.verdicts} == {Outcome.RAISES, Outcome.IDENTICAL}
    assert len(second.verdicts) == len(first.verdicts)
    results = workspace.results / "sample"
    assert kept(workspace) == second
    assert {path.name for path in results.iterdir()} >= {"junit.xml", "record.json"}


def test_a_selection_of_nothing_is_wrong_use(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="nothing was checked with -k nothing"):
        run(workspace, "-k", "nothing")


def test_tests_that_check_nothing_are_wrong_use(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="nothing was checked with -k published_figure"):
        run(workspace, "-k", "published_figure")  # none reproduces on the sample target


def test_an_option_that_pytest_does_not_know_is_wrong_use(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="--no-such-option"):
        run(workspace, "--no-such-option")


def test_an_environment_that_cannot_be_had_is_a_failure_and_no_verdict(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "sample.txt").unlink()
    checked = run(workspace)
    assert (checked.verdicts, checked.exit_code) == ((), 3)
    assert checked.failure is not None
    assert "sample.txt: cannot be read" in checked.failure
    assert kept(workspace) == checked


def test_an_error_of_the_system_is_a_failure_and_no_verdict(workspace: Workspace) -> None:
    python = workspace.environments / "sample" / "bin" / "python"
    python.unlink()
    python.symlink_to("/dev/null")
    checked = run(workspace)
    assert (checked.verdicts, checked.exit_code) == ((), 3)
    assert checked.failure is not None
    assert "Permission denied" in checked.failure
    assert kept(workspace) == checked


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


def test_a_probe_that_fails_is_a_failure_and_no_verdict(workspace: Workspace) -> None:
    [paths] = (workspace.environments / "sample").glob("lib/python*/site-packages/samples.pth")
    paths.write_text(f"{NUMPY}\n", encoding="utf-8")
    checked = run(workspace)
    assert (checked.verdicts, checked.exit_code) == ((), 3)
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
