"""The closed vocabulary of verdicts."""

import enum
from dataclasses import dataclass


class Standing(enum.StrEnum):
    """What an outcome means for the session; counted separately everywhere."""

    UNCHANGED = "unchanged"
    FIXED = "fixed"
    REGRESSED = "regressed"
    INCONCLUSIVE = "inconclusive"


class Outcome(enum.StrEnum):
    """The verdict on one observation, each with its sign and its standing."""

    sign: str
    standing: Standing

    def __new__(cls, value: str, sign: str, standing: Standing) -> "Outcome":
        member = str.__new__(cls, value)
        member._value_ = value
        member.sign = sign
        member.standing = standing
        return member

    IDENTICAL = "identical", "=", Standing.UNCHANGED
    EQUAL = "equal", "~", Standing.UNCHANGED  # within the tolerances
    RAISES = "raises", "e", Standing.UNCHANGED  # as its baseline does
    NOT_REPRODUCIBLE = "not reproducible", "*", Standing.UNCHANGED  # as its baseline says
    FIXED = "fixed", "F", Standing.FIXED  # raised, works now
    DRIFT = "drift", "D", Standing.REGRESSED  # values beyond the tolerances
    CHANGED = "changed", "C", Standing.REGRESSED  # dtype, shape, arrays, reproducibility, signature
    ERROR_CHANGED = "error changed", "E", Standing.REGRESSED
    NEWLY_RAISES = "newly raises", "R", Standing.REGRESSED
    MISSING = "missing", "M", Standing.REGRESSED  # in the baseline, no longer observed
    NO_BASELINE = "no baseline", "?", Standing.INCONCLUSIVE
    CRASHED = "crashed", "X", Standing.INCONCLUSIVE
    TIMED_OUT = "timed out", "T", Standing.INCONCLUSIVE


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of one observation against its baseline, and why.

    `mean` and `baseline` are the means of the step's first array (`output`, where there is one);
    `difference` is the largest absolute difference of any value of any array.
    """

    scenario: str
    variant: str
    step: str
    outcome: Outcome
    reason: str
    mean: float | None = None
    baseline: float | None = None
    difference: float | None = None

    def __str__(self) -> str:
        where = " / ".join(part for part in (self.scenario, self.variant, self.step) if part)
        return f"{where}: {self.outcome}" + (f": {self.reason}" if self.reason else "")
