"""Which outcomes and standings say most, where one has to stand for many. Pure."""

from collections.abc import Iterable

from harness.changes import Outcome, Standing, Verdict

WORST_FIRST = (
    Standing.REGRESSED,
    Standing.INCONCLUSIVE,
    Standing.NOT_RUN,
    Standing.FIXED,
    Standing.NOTICED,
    Standing.UNCHANGED,
)
# of a scenario the sign that says most; "nothing to hold it against" says least
LOUDEST_FIRST = (
    *(
        outcome
        for standing in WORST_FIRST[:-1]
        for outcome in Outcome
        if outcome.standing is standing and outcome is not Outcome.NOT_APPLICABLE
    ),
    Outcome.RAISES,
    Outcome.NOT_REPRODUCIBLE,
    Outcome.EQUAL,
    Outcome.IDENTICAL,
    Outcome.NOT_APPLICABLE,
)


def standing_of(verdicts: Iterable[Verdict]) -> Standing:
    """The standing of a whole target: that of its worst observation."""
    found = {v.outcome.standing for v in verdicts if counts(v.outcome)}
    return next((standing for standing in WORST_FIRST if standing in found), Standing.UNCHANGED)


def loudest(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that stands for many."""
    return min(outcomes, key=loudness)


def loudness(outcome: Outcome) -> int:
    """The place of an outcome, from what says most."""
    return LOUDEST_FIRST.index(outcome)


def counts(outcome: Outcome) -> bool:
    """Whether an outcome says something of a target, which "not applicable" does not."""
    return outcome is not Outcome.NOT_APPLICABLE
