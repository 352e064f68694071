"""Baselines as the suite makes, keeps and defends them, on a small record."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.judging.verdicts import Axis, Outcome
from harness.observing.baselines import load_steps
from harness.observing.records import Observation, Record, Run
from tests.support.makers import array, gives, internal, raises, record, run, sees, twice
from tests.support.places import copy_baselines
from tests.support.suite import Judged, contents, judge

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
    judge(RECORD, directory)
    return directory


@pytest.fixture
def baselines(made: Path, tmp_path: Path) -> Path:
    """A copy of them, which a test may edit."""
    return copy_baselines(made.parent, made.name, tmp_path)


def outcomes(judged: Judged) -> list[Outcome]:
    """The outcomes of verdicts that say something of the target."""
    return [v.outcome for v in judged.verdicts if not v.outcome.silent]


@pytest.mark.fault(
    "scenarios", "a baseline that is made for the first time has an error", "the error is printed"
)
def test_a_missing_baseline_is_made_and_fails_once(tmp_path: Path) -> None:
    directory = tmp_path / "sample"
    first = judge(RECORD, directory)
    assert (first.code, first.passed) == (3, False)
    assert set(outcomes(first)) == {Outcome.NO_BASELINE}
    assert "created" in first.text
    assert "second pass: raises ValueError: no such state" in first.text
    made = contents(directory)
    assert sorted(made) == ["internals.json", f"{SCENARIO}-fixed.json"]
    second = judge(RECORD, directory)
    assert (second.code, second.text) == (0, "")
    assert outcomes(second) == [Outcome.IDENTICAL, Outcome.RAISES, Outcome.IDENTICAL]
    assert contents(directory) == made


# other observations, the exit code, and the words of the failed test
CHANGES: dict[str, tuple[Sequence[Observation], int, list[str]]] = {
    "a permuted array": (
        [sees("first pass", output=array(0.5, 0.25, 0.125, shape=(1, 3)), cell=array(1.0)), SECOND],
        1,
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
        1,
        ["first pass: changed", "cell: dtype float64 instead of float32"],
    ),
    "a step that is gone": ([FIRST], 1, ["second pass: missing"]),
    "a step more": (
        [FIRST, SECOND, gives(1.0, step="third pass")],
        3,
        ["third pass: no baseline"],
    ),
    "a step that works now": (
        [FIRST, gives(1.0, step="second pass")],
        1,
        ["second pass: fixed: works, raised ValueError: no such state"],
    ),
}


@pytest.mark.parametrize(("observations", "code", "said"), CHANGES.values(), ids=CHANGES)
def test_a_change_fails_and_names_its_step(
    baselines: Path, observations: Sequence[Observation], code: int, said: list[str]
) -> None:
    before = contents(baselines)
    judged = judge(record(both(*observations)), baselines, expression="observations")
    assert (judged.code, judged.passed) == (code, False)
    assert [text for text in [f"{SCENARIO} / fixed / ", *said] if text not in judged.text] == []
    assert contents(baselines) == before


# the old text, the new one, the exit code, and the words of the failed test
EDITS = {
    "a digit of a value": ("0.125", "0.126", 3, ["first pass: output", "edited by hand"]),
    "a digit of a value and its mean": (
        '"mean": 1.0, "values": [[1.0]]',
        '"mean": 1.1, "values": [[1.1]]',
        1,
        ["first pass: drift", "cell: mean 1 instead of 1.1"],
    ),
    "an error's message": ("no such state", "no state", 1, ["second pass: error changed"]),
}


@pytest.mark.parametrize(("old", "new", "code", "said"), EDITS.values(), ids=EDITS)
def test_an_edited_baseline_fails_and_names_its_step(
    baselines: Path, old: str, new: str, code: int, said: list[str]
) -> None:
    path = baselines / f"{SCENARIO}-fixed.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    judged = judge(RECORD, baselines, expression="observations")
    assert (judged.code, judged.passed) == (code, False)
    assert [text for text in said if text not in judged.text] == []


def test_force_regen_writes_what_differs_and_then_all_is_well(baselines: Path) -> None:
    changed = watching(default="0", runs=both(gives(2.0, step="first pass")))
    regenerated = judge(changed, baselines, force_regen=True)
    assert (regenerated.code, regenerated.passed) == (1, False)
    assert list(load_steps(baselines / f"{SCENARIO}-fixed.json")) == ["first pass"]
    assert "states=0" in contents(baselines)["internals.json"]
    again = judge(changed, baselines)
    assert (again.code, again.text) == (0, "")


LATER_BODY = BODY.replace("return self", "return None")
COMMENTED = BODY.replace("        self", "        # the states\n        self")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param(
            watching(default="0"),
            "changed: default: states=0 instead of states=None",
            id="default",
        ),
        pytest.param(record([], internals=[internal(default=None)]), "changed: ", id="signature"),
        pytest.param(record([]), "missing", id="no longer watched"),
    ],
)
def test_a_changed_internal_fails_and_names_it(baselines: Path, changed: Record, said: str) -> None:
    before = contents(baselines)
    judged = judge(changed, baselines, expression="internals")
    assert (judged.code, judged.passed) == (1, False)
    assert f"internals / RNN.reset_states: {said}" in judged.text
    assert contents(baselines) == before


def test_a_changed_body_is_noticed_and_passes(baselines: Path) -> None:
    before = contents(baselines)
    judged = judge(watching(body=LATER_BODY), baselines, expression="internals")
    watched = [v for v in judged.verdicts if v.axis is Axis.WATCH]
    assert [(v.outcome, v.reason) for v in watched] == [
        (Outcome.BODY_CHANGED, "body: 2 lines differ")
    ]
    assert (judged.code, judged.text) == (0, "")
    assert contents(baselines) == before


def test_a_comment_in_a_body_is_not_even_noticed(baselines: Path) -> None:
    judged = judge(watching(body=COMMENTED), baselines, expression="internals")
    assert outcomes(judged) == [Outcome.IDENTICAL]
    assert judged.code == 0


def test_force_regen_writes_a_changed_body(baselines: Path) -> None:
    later = watching(body=LATER_BODY)
    written = judge(later, baselines, expression="internals", force_regen=True)
    assert (written.code, written.text) == (0, "")  # it is no more than noticed
    assert outcomes(written) == [Outcome.BODY_CHANGED]
    shared = contents(baselines.parent / "shared" / "sources")
    assert [source for source in shared.values() if "return None" in source] != []
    again = judge(later, baselines, expression="internals")
    assert outcomes(again) == [Outcome.IDENTICAL]


@pytest.mark.fault(
    "verdicts",
    "the watch of internals crashes",
    "inconclusive, exit code 3, and no baseline is written",
)
@pytest.mark.parametrize("force_regen", [False, True], ids=["as it is", "--force-regen"])
@pytest.mark.parametrize("stored", [True, False], ids=["a baseline", "none"])
def test_a_watch_that_crashed_could_not_be_checked_and_writes_nothing(
    made: Path, tmp_path: Path, *, force_regen: bool, stored: bool
) -> None:
    directory = tmp_path / "sample"
    if stored:
        copy_baselines(made.parent, made.name, tmp_path)
    before = contents(directory)
    lost = record([], internals_failure="crashed: ended by SIGSEGV")
    judged = judge(lost, directory, expression="internals", force_regen=force_regen)
    assert (judged.code, judged.passed) == (3, False)
    assert "crashed: ended by SIGSEGV" in judged.text
    assert contents(directory) == before


def test_a_suite_that_may_not_write_makes_no_baseline_and_says_so(tmp_path: Path) -> None:
    judged = judge(RECORD, tmp_path / "sample", writable=False)
    assert (judged.code, judged.passed) == (3, False)
    assert judged.text.count("there is no baseline, and none is written here") == 2
    assert not (tmp_path / "sample").exists()


def test_a_suite_that_may_not_write_compares_with_what_there_is(baselines: Path) -> None:
    before = contents(baselines)
    assert judge(RECORD, baselines, writable=False).code == 0
    judged = judge(watching(runs=both(FIRST)), baselines, writable=False)
    assert (judged.code, judged.text.count("second pass: missing")) == (1, 1)
    assert contents(baselines) == before


CRASHED = [
    run(
        FIRST,
        end="crashed",
        unfinished="second pass",
        detail="ended by SIGSEGV",
        scenario=SCENARIO,
    )
]


@pytest.mark.fault(
    "verdicts",
    "a run crashes before its last step",
    "inconclusive, exit code 3, and no baseline is written",
)
@pytest.mark.parametrize("force_regen", [False, True], ids=["as it is", "--force-regen"])
def test_a_crash_writes_no_baseline(tmp_path: Path, *, force_regen: bool) -> None:
    judged = judge(
        record(CRASHED), tmp_path / "sample", expression="observations", force_regen=force_regen
    )
    assert (judged.code, judged.passed) == (3, False)
    assert "second pass: crashed: run 1 crashed: ended by SIGSEGV" in judged.text
    assert contents(tmp_path / "sample") == {}


def test_a_crash_does_not_touch_the_baseline_that_is_there(baselines: Path) -> None:
    before = contents(baselines)
    judged = judge(record(CRASHED), baselines, expression="observations", force_regen=True)
    assert (judged.code, judged.passed) == (3, False)
    assert contents(baselines) == before


WHY = "the step name 'first pass' is used twice"


def broken(*observations: Observation, at: str | None = None, variant: str = "fixed") -> list[Run]:
    """Two runs that an error of their scenario ended."""
    return [
        run(
            *observations,
            number=number,
            end="broken",
            unfinished=at,
            detail=f"{WHY}\nTraceback ...",
            scenario=SCENARIO,
            variant=variant,
        )
        for number in (1, 2)
    ]


BROKEN: dict[str, Sequence[Run]] = {
    "before its first step": broken(),
    "in a step": broken(FIRST, at="second pass"),
    "between two steps": broken(FIRST),
    "after its last step": broken(FIRST, SECOND),
    "with other values": broken(gives(9.0, step="first pass"), at="second pass"),
    "in one run": [both(FIRST, SECOND)[0], broken(FIRST, at="second pass")[1]],
    "in its whole file": broken(variant=""),
}


@pytest.mark.fault(
    "scenarios",
    "a broken scenario, with `--force-regen` or without",
    "exit code 3, no baseline is written or changed",
)
@pytest.mark.parametrize("force_regen", [False, True], ids=["as it is", "--force-regen"])
@pytest.mark.parametrize("stored", [True, False], ids=["a baseline", "none"])
@pytest.mark.parametrize("runs", BROKEN.values(), ids=BROKEN)
def test_a_broken_scenario_writes_no_baseline_and_leaves_the_one_that_is_there(
    made: Path, tmp_path: Path, runs: Sequence[Run], *, force_regen: bool, stored: bool
) -> None:
    directory = tmp_path / "sample"
    if stored:
        copy_baselines(made.parent, made.name, tmp_path)
    before = contents(directory)
    judged = judge(record(runs), directory, expression="observations", force_regen=force_regen)
    assert judged.code == (1 if stored and runs == BROKEN["with other values"] else 3)
    assert not judged.passed
    assert WHY in judged.text
    assert "could not be checked, no baseline is written" in judged.text
    assert Outcome.BROKEN in outcomes(judged)
    assert contents(directory) == before


@pytest.mark.parametrize("force_regen", [False, True], ids=["as it is", "--force-regen"])
def test_a_broken_scenario_does_not_keep_another_from_its_baseline(
    tmp_path: Path, *, force_regen: bool
) -> None:
    runs = [*broken(variant=""), *twice(FIRST, scenario="another")]
    directory = tmp_path / "sample"
    judged = judge(record(runs), directory, expression="observations", force_regen=force_regen)
    assert judged.code == 3
    assert list(contents(directory)) == ["another-fixed.json"]


@pytest.mark.fault(
    "scenarios",
    "a step's name has ESC and other control characters",
    "they reach neither the terminal nor `junit.xml`",
)
def test_a_step_with_control_characters_steers_no_terminal_and_leaves_well_formed_junit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "\x1b[31mred\x07 \x00"
    judged = judge(record(both(raises("no such state", step=name))), tmp_path / "sample")
    assert {v.step for v in judged.verdicts if v.axis is Axis.DRIFT} == {name}
    assert "\x1b" not in judged.text + capsys.readouterr().out
    assert "red\\x07 \\x00: raises ValueError: no such state" in judged.text
