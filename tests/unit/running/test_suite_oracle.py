"""The oracle and the published figures as tests of the suite."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.judging.oracle.meanings import IGNORED, expected
from harness.judging.verdicts import ORACLE, Axis, Outcome, Verdict
from harness.observing.records import Run
from tests.support.makers import gives, raises, record, recorded, run, sees, twice
from tests.support.suite import Judged, judge

UNKNOWN = "unheard_of"  # neither the oracle nor the article knows this scenario


def verdicts_on(axis: Axis, judged: Judged) -> list[Verdict]:
    return [verdict for verdict in judged.verdicts if verdict.axis is axis]


def outcomes(verdicts: Sequence[Verdict]) -> set[Outcome]:
    """The outcomes of verdicts that say something of the target."""
    return {verdict.outcome for verdict in verdicts if not verdict.outcome.silent}


def test_figures_of_runs_that_crashed_could_not_be_checked(tmp_path: Path) -> None:
    runs: list[Run] = [
        run(end="crashed", unfinished="first pass", detail="...", scenario=s, variant="published")
        for s in ("stateful", "reset", "override")
    ]
    judged = judge(record(runs, target="tf-2.9"), tmp_path / "sample")
    assert (judged.code, judged.passed) == (3, False)
    assert outcomes(judged.verdicts) == {Outcome.CRASHED}
    assert verdicts_on(Axis.PUBLISHED, judged) == []


def as_defined(scenario: str, off: float = 0.0, step: str = "", meaning: str = "") -> list[Run]:
    """Two runs that agree with the oracle, except in `step`; of several meanings the first."""
    observations = []
    for name, meanings in expected(scenario).items():
        known = meaning if meaning in meanings else next(iter(meanings))
        here = off if name == step else 0.0
        arrays = {
            key: recorded((values + here).astype(np.float32))
            for key, values in meanings[known].items()
        }
        observations.append(sees(name, **arrays))
    return twice(*observations, scenario=scenario)


TRUTHS: dict[str, tuple[Sequence[Run], set[Outcome], int]] = {
    "as it is defined": (as_defined("stateful"), {Outcome.EQUAL}, 0),
    "in either meaning": (
        as_defined("initial_state", meaning=IGNORED),
        {Outcome.EQUAL},
        0,
    ),
    "a little off": (as_defined("stateful", 1e-8, "first pass"), {Outcome.EQUAL}, 0),
    "off": (
        as_defined("stateful", 1e-4, "first pass"),
        {Outcome.EQUAL, Outcome.DRIFT},
        1,
    ),
    "in one run alone": (
        [*as_defined("stateful")[:1], *as_defined("stateful", 1e-4, "first pass")[1:]],
        {Outcome.EQUAL},
        0,
    ),
    "an error": (
        twice(raises("no such state", step="first pass")),
        set(),
        0,
    ),
    "of no scenario that it knows": (twice(gives(1.0), raises("no"), scenario=UNKNOWN), set(), 0),
    "with seeds instead of fixed weights": (
        twice(gives(1.0, step="first pass"), variant="strict"),
        set(),
        0,
    ),
}


def judge_again(runs: Sequence[Run], directory: Path, target: str = "sample") -> Judged:
    """Judge runs against the baselines that they made themselves, from which nothing differs."""
    judge(record(runs, target=target), directory)
    return judge(record(runs, target=target), directory)


@pytest.mark.parametrize(("runs", "expected_outcomes", "code"), TRUTHS.values(), ids=TRUTHS)
def test_each_step_is_compared_with_the_oracle(
    runs: Sequence[Run], expected_outcomes: set[Outcome], code: int, tmp_path: Path
) -> None:
    judged = judge_again(runs, tmp_path / "sample")
    found = verdicts_on(Axis.ORACLE, judged)
    assert (judged.code, outcomes(found)) == (code, expected_outcomes)
    assert {verdict.heading[0] for verdict in found} <= {ORACLE}
    assert len(judged.failures) == code


def test_a_step_that_the_oracle_does_not_agree_with_is_named(tmp_path: Path) -> None:
    runs = as_defined("stateful", 1e-4, "second pass")
    judged = judge(record(runs), tmp_path / "sample", expression="oracle")
    assert "oracle / stateful / second pass: drift: as defined, " in judged.text
    assert "first pass" not in judged.text


def test_the_oracle_says_nothing_of_runs_that_crashed_at_once(tmp_path: Path) -> None:
    crashed = run(end="crashed", unfinished="first pass", detail="...")
    judged = judge(record([crashed]), tmp_path / "sample")
    assert (judged.code, judged.passed) == (3, False)
    assert verdicts_on(Axis.ORACLE, judged) == []
    assert "could not be checked" in judged.text


def test_the_oracle_judges_the_steps_that_both_runs_reached_before_a_crash(tmp_path: Path) -> None:
    whole = as_defined("stateful", 1e-4, "first pass")
    cut = [
        replace(each, end="crashed", detail="...", observations=each.observations[:number])
        for number, each in enumerate(whole, 1)
    ]
    judged = judge(record(cut), tmp_path / "sample")
    assert judged.code == 1
    [verdict] = verdicts_on(Axis.ORACLE, judged)
    assert (verdict.step, verdict.outcome) == ("first pass", Outcome.DRIFT)


PUBLISHED = -0.011644869
FIGURES_OF: dict[str, tuple[str, float, Outcome]] = {
    "the figure": ("tf-2.9", PUBLISHED, Outcome.EQUAL),
    "another figure": ("tf-2.9", PUBLISHED + 1e-6, Outcome.DRIFT),
    "another figure on another release": ("tf-2.10", PUBLISHED + 1e-6, Outcome.NOT_APPLICABLE),
    "the figure on another release": ("tf-2.10", PUBLISHED, Outcome.NOT_APPLICABLE),
}


@pytest.mark.parametrize(("target", "value", "outcome"), FIGURES_OF.values(), ids=FIGURES_OF)
def test_a_published_figure_is_expected_where_it_reproduces(
    target: str, value: float, outcome: Outcome, tmp_path: Path
) -> None:
    runs = twice(gives(value, step="first pass"), variant="published")
    judged = judge_again(runs, tmp_path / "sample", target)
    [verdict] = [
        each
        for each in verdicts_on(Axis.PUBLISHED, judged)
        if (each.scenario, each.step) == ("stateful", "first pass")
    ]
    assert verdict.outcome is outcome
    assert verdict.mean == pytest.approx(value, abs=1e-8)
    assert verdict.heading == ("article", "stateful")
    said = [text for text in judged.failures if "article / stateful / first pass: " in text]
    assert len(said) == (outcome is Outcome.DRIFT)


def test_figures_that_reproduce_and_are_not_observed_are_missing(tmp_path: Path) -> None:
    runs = twice(gives(PUBLISHED, step="first pass"), variant="published")
    on_it, on_another = (
        judge_again(runs, tmp_path / target / "sample", target) for target in ("tf-2.9", "tf-2.10")
    )
    missing = [v for v in on_it.verdicts if v.outcome is Outcome.MISSING]
    assert {v.axis for v in missing} == {Axis.PUBLISHED}
    assert len(missing) == len(verdicts_on(Axis.PUBLISHED, on_it)) - 1 == 5
    assert on_it.code == 1
    assert outcomes(verdicts_on(Axis.PUBLISHED, on_another)) == set()
    assert (on_another.code, on_another.text) == (0, "")
