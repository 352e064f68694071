"""A run of a part of a target: it runs nothing else, and nothing takes it for the whole."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.judging.verdicts import Axis, Outcome, Standing
from harness.observing.records import Record, load_record
from tests.integration.command_line import Harness, Ran

TARGET = "tf-2.15"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def part(harness: Harness, results: Path) -> Harness:
    """On results of its own, in which the last run is that of one scenario."""
    made = harness.with_places(results=results)
    ran = made.run(TARGET, "-k", "stateful")
    assert ran.code == 0, ran.printed
    return made


def record(ran: Ran) -> Record:
    return load_record(ran.results / "record.json")


def printed(harness: Harness, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(harness.command(*arguments), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_one_scenario_runs_and_no_other(part: Harness) -> None:
    ran = part.ran(TARGET)
    found = record(ran)
    assert {run.scenario for run in found.runs} == {"stateful"}
    assert found.internals == ()
    assert {"internals", "reset", "cell_calls"} < set(found.left_out)
    others = {v.outcome for v in ran.verdicts if v.scenario != "stateful"}
    assert others == {Outcome.LEFT_OUT}
    checked = [v for v in ran.verdicts if v.scenario == "stateful"]
    assert Outcome.LEFT_OUT not in {v.outcome for v in checked}


def test_the_report_says_that_it_was_run_in_part(part: Harness, results: Path) -> None:
    code, text = printed(part, "report", TARGET)
    assert code == 3
    assert f"{TARGET} run in part" in text
    document: dict[str, Any] = json.loads((results / "report" / "report.json").read_text("utf-8"))
    [target] = document["targets"]
    assert target["outcome"] == Standing.NOT_RUN
    assert "its last run left out" in target["reason"]
    left_out = {o["scenario"] for o in document["observations"] if o["outcome"] == "left out"}
    assert {"internals", "reset"} < left_out
    assert "missing" not in {o["outcome"] for o in document["observations"]}


def test_a_diff_says_what_was_not_compared(part: Harness) -> None:
    directory = str(part.project.results / TARGET)
    code, text = printed(part, "diff", "--format=json", directory, directory)
    document = json.loads(text)
    assert (code, document["changes"]) == (3, [])
    assert {f"{TARGET}: internals: not run", f"{TARGET}: scenario reset: not run"} < {
        *document["lost"]
    }
    code, text = printed(part, "diff", directory, directory)
    assert "scenario reset: not run" in text


def test_the_internals_run_alone(harness: Harness, tmp_path: Path) -> None:
    ran = harness.with_places(results=tmp_path).run(TARGET, "-k", "internals")
    assert ran.code == 0, ran.printed
    found = record(ran)
    assert (found.runs, bool(found.internals)) == ((), True)
    assert "internals" not in found.left_out
    watched = {v.outcome.standing for v in ran.verdicts if v.axis is Axis.WATCH}
    assert watched == {Standing.UNCHANGED}


def test_an_edited_baseline_of_what_was_left_out_is_not_reported_as_fine(
    own_baselines: Harness, tmp_path: Path
) -> None:
    edited = own_baselines.with_places(results=tmp_path / "results")
    path = edited.project.baselines / TARGET / "reset-fixed.json"
    path.write_text(path.read_text("utf-8").replace("float32", "float64", 1), encoding="utf-8")
    ran = edited.run(TARGET, "-k", "stateful")
    assert ran.code == 0, ran.printed
    assert {v.outcome for v in ran.verdicts if v.scenario == "reset"} == {Outcome.LEFT_OUT}
    assert edited.run(TARGET, "-k", "reset and fixed").code != 0


def test_a_matrix_of_one_scenario_runs_no_other_on_any_target(
    harness: Harness, tmp_path: Path
) -> None:
    made = harness.with_places(results=tmp_path)
    targets = (TARGET, "keras-3.11")
    code, text = printed(made, "matrix", *targets, "-k", "stateful")
    assert code == 0, text
    assert "2 targets, in part: 2 unchanged" in text
    for target in targets:
        found = record(made.ran(target))
        assert {run.scenario for run in found.runs} == {"stateful"}
        assert {"internals", "reset"} < set(found.left_out)
    code, text = printed(made, "matrix", *targets, "-k", "no such scenario")
    assert code == 2
