"""Verdicts: the fixed sets of outcomes and standings, and the verdict on one result."""

import enum
import functools
from collections.abc import Iterable
from dataclasses import dataclass

from harness.base.words import printable
from harness.judging.known import AttributedChange
from harness.observing.numerics import NumericClass


class Standing(enum.StrEnum):
    """The severity of an outcome; reports count each standing separately."""

    UNCHANGED = "unchanged"
    NOTICED = "noticed"  # a difference to look at, but no regression
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
DIFFERS = (Standing.REGRESSED, Standing.FIXED)  # the baseline is no longer true
UNCHECKED = (Standing.INCONCLUSIVE, Standing.NOT_RUN)
FINE = (Standing.UNCHANGED, Standing.NOTICED)  # no action is necessary


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
    RAISES = "raises", "e", Standing.UNCHANGED  # as in its baseline
    NOT_REPRODUCIBLE = "not reproducible", "*", Standing.UNCHANGED  # as in its baseline
    BODY_CHANGED = "body changed", "b", Standing.NOTICED  # only the source of an internal
    KNOWN_CHANGE = "known change", "k", Standing.NOTICED  # came with a release, and was reviewed
    FIXED = "fixed", "F", Standing.FIXED  # raised, works now
    DRIFT = "drift", "D", Standing.REGRESSED  # values beyond the tolerances
    CHANGED = "changed", "C", Standing.REGRESSED  # dtype, shape, arrays, reproducibility, signature
    ERROR_CHANGED = "error changed", "E", Standing.REGRESSED
    NEWLY_RAISES = "newly raises", "R", Standing.REGRESSED
    MISSING = "missing", "M", Standing.REGRESSED  # in the baseline, no longer observed
    NO_BASELINE = "no baseline", "?", Standing.INCONCLUSIVE
    CRASHED = "crashed", "X", Standing.INCONCLUSIVE
    TIMED_OUT = "timed out", "T", Standing.INCONCLUSIVE
    BROKEN = "broken scenario", "B", Standing.INCONCLUSIVE  # its own error: nothing was observed
    ENVIRONMENT_FAILED = "environment failed", "!", Standing.NOT_RUN
    NO_INTERPRETER = "no interpreter", "P", Standing.NOT_RUN
    LEFT_OUT = "left out", "-", Standing.NOT_RUN  # by the arguments of the run
    NOT_APPLICABLE = "not applicable", ".", Standing.NOT_RUN  # nothing to compare with

    @property
    def silent(self) -> bool:
        """Whether the outcome has no information about the target: nothing was to be checked."""
        return self in (Outcome.LEFT_OUT, Outcome.NOT_APPLICABLE)

    @property
    def unchecked(self) -> bool:
        """Whether something should have been checked and was not."""
        return self.standing in UNCHECKED and not self.silent


class Axis(enum.StrEnum):
    """The question that a verdict answers."""

    DRIFT = "drift"  # does a step still give the results in its baseline?
    WATCH = "watch"  # does an internal still agree with its baseline?
    ORACLE = "oracle"  # does a step agree with the float64 reference?
    PUBLISHED = "published"  # does a step give the figure in the article?


TRUTH = (Axis.ORACLE, Axis.PUBLISHED)  # the axes that do not depend on a baseline

# the headings of the verdicts on the other axes than `drift`
INTERNALS, ORACLE, ARTICLE = "internals", "oracle", "article"
ALL = "(all)"  # in place of a step, for a verdict on all steps


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of one result against its baseline, the oracle, or a published figure.

    `step` is the name of a step or an internal, empty for a verdict on all of them. `mean` and
    `baseline` are the means of the array `output`, or without `output` of the first array; on the
    axis `published`, `baseline` is the figure. `difference` and `ulp` are the largest difference
    of a value of the array that differs most, absolute and in ULP, and `numeric` is its class.
    `noise` is the largest difference between the runs of the target, in ULP. `changes` are the
    findings, each with the known changes that explain it.
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

    @functools.cached_property
    def heading(self) -> tuple[str, str]:
        """The two heading cells of the verdict in every table: scenario and variant, or the name
        of the axis and the scenario.
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
        """The step as listed in every table."""
        return self.step or ALL

    def __str__(self) -> str:
        where = " / ".join(part for part in (*self.heading, self.step) if part)
        return printable(f"{where}: {self.outcome}" + (f": {self.reason}" if self.reason else ""))


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """The exit code for outcomes; the first row that applies decides.

    | outcomes                                                     | code |
    |--------------------------------------------------------------|------|
    | a regression or a fixed step: the baseline is no longer true | 1    |
    | something could not be checked                               | 3    |
    | otherwise                                                    | 0    |
    """
    found = set(outcomes)
    if any(outcome.standing in DIFFERS for outcome in found):
        return 1
    return 3 if any(outcome.unchecked for outcome in found) else 0


def standing_of(outcomes: Iterable[Outcome]) -> Standing:
    """The standing of a whole target: the worst of its outcomes, except silent outcomes."""
    found = {outcome.standing for outcome in outcomes if not outcome.silent}
    return next((standing for standing in WORST_FIRST if standing in found), Standing.UNCHANGED)
