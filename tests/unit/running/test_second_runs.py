"""How often each scenario runs: a second time only where that tells something."""

from collections import Counter

import pytest

from harness.base.project import Project
from harness.judging.verdicts import Axis, Outcome
from harness.observing.records import Why, load_record
from harness.running.results import files_of
from tests.unit.running.checking import BOTH, run

pytestmark = pytest.mark.usefixtures("on_own_machine")


def times(project: Project) -> dict[str, int]:
    """How often each scenario of the last check was run, by its name and variant."""
    record = load_record(files_of("sample", project.results).record)
    return Counter(f"{run.scenario}-{run.variant}" for run in record.runs)


def reasons(project: Project) -> dict[str, Why]:
    record = load_record(files_of("sample", project.results).record)
    return {f"{each.scenario}-{each.variant}": each.why for each in record.run_counts}


ALL = [f"{scenario}-{variant}" for scenario in ("reset", "stateful") for variant in BOTH]


def test_what_equals_its_baseline_runs_once_and_what_has_none_twice(project: Project) -> None:
    run(project)
    assert times(project) == dict.fromkeys(ALL, 2)
    assert reasons(project) == dict.fromkeys(ALL, Why.NO_BASELINE)
    checked = run(project)
    assert times(project) == dict.fromkeys(ALL, 1)
    assert reasons(project) == dict.fromkeys(ALL, Why.EQUALS)
    values = [v for v in checked.verdicts if v.axis is Axis.DRIFT and v.scenario == "reset"]
    assert {v.reason for v in values} == {"reproduced: equals the baseline of another day"}


def test_what_differs_from_its_baseline_runs_twice_and_nothing_else_does(project: Project) -> None:
    run(project)
    path = project.baselines / "sample" / "reset-fixed.json"
    path.write_text(path.read_text(encoding="utf-8").replace("1.0", "2.0"), encoding="utf-8")
    assert run(project).exit_code == 1
    assert times(project) == {**dict.fromkeys(ALL, 1), "reset-fixed": 2}
    assert reasons(project) == {**dict.fromkeys(ALL, Why.EQUALS), "reset-fixed": Why.DIFFERS}


def test_a_number_of_runs_is_that_of_everything(project: Project) -> None:
    run(project)
    assert run(project, runs=3).exit_code == 0
    assert times(project) == dict.fromkeys(ALL, 3)
    assert reasons(project) == {}


def test_baselines_are_written_anew_of_two_runs_of_everything(project: Project) -> None:
    run(project)
    run(project, force_regen=True)
    assert times(project) == dict.fromkeys(ALL, 2)
    run(project, force_regen=True, runs=3)
    assert times(project) == dict.fromkeys(ALL, 3)


def test_a_second_try_runs_everything_twice(project: Project) -> None:
    run(project)  # makes the baselines
    (project.scenarios / "reset.py").write_text(DRAWS.format("2.5"), encoding="utf-8")
    assert run(project, again=True).exit_code == 1
    assert times(project) == dict.fromkeys(ALL, 2)
    assert reasons(project) == {}


DRAWS = (
    "import random\ndef scenario(_, step):\n    with step('one') as see:\n        see(output={})\n"
)


def test_what_is_accepted_as_not_reproducible_runs_twice_and_may_not_become_reproducible(
    project: Project,
) -> None:
    path = project.scenarios / "reset.py"
    path.write_text(DRAWS.format("random.random()"), encoding="utf-8")
    run(project)
    assert (run(project).exit_code, times(project)["reset-fixed"]) == (0, 2)
    assert reasons(project)["reset-fixed"] is Why.NOT_REPRODUCIBLE
    path.write_text(DRAWS.format("1.0"), encoding="utf-8")
    assert run(project).exit_code == 1


def test_what_becomes_not_reproducible_is_found(project: Project) -> None:
    run(project)
    path = project.scenarios / "reset.py"
    path.write_text(DRAWS.format("random.random()"), encoding="utf-8")
    checked = run(project)
    [verdict] = [v for v in checked.verdicts if (v.scenario, v.variant) == ("reset", "fixed")][:1]
    assert (verdict.outcome, checked.exit_code) == (Outcome.CHANGED, 1)
    assert "not reproducible: two runs differ" in verdict.reason


# what was accepted in the first run, and something else in the second of the same process
SWITCHES = """
import pathlib
def scenario(variant, step):
    path = pathlib.Path(__file__ + "." + variant)
    with step("one") as see:
        see(output=2.0 if path.exists() else 1.0)
    path.touch()
"""


def test_a_step_that_gives_what_is_accepted_by_chance_is_found_by_a_run_that_does_not(
    project: Project,
) -> None:
    run(project)
    (project.scenarios / "reset.py").write_text(SWITCHES, encoding="utf-8")
    assert run(project).exit_code == 0  # it ran once: docs/verdicts.md says why this is enough
    assert run(project).exit_code == 1  # the next day
    for variant in BOTH:
        (project.scenarios / f"reset.py.{variant}").unlink()
    assert run(project, runs=2).exit_code == 1  # or at once, with more runs
