"""A scenario run by itself gets the variables of its target, and prints a line for each step."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.project import SCENARIOS
from harness.environments.virtual_environments import STAMP, Environment
from tests.support.samples import NUMPY, make_environment

SCRIPT = """
import json
import os
import sys

import numpy as np
from steps import alone

VARIANTS = ("one", "two")


def scenario(variant, step):
    with step("gives") as see:
        see(output=np.array([1.0, 2.0]), other=np.zeros(3))
    with step("raises"):
        raise ValueError("no such state\\nand more")
    with step("gives no output") as see:
        see(state=np.array(3.0))


names = ("CHANGED", "REMOVED", "ADDED", "KEPT")
print(json.dumps([sys.argv[1:], {name: os.environ.get(name) for name in names}]))
alone(scenario)
"""

STEPS = [
    f"{variant:<10} {step:<48} {result}"
    for variant in ("one", "two")
    for step, result in (
        ("gives", "1.5"),
        ("raises", "ValueError: no such state"),
        ("gives no output", "3.0"),
    )
]
MINE = {"CHANGED": "mine", "REMOVED": "mine", "KEPT": "mine"}
BEFORE: Mapping[str, str | None] = {**MINE, "ADDED": None}
TARGET: dict[str, str | None] = {"CHANGED": "target's", "REMOVED": None, "ADDED": "target's"}
AFTER: Mapping[str, str | None] = {**TARGET, "KEPT": "mine"}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment without a stamp."""
    return make_environment(tmp_path_factory.mktemp("environments") / "sample", NUMPY)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    shutil.copy(SCENARIOS / "steps.py", tmp_path)
    path = tmp_path / "sample_scenario.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def stamped(environment: Environment, variables: Mapping[str, str | None] | None) -> Environment:
    """The same environment with a stamp of these variables, or without a stamp."""
    made = replace(environment, variables=variables or {})
    path = made.directory / STAMP
    path.unlink(missing_ok=True)
    if variables is not None:
        path.write_text(json.dumps(made.stamp), encoding="utf-8")
    return made


def run(environment: Environment, script: Path, variables: Mapping[str, str]) -> list[str]:
    """The lines that the script prints; the script is called with two arguments."""
    inherited = {name: value for name, value in os.environ.items() if name not in AFTER}
    done = subprocess.run(
        [environment.python, script, "a", "b c"],
        env={**inherited, **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,  # the script must not start itself again for ever
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


# the variables of the stamp, those of the user, and those that each start of the script gets
STARTS: dict[
    str,
    tuple[Mapping[str, str | None] | None, Mapping[str, str], list[Mapping[str, str | None]]],
] = {
    "no stamp": (None, MINE, [BEFORE]),
    "no variables": ({}, MINE, [BEFORE]),
    "other variables": (TARGET, MINE, [BEFORE, AFTER]),
    "one that is to be removed": ({"REMOVED": None}, MINE, [BEFORE, {**BEFORE, "REMOVED": None}]),
    "one that is removed already": (
        {"ADDED": None, "CHANGED": "mine"},
        MINE,
        [BEFORE],
    ),
    "one that is empty is not removed": (
        {"KEPT": None},
        {**MINE, "KEPT": ""},
        [{**BEFORE, "KEPT": ""}, {**BEFORE, "KEPT": None}],
    ),
    "all that there are already": (
        TARGET,
        {"CHANGED": "target's", "ADDED": "target's", "KEPT": "mine"},
        [AFTER],
    ),
}


@pytest.mark.parametrize(("stamp", "mine", "starts"), STARTS.values(), ids=STARTS)
def test_a_scenario_starts_again_if_its_variables_differ_from_those_of_its_environment(
    stamp: Mapping[str, str | None] | None,
    mine: Mapping[str, str],
    starts: list[Mapping[str, str | None]],
    bare: Environment,
    script: Path,
) -> None:
    lines = run(stamped(bare, stamp), script, mine)
    began = [json.loads(line) for line in lines if line.startswith("[")]
    assert began == [[["a", "b c"], seen] for seen in starts]
    assert lines[len(starts) :] == STEPS


def test_a_scenario_has_the_same_variables_as_the_probe_of_its_target(
    bare: Environment, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = stamped(bare, TARGET)
    for name, value in MINE.items():
        monkeypatch.setenv(name, value)
    lines = run(environment, script, MINE)
    _, seen = json.loads([line for line in lines if line.startswith("[")][-1])
    probed = environment.process_variables()
    assert seen == {name: probed.get(name) for name in AFTER}
