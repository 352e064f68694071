"""The outcome that represents several, where there is room for one. Pure."""

from collections.abc import Iterable

from harness.judging.verdicts import WORST_FIRST, Outcome

# the most important first: differences by severity, then `raises` and `not reproducible`, which
# are more informative than equality; last the outcomes without information about the target
MOST_IMPORTANT_FIRST = (
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
_RANKS = {outcome: at for at, outcome in enumerate(MOST_IMPORTANT_FIRST)}


def most_important(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that represents all of them."""
    return min(outcomes, key=rank)


def rank(outcome: Outcome) -> int:
    """The place of an outcome in MOST_IMPORTANT_FIRST; 0 is the most important."""
    return _RANKS[outcome]
