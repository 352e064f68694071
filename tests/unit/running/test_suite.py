"""Baselines as `tests/regression` makes, keeps and defends them, on a small record."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from harness.observing.baselines import load_steps
from harness.judging.verdicts import Outcome
from harness.running.check import _exit_code
from harness.judging.oracle.meanings import IGNORED, expected
from harness.observing.records import Observation, Record, Run
from harness.judging.verdicts import ORACLE
from tests.support.suite import Judged, judge
from tests.support.makers import array, gives, internal, raises, record, recorded, run, sees, twice

pytestmark = pytest.mark.usefixtures("on_own_machine")

SCENARIO = "unheard_of"  # neither the oracle nor the article knows it
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


def both(*observations: Observation) -> Sequence[Run]:
    return twice(*observations, scenario=SCENARIO)


RECORD = watching(runs=both(FIRST, SECOND))


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


def outcomes(judged: Judged) -> list[Outcome]:
    """Those of what there was something to hold against."""
    found = [v.outcome for v in judged.verdicts]
    return [outcome for outcome in found if outcome is not Outcome.NOT_APPLICABLE]


def contents(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in directory.glob("*")}


def test_a_missing_baseline_is_made_and_fails_once(tmp_path: Path) -> None:
    directory = tmp_path / "sample"
    first = judge(RECORD, directory)
    assert first.code == pytest.ExitCode.TESTS_FAILED
    assert set(outcomes(first)) == {Outcome.NO_BASELINE}
    assert "created" in first.text
    made = contents(directory)
    assert sorted(made) == ["internals.json", f"{SCENARIO}-fixed.json"]
    second = judge(RECORD, directory)
    assert (second.code, second.text) == (pytest.ExitCode.OK, "")
    assert outcomes(second) == [Outcome.IDENTICAL, Outcome.RAISES, Outcome.IDENTICAL]
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
    judged = judge(record(both(*observations)), baselines, "-k", "observations")
    assert judged.code == pytest.ExitCode.TESTS_FAILED
    assert [text for text in [f"{SCENARIO} / fixed / ", *said] if text not in judged.text] == []
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
    path = baselines / f"{SCENARIO}-fixed.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    judged = judge(RECORD, baselines, "-k", "observations")
    assert judged.code == pytest.ExitCode.TESTS_FAILED
    assert [text for text in said if text not in judged.text] == []


def test_force_regen_writes_what_differs_and_then_all_is_well(baselines: Path) -> None:
    changed = watching(default="0", runs=both(gives(2.0, step="first pass")))
    assert judge(changed, baselines, "--force-regen").code == pytest.ExitCode.TESTS_FAILED
    assert list(load_steps(baselines / f"{SCENARIO}-fixed.json")) == ["first pass"]
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


CRASHED = [
    run(
        FIRST,
        end="crashed",
        unfinished="second pass",
        detail="ended by SIGSEGV",
        scenario=SCENARIO,
    )
]


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


def as_defined(scenario: str, off: float = 0.0, step: str = "", meaning: str = "") -> list[Run]:
    """Two runs that give what the oracle says, but in `step`; of several meanings the first."""
    observations = []
    for name, meanings in expected(scenario).items():
        known = meaning if meaning in meanings else next(iter(meanings))
        here = off if name == step else 0.0
        arrays = {
            key: recorded((values + here).astype(np.float32))
            for key, values in meanings[known].items()
        }
        observations.append(sees(name, **arrays))
    return twice(*observations, scenario=scenario)


TRUTHS: dict[str, tuple[Sequence[Run], set[Outcome], int]] = {
    "as it is defined": (as_defined("stateful"), {Outcome.EQUAL}, 0),
    "in either meaning": (
        as_defined("initial_state", meaning=IGNORED),
        {Outcome.EQUAL},
        0,
    ),
    "a little off": (as_defined("stateful", 1e-8, "first pass"), {Outcome.EQUAL}, 0),
    "off": (
        as_defined("stateful", 1e-4, "first pass"),
        {Outcome.EQUAL, Outcome.DRIFT},
        1,
    ),
    "in one run alone": (
        [*as_defined("stateful")[:1], *as_defined("stateful", 1e-4, "first pass")[1:]],
        {Outcome.EQUAL},
        0,
    ),
    "an error": (
        twice(raises("no such state", step="first pass")),
        set(),
        0,
    ),
    "of no scenario that it knows": (both(FIRST, SECOND), set(), 0),
    "with seeds instead of fixed weights": (twice(FIRST, variant="strict"), set(), 0),
}


@pytest.mark.parametrize(("runs", "expected_outcomes", "code"), TRUTHS.values(), ids=TRUTHS)
def test_what_is_observed_is_held_against_the_oracle(
    runs: Sequence[Run], expected_outcomes: set[Outcome], code: int, tmp_path: Path
) -> None:
    judged = judge(record(runs), tmp_path / "sample", "-k", "oracle")
    assert (judged.code, set(outcomes(judged))) == (code, expected_outcomes)
    assert {v.scenario for v in judged.verdicts} <= {ORACLE}
    assert (_exit_code(judged.verdicts), bool(judged.failures)) == (code, bool(code))


def test_a_step_that_the_oracle_does_not_agree_with_is_named(tmp_path: Path) -> None:
    runs = as_defined("stateful", 1e-4, "second pass")
    judged = judge(record(runs), tmp_path / "sample", "-k", "oracle")
    assert "oracle / stateful / second pass: drift: as defined, " in judged.text
    assert "first pass" not in judged.text


def test_the_oracle_says_nothing_of_runs_that_crashed(tmp_path: Path) -> None:
    crashed = run(end="crashed", unfinished="first pass", detail="...")
    judged = judge(record([crashed]), tmp_path / "sample", "-k", "oracle")
    assert judged.code == pytest.ExitCode.TESTS_FAILED
    assert judged.verdicts == []
    assert "could not be checked: a run ended untimely" in judged.text


PUBLISHED = -0.011644869
FIGURES_OF: dict[str, tuple[str, float, list[Outcome]]] = {
    "the figure": ("tf-2.9", PUBLISHED, [Outcome.EQUAL]),
    "another figure": ("tf-2.9", PUBLISHED + 1e-6, [Outcome.DRIFT]),
    "another figure on another release": ("tf-2.10", PUBLISHED + 1e-6, []),
    "the figure on another release": ("tf-2.10", PUBLISHED, []),
}


@pytest.mark.parametrize(
    ("target", "value", "expected_outcomes"), FIGURES_OF.values(), ids=FIGURES_OF
)
def test_a_published_figure_is_expected_where_it_reproduces(
    target: str, value: float, expected_outcomes: list[Outcome], tmp_path: Path
) -> None:
    runs = twice(gives(value, step="first pass"), variant="published")
    arguments = ["-k", "published_figure and stateful-first"]
    judged = judge(record(runs, target=target), tmp_path / "sample", *arguments)
    assert outcomes(judged) == expected_outcomes
    assert len(judged.verdicts) == 1
    assert (judged.code == pytest.ExitCode.OK) is (Outcome.DRIFT not in expected_outcomes)
