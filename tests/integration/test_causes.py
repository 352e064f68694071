"""What a night searches by itself: the package and its build behind a real change of Keras."""

import datetime
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

from harness.observing.baselines import DISTRIBUTIONS
from harness.observing.probing import Limits
from harness.running.check import Checking, check
from harness.running.results import files_of, read_result
from harness.running.suite.options import SuiteOptions
from harness.upkeep.causes import cause_of
from harness.upkeep.searching import Searching, keep_cause
from tests.integration.command_line import Harness
from tests.support.places import CANONICAL, CRITERIA, TARGETS, copy_baselines

FRESH, OLD = "tf-2.19-fresh", "keras-3.11"
SCENARIO, STEP = "bidirectional_reset", "another batch size"
LINES = (
    "because of keras 3.11.3 → ",
    "RNN.call (keras/src/layers/rnn/rnn.py): new raise",
    f"sure: it changes from {FRESH}-with-",
    "packages that differ: keras 3.11.3 → 3.12.0",
)


def test_the_release_of_keras_that_refuses_another_batch_size_is_found(
    harness: Harness, tmp_path: Path
) -> None:
    """The baseline is made as it was with Keras 3.11.3, and no known change explains the rest."""
    place = copy_baselines(CANONICAL.baselines, FRESH, tmp_path)
    old = CANONICAL.baselines / OLD / f"{SCENARIO}-fixed.json"
    edited = place / f"{SCENARIO}-fixed.json"
    steps = json.loads(edited.read_text(encoding="utf-8"))
    steps["steps"][STEP] = json.loads(old.read_text(encoding="utf-8"))["steps"][STEP]
    edited.write_text(json.dumps(steps), encoding="utf-8")
    shutil.copytree(CANONICAL.baselines / "shared", tmp_path / "shared", dirs_exist_ok=True)
    made_with = json.loads((place / DISTRIBUTIONS).read_text(encoding="utf-8"))
    made_with["distributions"] |= {"keras": "3.11.3", "numpy": "2.1.2"}
    (place / DISTRIBUTIONS).write_text(json.dumps(made_with), encoding="utf-8")

    project = harness.with_places(baselines=tmp_path).project
    criteria = replace(CRITERIA, known=())
    how = Checking(jobs=2, suite=SuiteOptions(expression=SCENARIO), quiet=True)
    check(TARGETS[FRESH], project, criteria, how)
    began = datetime.datetime.now(datetime.UTC)
    searching = Searching(
        project=project,
        targets=TARGETS,
        criteria=criteria,
        jobs=2,
        limits=Limits(),
        deadline=time.monotonic() + 1800,
    )
    keep_cause(read_result(TARGETS[FRESH], project, criteria, began), searching, print)
    cause = cause_of(files_of(FRESH, project.results))
    assert cause is not None
    assert cause.finding == f"newly raises: {SCENARIO} / {STEP}"
    assert cause.reason == ""
    assert [line for line in LINES if line not in cause.found] == []
