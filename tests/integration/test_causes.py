"""What a night searches by itself: the package and its build behind a real change of Keras."""

import datetime
import json
import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.observing.baselines import DISTRIBUTIONS
from harness.observing.probing import Limits
from harness.running.check import Checking, check
from harness.running.results import files_of, read_result
from harness.running.suite.options import SuiteOptions
from harness.upkeep.causes import cause_of
from harness.upkeep.searching import Searching, keep_cause
from tests.integration.clusters import Cluster
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
SCRIPT = """\
import numpy as np
import tensorflow as tf


def main():
    layer = tf.keras.layers.GRU(2, stateful=True)  # its weights are others in each run
    layer(np.ones((2, 3, 2), np.float32))
    print(layer(np.ones((1, 3, 2), np.float32)).shape)


main()
"""
TABLE = f'[tool.state-harness]\nscripts = ["batches.py"]\ntargets = ["{FRESH}"]\n'


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


@pytest.mark.parametrize("where", [pytest.param("here", marks=pytest.mark.long), "on a cluster"])
def test_the_night_of_a_repository_names_the_package_that_broke_a_script(
    where: str, harness: Harness, cluster: Cluster, tmp_path: Path
) -> None:
    """The baseline of the script is made as it was with Keras 3.11.3."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            harness.with_places(results=tmp_path / "results").command(*arguments),
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if name != "CI"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (1, 3), done.stderr
        return done.stdout

    (tmp_path / "batches.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    run("check", "--on", OLD, FRESH)
    accepted, baseline = (
        tmp_path / "baselines" / "batches" / f"{name}.json" for name in (OLD, FRESH)
    )
    stored = json.loads(baseline.read_text(encoding="utf-8"))
    stored["statements"] = json.loads(accepted.read_text(encoding="utf-8"))["statements"]
    stored["distributions"] |= {"keras": "3.11.3", "numpy": "2.1.2"}
    baseline.write_text(json.dumps(stored), encoding="utf-8")

    options = []
    if where == "on a cluster":
        cluster.worker("first")
        cluster.worker("second")
        options = [f"--dask={cluster.address}"]
    printed = run("nightly", "--search", "30", *options)
    [issue] = (tmp_path / "archive" / "issues").glob("*.md")
    text = issue.read_text(encoding="utf-8")
    assert f"### Which package, on {FRESH}" in text
    assert "There is no more" not in text
    expected = (*LINES, "line 8: raises ValueError: If an RNN is stateful")
    assert [each for each in expected if each not in text] == []
    assert LINES[0] in printed  # rich wraps the longer ones
