"""The outcome that stands for many, where there is room for one. Pure."""

from collections.abc import Iterable

from harness.judging.verdicts import WORST_FIRST, Outcome

# of a scenario the sign that says most; an outcome that says nothing of the target comes last
LOUDEST_FIRST = (
    *(
        outcome
        for standing in WORST_FIRST[:-1]
        for outcome in Outcome
        if outcome.standing is standing and not outcome.silent
    ),
    Outcome.RAISES,
    Outcome.NOT_REPRODUCIBLE,
    Outcome.EQUAL,
    Outcome.IDENTICAL,
    Outcome.LEFT_OUT,
    Outcome.NOT_APPLICABLE,
)


def loudest(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that stands for many."""
    return min(outcomes, key=loudness)


def loudness(outcome: Outcome) -> int:
    """The place of an outcome, from the one that says most."""
    return LOUDEST_FIRST.index(outcome)
