"""Searches whose candidates run on the workers of a Dask cluster, with real releases of Keras."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.clusters import Cluster
from tests.integration.command_line import Harness
from tests.integration.test_bisect import COMMAND, ENDS, SCRIPT, STEP, answer
from tests.support.places import ROOT


def subject(kind: str, directory: Path) -> tuple[str, ...]:
    """The arguments that name what is searched."""
    if kind == "a statement":
        script = directory / "another_batch_size.py"
        script.write_text(SCRIPT.replace("GRU(2", "GRU(UNITS"), encoding="utf-8")
        text = script.read_text(encoding="utf-8")
        script.write_text(f"from helper import UNITS\n{text}", encoding="utf-8")
        (directory / "helper.py").write_text("UNITS = 2\n", encoding="utf-8")
        return (f"{script}:7",)
    return {"a step": (STEP,), "an internal": ("RNN.call",), "a command": ("--command", COMMAND)}[
        kind
    ]


def windows(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {name: window[name] for name in ("last_old", "first_new", "sure", "differences")}
        for window in found["windows"]
    ]


@pytest.mark.fault(
    "processes",
    "a worker of a Dask cluster is killed while it runs a candidate of a search",
    "another worker runs the candidate; the answer is that of a search on this machine",
)
@pytest.mark.parametrize("kind", ["an internal", "a statement", "a step", "a command"])
def test_a_search_on_a_cluster_that_loses_a_worker_has_the_answer_of_one_here(
    kind: str, cluster: Cluster, harness: Harness, tmp_path: Path
) -> None:
    what = (*subject(kind, tmp_path), *ENDS, "--no-attribute")
    here = harness.with_places(results=tmp_path / "here")
    there = harness.with_places(results=tmp_path / "there")
    first = cluster.worker("first")
    options = ("--format", "json", "--no-baselines", f"--dask={cluster.address}")
    search = subprocess.Popen(
        there.command("bisect", *options, *what),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert search.stderr is not None
    said = search.stderr.readline()
    assert "keras-3.11: old behaviour" in said, said + search.stderr.read()
    first.send_signal(signal.SIGKILL)  # it runs the other end
    cluster.worker("second")
    printed, said = search.communicate(timeout=400)
    assert search.returncode == 0, said
    found = json.loads(printed)
    assert windows(found) == windows(answer(here, *what, "--no-baselines"))
    assert windows(found)[0]["first_new"] == "keras-3.12.0-in-keras-3.11"
    assert "an earlier search" not in said
    again = answer(there, *what, "--no-baselines")  # here, from what came back
    assert windows(again) == windows(found)
