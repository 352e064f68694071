"""The closed vocabularies of verdicts and of changes."""

import difflib
import enum
from dataclasses import dataclass

INTERNALS = "internals"  # stands for the scenario in verdicts on watched internals
MARKS = ("+++", "---")  # the head of a unified diff


class Standing(enum.StrEnum):
    """What an outcome means for the session; counted separately everywhere."""

    UNCHANGED = "unchanged"
    NOTICED = "noticed"  # differs, and is worth a look, but is no finding
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


class ChangeKind(enum.StrEnum):
    """In what an internal differs; all but a body is a finding."""

    ADDED = "added"
    REMOVED = "removed"
    KIND = "kind"
    MOVED = "moved"
    SIGNATURE = "signature"
    DEFAULT = "default"
    CALL_PROTOCOL = "call protocol"
    STATE_LAYOUT = "state layout"
    WEIGHTS_LAYOUT = "weights layout"
    BODY = "body"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference of one internal between two targets, or a target and its baseline."""

    kind: ChangeKind
    subject: str
    before: str
    after: str

    @property
    def finding(self) -> bool:
        return self.kind is not ChangeKind.BODY

    def __str__(self) -> str:
        """The change in one line."""
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
