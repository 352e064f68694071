"""Baselines of a scenario that is there no more: named, kept, and removed on request."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import UncheckedError
from harness.judging.judge import judge as judge_record
from harness.judging.verdicts import Axis, Outcome
from harness.observing.snapshots import load_baseline
from harness.running.suite.parts import parts_of
from tests.support.makers import SAMPLE, gives, raises, record, run, surroundings, twice
from tests.support.places import CRITERIA, project_at
from tests.support.suite import contents, judge

SCENARIO = "unheard_of"
RUNS = twice(
    gives(1.0, step="first pass"), raises("no such state", step="second pass"), scenario=SCENARIO
)
GONE = "its scenario is gone"
OTHER = "stays"  # a scenario that is still there
STAYS = twice(gives(3.0), scenario=OTHER)


@pytest.fixture
def outlived(tmp_path: Path) -> Path:
    """Baselines of two scenarios, of which one is there no more."""
    directory = tmp_path / "sample"
    judge(record([*RUNS, *STAYS]), directory)
    assert judge(record([*RUNS, *STAYS]), directory).code == 0
    return directory


@pytest.mark.fault(
    "scenarios",
    "a scenario is renamed or removed",
    "its steps are missing, and the message says how to remove its baseline",
)
def test_a_scenario_whose_file_is_gone_fails_and_nothing_is_written(outlived: Path) -> None:
    before = contents(outlived)
    judged = judge(record(STAYS), outlived)
    path = outlived / f"{SCENARIO}-fixed.json"
    assert judged.failures == [f"{path}: {GONE}; --force-regen removes it too"]
    missing = [v for v in judged.verdicts if v.outcome is Outcome.MISSING]
    assert [(v.scenario, v.variant, v.step) for v in missing] == [
        (SCENARIO, "fixed", "first pass"),
        (SCENARIO, "fixed", "second pass"),
    ]
    assert judged.code == 1
    assert contents(outlived) == before


@pytest.mark.fault(
    "scenarios",
    "a scenario is renamed or removed, then `--force-regen`",
    "its baseline is removed, and the next run passes",
)
def test_force_regen_removes_the_baseline_of_a_scenario_that_is_gone_and_no_other(
    outlived: Path,
) -> None:
    before = contents(outlived)
    judged = judge(record(STAYS), outlived, force_regen=True)
    assert (judged.code, len(judged.failures)) == (1, 1)
    assert f"{GONE}, and so is its baseline now" in judged.text
    del before[f"{SCENARIO}-fixed.json"]
    assert contents(outlived) == before
    again = judge(record(STAYS), outlived)
    assert (again.code, again.text) == (0, "")


def test_force_regen_of_one_scenario_does_not_remove_the_baseline_of_another(
    outlived: Path,
) -> None:
    before = contents(outlived)
    judged = judge(record(STAYS), outlived, expression=OTHER, force_regen=True)
    assert (judged.code, judged.text) == (0, "")
    assert contents(outlived) == before


def test_a_scenario_that_crashed_before_its_first_step_is_not_gone(outlived: Path) -> None:
    before = contents(outlived)
    crashed = run(end="crashed", detail="ended by SIGSEGV", scenario=SCENARIO)
    judged = judge(record([crashed, *STAYS]), outlived, force_regen=True)
    assert judged.code == 3
    assert GONE not in judged.text
    assert contents(outlived) == before


@pytest.mark.fault(
    "scenarios",
    "the baseline of a removed scenario is damaged",
    "exit code 3 until `--force-regen` removes it",
)
def test_a_damaged_baseline_of_a_scenario_that_is_gone_does_not_pass(outlived: Path) -> None:
    path = outlived / f"{SCENARIO}-fixed.json"
    path.write_text("{", encoding="utf-8")
    judged = judge(record(STAYS), outlived)
    assert (judged.code, len(judged.failures)) == (3, 1)
    assert f"{path}: {GONE}" in judged.text
    assert judge(record(STAYS), outlived, force_regen=True).code == 3
    assert not path.exists()
    assert judge(record(STAYS), outlived).code == 0


def test_nothing_can_be_written_of_what_was_left_out(outlived: Path) -> None:
    part = replace(record(STAYS), left_out=(SCENARIO, "internals"), environment=surroundings())
    project = project_at(outlived.parent, baselines=outlived.parent)
    parts = {
        each.name: each
        for each in parts_of(judge_record(part, load_baseline(SAMPLE, project), CRITERIA))
        if each.axis in (Axis.DRIFT, Axis.WATCH)
    }
    assert parts.keys() == {f"{SCENARIO}-fixed", f"{OTHER}-fixed", "internals"}
    assert parts[f"{OTHER}-fixed"].contents is not None
    for name in (f"{SCENARIO}-fixed", "internals"):
        assert (parts[name].contents, parts[name].gone) == (None, False)


@pytest.mark.parametrize("force_regen", [False, True], ids=["as it is", "--force-regen"])
def test_what_was_left_out_keeps_its_baseline_and_is_not_gone(
    outlived: Path, *, force_regen: bool
) -> None:
    before = contents(outlived)
    part = replace(record(STAYS), left_out=(SCENARIO, "internals"))
    judged = judge(part, outlived, expression=OTHER, force_regen=force_regen)
    assert (judged.code, judged.text) == (0, "")
    assert {v.outcome for v in judged.verdicts if v.scenario == SCENARIO} == {Outcome.LEFT_OUT}
    assert contents(outlived) == before


@pytest.mark.fault(
    "verdicts",
    "`-k` selects what the probe did not run",
    "an error, exit code 3, and no baseline is written or removed",
)
@pytest.mark.parametrize(
    "expression", ["", SCENARIO, "internals", f"{OTHER} or internals", "oracle"]
)
@pytest.mark.parametrize("force_regen", [False, True], ids=["as it is", "--force-regen"])
def test_what_was_left_out_and_is_selected_fails(
    outlived: Path, expression: str, *, force_regen: bool
) -> None:
    before = contents(outlived)
    part = replace(record(STAYS), left_out=(SCENARIO, "internals"))
    with pytest.raises(UncheckedError, match="a test failed without a verdict"):
        judge(part, outlived, expression=expression, force_regen=force_regen)
    assert contents(outlived) == before
