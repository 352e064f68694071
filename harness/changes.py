"""The closed vocabularies of verdicts and of changes."""

import difflib
import enum
from dataclasses import dataclass

from harness.numerics import NumericClass

INTERNALS = "internals"  # stands for the scenario in verdicts on watched internals
MARKS = ("+++", "---")  # the head of a unified diff


class Standing(enum.StrEnum):
    """What an outcome means for the session; counted separately everywhere."""

    UNCHANGED = "unchanged"
    NOTICED = "noticed"  # differs, and is worth a look, but is no finding
    FIXED = "fixed"
    REGRESSED = "regressed"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


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
    BODY_CHANGED = "body changed", "b", Standing.NOTICED  # of an internal: its source, nothing else
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
    NOT_APPLICABLE = "not applicable", ".", Standing.NOT_RUN  # nothing to hold it against

    @property
    def unchecked(self) -> bool:
        """Whether something should have been checked and was not."""
        return self.standing in UNCHECKED and self is not Outcome.NOT_APPLICABLE


UNCHECKED = (Standing.INCONCLUSIVE, Standing.NOT_RUN)


class ChangeKind(enum.StrEnum):
    """In what two targets differ; what hurts most stands first.

    What goes on silently hurts more than what raises, what a step does more than what an internal
    is. From `rounding` on it is worth knowing, and is no finding.
    """

    SEMANTICS = "other semantics"  # the same call gives what the oracle says of another meaning
    NOT_FINITE = "not finite"
    VALUES = "other values"
    NEWLY_RAISES = "newly raises"
    LAYOUT = "dtype or shape"
    SEEDING = "seeding"  # reproducible or not, or other numbers drawn from the same seed
    ERROR = "other error"
    WORKS = "works now"
    STEP = "step"  # observed on one side only
    REMOVED = "removed"
    SIGNATURE = "signature"
    CALL_PROTOCOL = "call protocol"
    DEFAULT = "default"
    STATE_LAYOUT = "state layout"
    WEIGHTS_LAYOUT = "weights layout"
    KIND = "kind"
    MOVED = "moved"
    ADDED = "added"
    ROUNDING = "rounding"  # within noise or tolerance, not bit-identical
    BODY = "body"
    PACKAGE = "package"

    @property
    def finding(self) -> bool:
        return self not in (ChangeKind.ROUNDING, ChangeKind.BODY, ChangeKind.PACKAGE)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference between two targets, or a target and its baseline.

    `subject` is the internal, the step or the package that differs; `scenario` and `variants` say
    where a step was observed, and are empty for all else. `reason` is what was measured.
    """

    kind: ChangeKind
    subject: str
    before: str
    after: str
    scenario: str = ""
    variants: tuple[str, ...] = ()
    reason: str = ""

    @property
    def finding(self) -> bool:
        return self.kind.finding

    @property
    def where(self) -> str:
        """The scenario and step, or the subject alone."""
        return f"{self.scenario} / {self.subject}" if self.scenario else self.subject

    def __str__(self) -> str:
        """The change in one line, without its subject."""
        if self.scenario or self.kind is ChangeKind.PACKAGE:
            return f"{self.kind}: {self.after} instead of {self.before}"
        if self.kind is ChangeKind.ADDED:
            return f"added: {self.after}"
        if self.kind is ChangeKind.REMOVED:
            return f"removed: {self.before}"
        lines = [line for line in self.diff() if line[0] in "+-" and line[:3] not in MARKS]
        if self.kind is ChangeKind.BODY:
            return f"body: {len(lines)} lines differ"
        new = next((line[1:] for line in lines if line[0] == "+"), "nothing")
        old = next((line[1:] for line in lines if line[0] == "-"), "nothing")
        more = f" (and {len(lines) - 2} more lines)" if len(lines) > 2 else ""
        return f"{self.kind}: {new} instead of {old}{more}"

    def diff(self) -> list[str]:
        """Both sides in full, as a unified diff."""
        return list(
            difflib.unified_diff(
                self.before.splitlines(), self.after.splitlines(), "before", "after", lineterm=""
            )
        )


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of one observation against its baseline, and why.

    `mean` and `baseline` are the means of the step's first array (`output`, where there is one);
    `difference` is the largest absolute difference of any value of any array, `ulp` the same in
    units in the last place, and `numeric` what that amounts to. `noise` is how many ULP the runs of
    the target are apart from each other.
    """

    scenario: str
    variant: str
    step: str
    outcome: Outcome
    reason: str
    mean: float | None = None
    baseline: float | None = None
    difference: float | None = None
    ulp: float | None = None
    numeric: NumericClass | None = None
    noise: float | None = None

    def __str__(self) -> str:
        where = " / ".join(part for part in (self.scenario, self.variant, self.step) if part)
        return f"{where}: {self.outcome}" + (f": {self.reason}" if self.reason else "")
