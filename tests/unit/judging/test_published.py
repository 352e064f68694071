"""The published figures: where they are expected, and the verdict on what is computed."""

from dataclasses import replace

import pytest

from harness.judging.verdicts import Outcome
from harness.observing.results import combine
from harness.observing.numerics import Tolerances
from harness.judging.published import Figure, figures_for
from harness.observing.records import Observation
from harness.environments.targets import load_targets
from tests.support.makers import array, gives, raises, sees, twice

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
    assert (verdict.scenario, verdict.variant, verdict.step) == ("article", "stateful", "step")
    assert verdict.baseline == -0.5


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_what_is_not_finite_is_not_the_figure(value: str) -> None:
    verdict = FIGURE.verdict(combine(twice(gives(value)), Tolerances()))
    assert verdict.outcome is not Outcome.EQUAL


@pytest.mark.parametrize(
    "observation",
    [gives(-0.5), gives(0.5), raises("no")],
    ids=["the figure", "another", "an error"],
)
def test_a_figure_of_other_releases_does_not_apply_whatever_is_observed(
    observation: Observation,
) -> None:
    verdict = replace(FIGURE, reproduces=False).verdict(combine(twice(observation), Tolerances()))
    assert (verdict.outcome, verdict.reason) == (
        Outcome.NOT_APPLICABLE,
        "it reproduces on other releases",
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
    figures = list(figures_for(target, load_targets()))
    assert [figure.reproduces for figure in figures] == [expected] * 6
