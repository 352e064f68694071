"""Baselines as `tests/regression` makes, keeps and defends them, on a small record."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.baselines import load_steps
from harness.changes import Outcome
from harness.check import _exit_code
from harness.records import Observation, Record, Run
from tests.unit.judging import judge
from tests.unit.makers import array, gives, internal, raises, record, run, sees, twice

pytestmark = pytest.mark.usefixtures("on_own_machine")

FIRST = sees("first pass", output=array(0.125, 0.25, 0.5, shape=(1, 3)), cell=array(1.0))
SECOND = raises("no such state", step="second pass")
KEY = "keras.RNN.reset_states"
BODY = """\
    def reset_states(self, states=None):
        self.states = states
        return self
"""


def watching(default: str = "None", body: str = BODY, runs: Sequence[Run] = ()) -> Record:
    """A record that watches `RNN.reset_states`."""
    return record(runs, internals=[internal(default=default, source=KEY)], sources={KEY: body})


RECORD = watching(runs=twice(FIRST, SECOND))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Baselines that `RECORD` made."""
    directory = tmp_path_factory.mktemp("baselines") / "sample"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CI", raising=False)
        judge(RECORD, directory)
    return directory


@pytest.fixture
def baselines(made: Path, tmp_path: Path) -> Path:
    """A copy of them, which a test may edit."""
    return Path(shutil.copytree(made, tmp_path / "sample"))


def contents(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in directory.glob("*")}


def test_a_missing_baseline_is_made_and_fails_once(tmp_path: Path) -> None:
    directory = tmp_path / "sample"
    first = judge(RECORD, directory)
    assert first.code == pytest.ExitCode.TESTS_FAILED
    assert {v.outcome for v in first.verdicts} == {Outcome.NO_BASELINE}
    assert "created" in first.text
    made = contents(directory)
    assert sorted(made) == ["internals.json", "stateful-fixed.json"]
    second = judge(RECORD, directory)
    assert (second.code, second.text) == (pytest.ExitCode.OK, "")
    assert [v.outcome for v in second.verdicts] == [
        Outcome.IDENTICAL,
        Outcome.RAISES,
        Outcome.IDENTICAL,
    ]
    assert contents(directory) == made


CHANGES: dict[str, tuple[Sequence[Observation], list[str]]] = {
    "a permuted array": (
        [sees("first pass", output=array(0.5, 0.25, 0.125, shape=(1, 3)), cell=array(1.0)), SECOND],
        ["first pass: drift", "output"],
    ),
    "another dtype": (
        [
            sees(
                "first pass",
                output=array(0.125, 0.25, 0.5, shape=(1, 3)),
                cell=array(1.0, dtype="float64"),
            ),
            SECOND,
        ],
        ["first pass: changed", "cell: dtype float64 instead of float32"],
    ),
    "a step that is gone": ([FIRST], ["second pass: missing"]),
    "a step more": ([FIRST, SECOND, gives(1.0, step="third pass")], ["third pass: no baseline"]),
    "a step that works now": (
        [FIRST, gives(1.0, step="second pass")],
        ["second pass: fixed: works, raised ValueError: no such state"],
    ),
}


@pytest.mark.parametrize(("observations", "said"), CHANGES.values(), ids=CHANGES)
def test_a_change_fails_and_names_its_step(
    baselines: Path, observations: Sequence[Observation], said: list[str]
) -> None:
    before = contents(baselines)
    judged = judge(record(twice(*observations)), baselines, "-k", "observations")
    assert judged.code == pytest.ExitCode.TESTS_FAILED
    assert [text for text in ["stateful / fixed / ", *said] if text not in judged.text] == []
    assert contents(baselines) == before


EDITS = {
    "a digit of a value": ("0.125", "0.126", ["first pass: output", "edited by hand"]),
    "a digit of a value and its mean": (
        '"mean": 1.0,\n     "values": [\n      [1.0]',
        '"mean": 1.1,\n     "values": [\n      [1.1]',
        ["first pass: drift", "cell: mean 1 instead of 1.1"],
    ),
    "an error's message": ("no such state", "no state", ["second pass: error changed"]),
}


@pytest.mark.parametrize(("old", "new", "said"), EDITS.values(), ids=EDITS)
def test_an_edited_baseline_fails_and_names_its_step(
    baselines: Path, old: str, new: str, said: list[str]
) -> None:
    path = baselines / "stateful-fixed.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    judged = judge(RECORD, baselines, "-k", "observations")
    assert judged.code == pytest.ExitCode.TESTS_FAILED
    assert [text for text in said if text not in judged.text] == []


def test_force_regen_writes_what_differs_and_then_all_is_well(baselines: Path) -> None:
    changed = watching(default="0", runs=twice(gives(2.0, step="first pass")))
    assert judge(changed, baselines, "--force-regen").code == pytest.ExitCode.TESTS_FAILED
    assert list(load_steps(baselines / "stateful-fixed.json")) == ["first pass"]
    assert "states=0" in contents(baselines)["internals.json"]
    assert judge(changed, baselines).code == pytest.ExitCode.OK


LATER_BODY = BODY.replace("return self", "return None")
COMMENTED = BODY.replace("        self", "        # the states\n        self")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param(
            watching(default="0"),
            "changed: default: (self, states=0) instead of (self, states=None)",
            id="default",
        ),
        pytest.param(record([], internals=[internal(default=None)]), "changed: ", id="signature"),
        pytest.param(record([]), "missing", id="no longer watched"),
    ],
)
def test_a_changed_internal_fails_and_names_it(baselines: Path, changed: Record, said: str) -> None:
    before = contents(baselines)
    judged = judge(changed, baselines, "-k", "internals")
    assert judged.code == pytest.ExitCode.TESTS_FAILED
    assert f"internals / RNN.reset_states: {said}" in judged.text
    assert _exit_code(judged.verdicts) == 1
    assert contents(baselines) == before


def test_a_changed_body_is_noticed_and_passes(baselines: Path) -> None:
    before = contents(baselines)
    judged = judge(watching(body=LATER_BODY), baselines, "-k", "internals")
    assert [(v.outcome, v.reason) for v in judged.verdicts] == [
        (Outcome.BODY_CHANGED, "body: 2 lines differ")
    ]
    assert (judged.code, judged.text) == (pytest.ExitCode.OK, "")
    assert contents(baselines) == before


def test_a_comment_in_a_body_is_not_even_noticed(baselines: Path) -> None:
    judged = judge(watching(body=COMMENTED), baselines, "-k", "internals")
    assert [v.outcome for v in judged.verdicts] == [Outcome.IDENTICAL]
    assert judged.code == pytest.ExitCode.OK


def test_force_regen_writes_a_changed_body(baselines: Path) -> None:
    later = watching(body=LATER_BODY)
    judge(later, baselines, "-k", "internals", "--force-regen")
    assert "return None" in contents(baselines)["internals.json"]
    again = judge(later, baselines, "-k", "internals")
    assert [v.outcome for v in again.verdicts] == [Outcome.IDENTICAL]


@pytest.mark.parametrize("arguments", [[], ["--force-regen"]], ids=["as it is", "--force-regen"])
@pytest.mark.parametrize("stored", [True, False], ids=["a baseline", "none"])
def test_a_watch_that_crashed_could_not_be_checked_and_writes_nothing(
    made: Path, tmp_path: Path, arguments: list[str], *, stored: bool
) -> None:
    directory = tmp_path / "sample"
    if stored:
        shutil.copytree(made, directory)
    before = contents(directory)
    lost = record([], internals_failure="crashed: ended by SIGSEGV")
    judged = judge(lost, directory, "-k", "internals", *arguments)
    assert judged.code == pytest.ExitCode.TESTS_FAILED
    assert "crashed: ended by SIGSEGV" in judged.text
    assert _exit_code(judged.verdicts) == 3
    assert contents(directory) == before


def test_nothing_is_written_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    judged = judge(RECORD, tmp_path / "sample")
    assert judged.code == pytest.ExitCode.TESTS_FAILED
    assert judged.text.count("none is written in CI") == 2
    assert not (tmp_path / "sample").exists()


CRASHED = [run(FIRST, end="crashed", unfinished="second pass", detail="ended by SIGSEGV")]


@pytest.mark.parametrize("arguments", [[], ["--force-regen"]], ids=["as it is", "--force-regen"])
def test_a_crash_writes_no_baseline(tmp_path: Path, arguments: list[str]) -> None:
    judged = judge(record(CRASHED), tmp_path / "sample", "-k", "observations", *arguments)
    assert judged.code == pytest.ExitCode.TESTS_FAILED
    assert "second pass: crashed: run 1 ended by SIGSEGV" in judged.text
    assert contents(tmp_path / "sample") == {}


def test_a_crash_does_not_touch_the_baseline_that_is_there(baselines: Path) -> None:
    before = contents(baselines)
    assert judge(record(CRASHED), baselines, "--force-regen", "-k", "observations").code == 1
    assert contents(baselines) == before


def test_figures_of_runs_that_crashed_could_not_be_checked(tmp_path: Path) -> None:
    runs: list[Run] = [
        run(end="crashed", unfinished="first pass", detail="...", scenario=s, variant="published")
        for s in ("stateful", "reset", "override")
    ]
    judged = judge(record(runs, target="tf-2.9"), tmp_path / "sample", "-k", "not internals")
    assert judged.verdicts
    assert _exit_code(judged.verdicts) == 3
