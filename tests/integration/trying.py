"""Runs `try` on plain scripts, and the scripts without the harness."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from harness.observing.records import Observation, load_record
from tests.integration.command_line import Harness
from tests.support.places import ROOT


def tried(harness: Harness, script: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code of `try`, and what it found."""
    done = subprocess.run(
        harness.command("try", str(script), "--format", "json", *options),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def observations(harness: Harness, script: Path, target: str) -> list[Observation]:
    """What the first run of a script on a target did."""
    results = harness.project.results / "try" / script.stem / target
    return list(load_record(results / "record.json").runs[0].observations)


def bare(harness: Harness, script: Path, target: str, directory: Path) -> str:
    """What a script prints without the harness."""
    harness.ready(target)
    return subprocess.run(
        [harness.project.environments / target / "bin/python", script],
        cwd=directory,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    ).stdout
