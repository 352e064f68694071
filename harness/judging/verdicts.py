"""Verdicts: the closed vocabulary of outcomes and standings, and the verdict on one result."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from harness.judging.known import AttributedChange
from harness.observing.numerics import NumericClass


class Standing(enum.StrEnum):
    """The severity of an outcome; counted separately everywhere."""

    UNCHANGED = "unchanged"
    NOTICED = "noticed"  # differs, and is worth a look, but is no regression
    FIXED = "fixed"
    REGRESSED = "regressed"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


WORST_FIRST = (
    Standing.REGRESSED,
    Standing.INCONCLUSIVE,
    Standing.NOT_RUN,
    Standing.FIXED,
    Standing.NOTICED,
    Standing.UNCHANGED,
)
DIFFERS = (Standing.REGRESSED, Standing.FIXED)  # the baseline is not true any more
UNCHECKED = (Standing.INCONCLUSIVE, Standing.NOT_RUN)
FINE = (Standing.UNCHANGED, Standing.NOTICED)  # nobody has to do anything


class Outcome(enum.StrEnum):
    """The outcome of a verdict, each with its sign and its standing."""

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
    BODY_CHANGED = "body changed", "b", Standing.NOTICED  # of an internal: its source, nothing else
    KNOWN_CHANGE = "known change", "k", Standing.NOTICED  # came with a release, was looked at
    FIXED = "fixed", "F", Standing.FIXED  # raised, works now
    DRIFT = "drift", "D", Standing.REGRESSED  # values beyond the tolerances
    CHANGED = "changed", "C", Standing.REGRESSED  # dtype, shape, arrays, reproducibility, signature
    ERROR_CHANGED = "error changed", "E", Standing.REGRESSED
    NEWLY_RAISES = "newly raises", "R", Standing.REGRESSED
    MISSING = "missing", "M", Standing.REGRESSED  # in the baseline, no longer observed
    NO_BASELINE = "no baseline", "?", Standing.INCONCLUSIVE
    CRASHED = "crashed", "X", Standing.INCONCLUSIVE
    TIMED_OUT = "timed out", "T", Standing.INCONCLUSIVE
    ENVIRONMENT_FAILED = "environment failed", "!", Standing.NOT_RUN
    NO_INTERPRETER = "no interpreter", "P", Standing.NOT_RUN
    LEFT_OUT = "left out", "-", Standing.NOT_RUN  # by the arguments of the run
    NOT_APPLICABLE = "not applicable", ".", Standing.NOT_RUN  # nothing to compare with

    @property
    def silent(self) -> bool:
        """Whether it says nothing of the target: there was nothing to check, or nobody asked."""
        return self in (Outcome.LEFT_OUT, Outcome.NOT_APPLICABLE)

    @property
    def unchecked(self) -> bool:
        """Whether something should have been checked and was not."""
        return self.standing in UNCHECKED and not self.silent


class Axis(enum.StrEnum):
    """The question that a verdict answers."""

    DRIFT = "drift"  # does a step still do what its baseline says?
    WATCH = "watch"  # is an internal still what its baseline says?
    ORACLE = "oracle"  # is a step right, by the float64 reference?
    PUBLISHED = "published"  # does a step give the figure that the article printed?


TRUTH = (Axis.ORACLE, Axis.PUBLISHED)  # the axes on which no baseline decides

# the heading under which an axis is listed where it has no scenario of its own
INTERNALS, ORACLE, ARTICLE = "internals", "oracle", "article"
ALL = "(all)"  # listed in place of a step where a verdict is on all of them


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of one result against its baseline, the oracle, or a published figure.

    `step` is the step, or the name of an internal; it is empty where a verdict is on all of them.
    `mean` and `baseline` are the means of the step's first array (`output`, where there is one);
    `difference` is the largest absolute difference of any value of any array, `ulp` the same in
    units in the last place, and `numeric` its class. `noise` is how many ULP the runs of the
    target are apart from each other. `changes` are the differences from the baseline, each with
    the known changes that explain it.
    """

    axis: Axis
    scenario: str = ""
    variant: str = ""
    step: str = ""
    outcome: Outcome
    reason: str = ""
    mean: float | None = None
    baseline: float | None = None
    difference: float | None = None
    ulp: float | None = None
    numeric: NumericClass | None = None
    noise: float | None = None
    changes: tuple[AttributedChange, ...] = ()

    @property
    def heading(self) -> tuple[str, str]:
        """The two words under which the verdict is listed in every table: scenario and variant, or
        the name of the axis and the scenario.
        """
        match self.axis:
            case Axis.WATCH:
                return INTERNALS, ""
            case Axis.ORACLE:
                return ORACLE, self.scenario
            case Axis.PUBLISHED:
                return ARTICLE, self.scenario
            case _:
                return self.scenario, self.variant

    @property
    def listed_step(self) -> str:
        """The step as every table lists it."""
        return self.step or ALL

    def __str__(self) -> str:
        where = " / ".join(part for part in (*self.heading, self.step) if part)
        return f"{where}: {self.outcome}" + (f": {self.reason}" if self.reason else "")


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """0 as the baseline says; 1 something differs from it, a fixed step included, since the
    baseline is not true any more; 3 something could not be checked.
    """
    found = set(outcomes)
    if any(outcome.standing in DIFFERS for outcome in found):
        return 1
    return 3 if any(outcome.unchecked for outcome in found) else 0


def standing_of(outcomes: Iterable[Outcome]) -> Standing:
    """The standing of a whole target: the worst of its outcomes that say something of it."""
    found = {outcome.standing for outcome in outcomes if not outcome.silent}
    return next((standing for standing in WORST_FIRST if standing in found), Standing.UNCHANGED)
