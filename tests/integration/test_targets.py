"""Real releases of both Keras generations, the oldest and the newest among them."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.judging.verdicts import Axis, Outcome, Standing
from harness.observing.catalogue import PORTABLE
from harness.observing.numerics import Tolerances
from harness.observing.records import Record, load_record
from harness.observing.results import combine
from tests.integration.command_line import Harness

TARGETS = ("tf-2.0", "tf-2.9", "tf-2.15", "tf-2.16", "tf-2.16-legacy", "keras-3.5", "tf-2.21")
SEEDED_BY_SET_SEED = ("tf-2.0", "tf-2.9")
KERAS_3 = ("tf-2.16", "keras-3.5", "tf-2.21")


@pytest.fixture(scope="module", params=TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def record(harness: Harness, target: str) -> Record:
    ran = harness.run(target)
    assert ran.code == 0, ran.printed
    assert f"{target} passed in" in ran.printed
    return load_record(ran.results / "record.json")


def test_every_observation_is_as_its_baseline_says(
    harness: Harness, target: str, record: Record
) -> None:
    ran = harness.project.results / target
    suite = ET.parse(ran / "junit.xml").getroot().find("testsuite")  # noqa: S314 - our own file
    assert suite is not None
    assert suite.get("name") == target
    assert suite.get("failures") == suite.get("errors") == "0"
    assert all(run.end == "completed" for run in record.runs)


def test_the_record_says_what_ran_where(target: str, record: Record) -> None:
    assert record.environment is not None
    assert record.target == target
    assert record.lock_sha256
    assert record.environment.distributions["tensorflow"] == record.environment.tensorflow
    assert record.environment.distributions["numpy"] == record.environment.numpy
    assert record.environment.cpu["flags"]
    assert {"import", "total"} <= record.seconds.keys()
    generation = "3" if target in KERAS_3 else "2"
    assert record.environment.keras.startswith(generation)


def test_set_seed_alone_makes_the_article_reproducible_up_to_2_9_only(
    target: str, record: Record
) -> None:
    runs = [r for r in record.runs if (r.scenario, r.variant) == ("stateful", "printed")]
    first_pass = combine(runs, Tolerances())["first pass"]
    assert first_pass.reproducible is (target in SEEDED_BY_SET_SEED)


def test_all_six_published_figures_are_reproduced_where_they_can_be(
    harness: Harness, target: str, record: Record
) -> None:
    assert record.target == target
    verdicts = [v for v in harness.ran(target).verdicts if v.axis is Axis.PUBLISHED]
    expected = Outcome.EQUAL if target in SEEDED_BY_SET_SEED else Outcome.NOT_APPLICABLE
    assert Counter(v.outcome for v in verdicts) == Counter({expected: 6})
    near = [v.difference is not None and v.difference <= 1e-7 for v in verdicts]
    assert all(near) or expected is Outcome.NOT_APPLICABLE


def test_the_portable_scenarios_agree_with_the_oracle(
    harness: Harness, target: str, record: Record
) -> None:
    assert record.target == target
    oracle = [v for v in harness.ran(target).verdicts if v.axis is Axis.ORACLE]
    portable = [v for v in oracle if v.scenario.startswith(PORTABLE)]
    assert Counter(v.outcome for v in portable) == Counter({Outcome.EQUAL: 24})
    assert max(v.ulp or 0 for v in portable) < 4


def test_the_override_works_on_keras_2_and_raises_on_keras_3(target: str, record: Record) -> None:
    runs = [r for r in record.runs if (r.scenario, r.variant) == ("override", "fixed")]
    errors = {o.error.type if o.error else None for o in runs[0].observations if "," in o.step}
    assert errors == ({"TypeError"} if target in KERAS_3 else {None, "ValueError"})


def test_a_scenario_runs_alone_and_prints_its_means(harness: Harness, target: str) -> None:
    python = harness.project.environments / target / "bin" / "python"
    script = Path("harness/probe/scenarios/stateful.py")
    done = subprocess.run([python, script], capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("fixed")]
    assert [line.split()[-1][:9] for line in lines] == ["0.0320206", "0.0279790"]


def test_internals_have_verdicts_of_their_own(harness: Harness) -> None:
    verdicts = harness.run("tf-2.15", "-k", "internals").verdicts
    watched = {v.outcome.standing for v in verdicts if v.axis is Axis.WATCH}
    others = {(v.axis, v.outcome) for v in verdicts if v.axis is not Axis.WATCH}
    assert watched == {Standing.UNCHANGED}
    assert others == {(axis, Outcome.LEFT_OUT) for axis in Axis if axis is not Axis.WATCH}


def test_an_unknown_target_is_wrong_use(harness: Harness) -> None:
    ran = harness.run("tf-9.9")
    assert ran.code == 2
    assert "there is no target 'tf-9.9'" in ran.printed
    nox = [sys.executable, "-m", "nox", "-s", "tf-9.9"]
    done = subprocess.run(nox, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "tf-9.9" in done.stdout + done.stderr
