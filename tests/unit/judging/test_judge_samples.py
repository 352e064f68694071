"""The probe's record of the sample scenarios; one variant is the baseline of the other."""

import pytest

from harness.judging.verdicts import Axis, Outcome
from harness.observing.numerics import Tolerances
from harness.observing.records import Record
from harness.observing.results import Results, combine
from harness.observing.snapshots import Snapshot
from tests.support.judgements import judged

TOLERANCES = Tolerances()


def accepted(record: Record, scenario: str, variant: str) -> Results:
    runs = [run for run in record.runs if (run.scenario, run.variant) == (scenario, variant)]
    return combine(runs, TOLERANCES)


@pytest.mark.parametrize("variant", ["first", "second"])
def test_draws_without_a_seed_are_not_reproducible(observed: Record, variant: str) -> None:
    step = accepted(observed, "seeds_nothing", variant)["one"]
    assert not step.reproducible
    assert step.arrays["output"].values is None
    assert step.arrays["output"].shape == (3,)


@pytest.mark.parametrize("scenario", ["completes", "raises", "leaks", "large", "prints"])
def test_a_scenario_without_random_numbers_is_reproducible(observed: Record, scenario: str) -> None:
    assert all(step.reproducible for step in accepted(observed, scenario, "first").values())


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("completes", {"one": Outcome.IDENTICAL, "two": Outcome.DRIFT}),
        ("raises", {"one": Outcome.NEWLY_RAISES, "two": Outcome.IDENTICAL}),
        ("segfaults", {"one": Outcome.IDENTICAL, "two": Outcome.CRASHED}),
        ("hangs", {"one": Outcome.CHANGED, "two": Outcome.TIMED_OUT}),
        ("prints", {"one": Outcome.IDENTICAL}),
    ],
)
def test_a_faulty_variant_is_distinguished_from_a_sound_variant(
    observed: Record, scenario: str, expected: dict[str, Outcome]
) -> None:
    before = Snapshot(
        name="sample",
        distributions={},
        steps={(scenario, "first"): accepted(observed, scenario, "second")},
        internals={},
        keras="built in",
    )
    found = judged(observed, before)
    verdicts = [
        v
        for v in found.verdicts
        if v.axis is Axis.DRIFT and (v.scenario, v.variant) == (scenario, "first")
    ]
    assert {verdict.step: verdict.outcome for verdict in verdicts} == expected
