"""What a step that differs is told as: the kind of the change, and both of its sides."""

import pytest

from harness.judging.changes import Change, ChangeKind, Gives
from harness.judging.compare import DRAWS, NOT_TOLD, Compared, Step, change_of
from harness.judging.verdicts import Outcome, Standing
from harness.observing.numerics import Tolerances
from harness.observing.results import Result
from tests.support.makers import array, differently, gives, raises, sees, twice
from tests.unit.judging.compared_steps import (
    CASES,
    FAILS,
    NAN_AND_ONE,
    ONE_AND_TWO,
    UNSEEDED,
    Runs,
    compared,
    joined,
)

STEP = Step(scenario="unheard_of", variant="fixed", name="step")

# a result, its text, its class, and its mean in a change
GIVEN: dict[str, tuple[Result | None, str, Gives, float | None]] = {
    "values": (joined(ONE_AND_TWO), "mean 1.5", Gives.VALUES, 1.5),
    "values of a mean with many digits": (
        joined(twice(gives(1.0, 0.0, 0.0))),
        "mean 0.333333333",
        Gives.VALUES,
        1 / 3,
    ),
    "the output among other arrays": (
        joined(twice(sees(hidden=array(1.0), output=array(2.0)))),
        "mean 2",
        Gives.VALUES,
        2.0,
    ),
    "no arrays": (joined(twice(sees())), "no values", Gives.NOTHING, None),
    "an empty array": (joined(twice(gives(shape=(0,)))), "no values", Gives.NOTHING, None),
    "an error": (joined(FAILS), "ValueError: no such state", Gives.ERROR, None),
    "a long error": (
        joined(twice(raises("x" * 1_000_000))),
        f"ValueError: {'x' * 185}...",
        Gives.ERROR,
        None,
    ),
    "other values each time": (
        joined(UNSEEDED),
        "not reproducible",
        Gives.UNREPRODUCIBLE,
        None,
    ),
    "values beside others each time": (
        joined(differently(sees(output=array(1.0), a=array(1.0)), sees(output=array(1.0)))),
        "not reproducible",
        Gives.UNREPRODUCIBLE,
        None,
    ),
    "nothing that was observed": (None, "not observed", Gives.UNOBSERVED, None),
}


def between(old: Result | None, new: Result | None, outcome: Compared | None) -> Change | None:
    before, after = (
        {(STEP.scenario, STEP.variant): {STEP.name: each} if each else {}} for each in (old, new)
    )
    return change_of(STEP, before, after, outcome, Tolerances())


STRICT = Step(scenario="unheard_of", variant="strict", name="step")
DIFFERS = twice(gives(5.0, 6.0))
ALMOST = twice(gives(1.0, 2.0 + 2.0**-22))
# a step before and after, with seeds; the same with fixed weights, None if unobserved there; the
# kind of the change, and a part of its reason
DRAWN: dict[str, tuple[tuple[Runs, Runs], tuple[Runs | None, Runs | None], ChangeKind, str]] = {
    "equal with fixed weights": (
        (ONE_AND_TWO, DIFFERS),
        (ONE_AND_TWO, ONE_AND_TWO),
        ChangeKind.SEEDING,
        "the same seeds draw other numbers: output: mean 5.5 instead of 1.5",
    ),
    "equal but for rounding with fixed weights": (
        (ONE_AND_TWO, DIFFERS),
        (ONE_AND_TWO, ALMOST),
        ChangeKind.SEEDING,
        "the same seeds draw other numbers",
    ),
    "other values with fixed weights too": (
        (ONE_AND_TWO, DIFFERS),
        (ONE_AND_TWO, DIFFERS),
        ChangeKind.VALUES,
        "; also with fixed weights",
    ),
    "an error with fixed weights": (
        (ONE_AND_TWO, DIFFERS),
        (ONE_AND_TWO, FAILS),
        ChangeKind.VALUES,
        "; also with fixed weights",
    ),
    "the same error with fixed weights": (
        (ONE_AND_TWO, DIFFERS),
        (FAILS, FAILS),
        ChangeKind.VALUES,
        NOT_TOLD,
    ),
    "weights, whose values differ with fixed weights too": (
        (twice(sees(kernel=array(1.0))), twice(sees(kernel=array(2.0)))),
        (twice(sees(kernel=array(1.0))), twice(sees(kernel=array(2.0)))),
        ChangeKind.VALUES,
        "; also with fixed weights",
    ),
    "not observed with fixed weights": (
        (ONE_AND_TWO, DIFFERS),
        (None, None),
        ChangeKind.VALUES,
        NOT_TOLD,
    ),
    "observed with fixed weights on one side only": (
        (ONE_AND_TWO, DIFFERS),
        (ONE_AND_TWO, None),
        ChangeKind.VALUES,
        NOT_TOLD,
    ),
    "NaN, though equal with fixed weights": (
        (ONE_AND_TWO, NAN_AND_ONE),
        (ONE_AND_TWO, ONE_AND_TWO),
        ChangeKind.NOT_FINITE,
        "nan instead of 1 (not finite)",
    ),
    **{
        f"only the array {name}": (
            (twice(sees(**{name: array(1.0)})), twice(sees(**{name: array(2.0)}))),
            (None, None),
            ChangeKind.SEEDING,
            f"the same seeds draw other numbers: {name}: mean 2 instead of 1",
        )
        for name in sorted(DRAWS)
    },
}


@pytest.mark.parametrize(("seeded", "fixed", "kind", "reason"), DRAWN.values(), ids=DRAWN)
def test_seeds_are_blamed_only_where_numbers_are_drawn(
    seeded: tuple[Runs, Runs],
    fixed: tuple[Runs | None, Runs | None],
    kind: ChangeKind,
    reason: str,
) -> None:
    sides = [
        {
            (STRICT.scenario, STRICT.variant): {STRICT.name: joined(runs)},
            **({(STRICT.scenario, "fixed"): {STRICT.name: joined(same)}} if same else {}),
        }
        for runs, same in zip(seeded, fixed, strict=True)
    ]
    change = change_of(STRICT, sides[0], sides[1], compared(*seeded), Tolerances())
    assert change
    assert (change.kind, reason in change.reason) == (kind, True), change.reason
    assert ("seeds" in change.reason) is (kind is ChangeKind.SEEDING)


@pytest.mark.parametrize(("given", "words", "gives_what", "mean"), GIVEN.values(), ids=GIVEN)
def test_a_side_of_a_change_is_a_short_text_and_a_class(
    given: Result | None, words: str, gives_what: Gives, mean: float | None
) -> None:
    other = joined(twice(gives(9.0)))
    there, back = between(given, other, None), between(other, given, None)
    assert there
    assert back
    assert (there.before, there.before_gives) == (words, gives_what)
    assert (back.after, back.after_gives, back.after_mean) == (words, gives_what, mean)
    assert (there.kind, there.where, there.variants) == (
        ChangeKind.STEP,
        "unheard_of / step",
        ("fixed",),
    )


def test_the_table_has_every_class_of_a_side() -> None:
    assert {gives_what for _, _, gives_what, _ in GIVEN.values()} == set(Gives)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize(("before", "after", "outcome"), CASES.values(), ids=CASES)
def test_a_step_has_a_finding_if_its_outcome_is_a_difference(
    before: Runs, after: Runs, outcome: Outcome
) -> None:
    change = between(joined(before), joined(after), compared(before, after))
    assert (change is not None and change.finding) is (
        outcome.standing in (Standing.REGRESSED, Standing.FIXED)
    )
    assert (change is None) is (outcome.standing is Standing.UNCHANGED and outcome != "equal")
