"""The published figures: the targets that reproduce them, and the verdict on a computed mean."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import UsageError
from harness.base.project import RESOURCES
from harness.judging.published import Figure, Figures, load_figures
from harness.judging.verdicts import Axis, Outcome
from harness.observing.numerics import Tolerances
from harness.observing.records import Observation
from harness.observing.results import combine
from tests.support.makers import array, gives, raises, sees, twice
from tests.support.places import CRITERIA, TARGETS

FIGURE = Figure(scenario="stateful", step="step", value=-0.5, tolerance=1e-7, reproduces=True)

CASES = {
    "the figure": (gives(-0.5), Outcome.EQUAL),
    "the figure as it was rounded": (gives(-0.5 + 9e-8), Outcome.EQUAL),
    "another value": (gives(-0.5 + 2e-7), Outcome.DRIFT),
    "the other sign": (gives(0.5), Outcome.DRIFT),
    "the mean of the output among others": (
        sees(cell=array(9.0), output=array(-1.0, 0.0)),
        Outcome.EQUAL,
    ),
    "an error": (raises("no such state"), Outcome.MISSING),
    "no such step": (gives(-0.5, step="other"), Outcome.MISSING),
    "no values": (gives(), Outcome.MISSING),
}


@pytest.mark.parametrize(("observation", "outcome"), CASES.values(), ids=CASES)
def test_each_observation_has_its_outcome(observation: Observation, outcome: Outcome) -> None:
    verdict = FIGURE.verdict(combine(twice(observation), Tolerances()))
    assert verdict.outcome is outcome
    assert (verdict.axis, verdict.scenario, verdict.variant) == (
        Axis.PUBLISHED,
        "stateful",
        "published",
    )
    assert (*verdict.heading, verdict.step) == ("article", "stateful", "step")
    assert verdict.baseline == -0.5


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_mean_that_is_not_finite_is_a_drift(value: str) -> None:
    verdict = FIGURE.verdict(combine(twice(gives(value)), Tolerances()))
    assert verdict.outcome is not Outcome.EQUAL


@pytest.mark.parametrize(
    "observation",
    [gives(-0.5), gives(0.5), raises("no")],
    ids=["the figure", "another", "an error"],
)
def test_a_figure_of_other_releases_is_not_applicable_to_any_observation(
    observation: Observation,
) -> None:
    verdict = replace(FIGURE, reproduces=False).verdict(combine(twice(observation), Tolerances()))
    assert (verdict.outcome, verdict.reason) == (
        Outcome.NOT_APPLICABLE,
        "only other releases reproduce this figure",
    )


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("tf-2.0", True),
        ("tf-2.9", True),
        ("tf-2.10", False),
        ("tf-2.21", False),
        ("keras-3.0", False),
        ("none", False),
    ],
)
def test_the_figures_are_expected_up_to_the_release_that_changed_the_seeds(
    target: str, *, expected: bool
) -> None:
    figures = load_figures(RESOURCES / "published.toml", TARGETS)
    assert [figure.reproduces for figure in figures.of(target)] == [expected] * 6
    assert CRITERIA.figures == figures


def test_without_a_file_there_are_no_figures() -> None:
    assert list(Figures().of("tf-2.0")) == []


SOUND = """
schema_version = 1
first = "tf-2.0"
last = "tf-2.9"
tolerance = 1e-7
figure = [{ scenario = "stateful", step = "first pass", value = 0.5 }]
"""

# a text, its replacement, and parts of the error message besides the name of the file
BROKEN = {
    "no TOML": (SOUND, "figure =", "Invalid value"),
    "another schema version": ("schema_version = 1", "schema_version = 2", "schema_version"),
    "a target that there is not": ('"tf-2.9"', '"tf-2.99"', "tf-2.99"),
    "the last before the first": ('"tf-2.0"', '"tf-2.15"', "'tf-2.9' comes before 'tf-2.15'"),
    "a tolerance below zero": ("1e-7", "-1e-7", "-1e-07 is no tolerance"),
    "no tolerance": ("tolerance = 1e-7", "", "tolerance"),
    "a figure that is a text": ("0.5", '"0.5"', "value"),
    "a field that there is not": ("value = 0.5", "value = 0.5, mean = 0.5", "mean"),
}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN.values(), ids=BROKEN)
def test_a_damaged_file_of_figures_is_refused_with_its_name(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "published.toml"
    assert SOUND.count(old) == 1
    path.write_text(SOUND.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=f"published.toml.*{message}"):
        load_figures(path, TARGETS)


def test_a_sound_file_of_figures_is_read(tmp_path: Path) -> None:
    path = tmp_path / "published.toml"
    path.write_text(SOUND, encoding="utf-8")
    [figure] = load_figures(path, TARGETS).of("tf-2.9")
    assert figure == replace(FIGURE, step="first pass", value=0.5)
