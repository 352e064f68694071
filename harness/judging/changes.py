"""Changes: the differences between two targets, each of one of a fixed set of kinds."""

import difflib
import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace


class ChangeKind(enum.StrEnum):
    """The kind of a difference, in order of severity, the most severe first.

    Silently different results are more severe than errors; differences of steps are more severe
    than differences of internals. `rounding` and the kinds after it are no findings.
    """

    SEMANTICS = "other semantics"  # the same call gives the oracle's result for another meaning
    NOT_FINITE = "not finite"
    VALUES = "other values"
    NEWLY_RAISES = "newly raises"
    LAYOUT = "dtype or shape"
    SEEDING = "seeding"  # other reproducibility, or other numbers from the same seed
    ERROR = "other error"
    WORKS = "works now"
    STEP = "step"  # observed in one target only
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


class Gives(enum.StrEnum):
    """The class of the result of a step on one side of a change."""

    VALUES = "values"
    UNREPRODUCIBLE = "not reproducible"
    ERROR = "an error"
    NOTHING = "no values"
    UNOBSERVED = "not observed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference between two targets, or a target and its baseline.

    `subject` is the name of the internal, step or package. `reason` is the measured difference.
    Only changes of steps have `scenario` and `variants`, `before_gives` and `after_gives`, which
    classify the two results, and `after_mean`, the mean of the later result if it has one.
    """

    kind: ChangeKind
    subject: str
    before: str
    after: str
    scenario: str = ""
    variants: tuple[str, ...] = ()
    reason: str = ""
    before_gives: Gives | None = None
    after_gives: Gives | None = None
    after_mean: float | None = None

    @property
    def finding(self) -> bool:
        return self.kind.finding

    @property
    def where(self) -> str:
        """The scenario and step, or the subject alone."""
        return f"{self.scenario} / {self.subject}" if self.scenario else self.subject

    @property
    def difference(self) -> str:
        """The change in one line, without its subject and kind."""
        if self.scenario or self.kind is ChangeKind.PACKAGE:
            return f"{self.after} instead of {self.before}"
        if self.kind is ChangeKind.ADDED:
            return self.after
        if self.kind is ChangeKind.REMOVED:
            return self.before
        gone, come = self.differing_lines
        count = len(gone) + len(come)
        if self.kind is ChangeKind.BODY:
            return f"{count} lines differ"
        new, old = (lines[0] if lines else "nothing" for lines in (come, gone))
        more = f" (and {count - 2} more lines)" if count > 2 else ""
        return f"{new} instead of {old}{more}"

    def __str__(self) -> str:
        """The change in one line, without its subject."""
        return f"{self.kind}: {self.difference}"

    @property
    def differing_lines(self) -> tuple[list[str], list[str]]:
        """The lines that only `before` contains, and the lines that only `after` contains."""
        before, after = self.before.splitlines(), self.after.splitlines()
        gone, come = [], []
        matcher = difflib.SequenceMatcher(None, before, after)
        for same, *places in matcher.get_opcodes():
            if same != "equal":
                gone += before[places[0] : places[1]]
                come += after[places[2] : places[3]]
        return gone, come

    def diff(self) -> list[str]:
        """The unified diff of `before` and `after`."""
        return list(
            difflib.unified_diff(
                self.before.splitlines(), self.after.splitlines(), "before", "after", lineterm=""
            )
        )


def merged(changes: Iterable[Change]) -> list[Change]:
    """The changes, with equal changes of a step in several variants merged to one change."""
    found: dict[Change, Change] = {}
    for change in changes:
        key = _same_in_all_variants(change)
        known = found.get(key, change)
        variants = tuple(dict.fromkeys([*known.variants, *change.variants]))
        found[key] = replace(known, variants=variants)
    return list(found.values())


def _same_in_all_variants(change: Change) -> Change:
    """A change without the parts that differ between the variants of a step: a key for merging.

    Means differ between variants, because each variant has other weights. Reasons contain means,
    except for layouts.
    """
    sides = []
    given = ((change.before, change.before_gives), (change.after, change.after_gives))
    for text, gives in given:
        values = gives is Gives.VALUES or (
            gives is Gives.UNREPRODUCIBLE and change.kind is not ChangeKind.SEEDING
        )
        sides.append(str(Gives.VALUES) if values else text)
    # only the reason contains the dtypes and shapes that differ
    reason = change.reason if change.kind is ChangeKind.LAYOUT else ""
    alike = replace(change, variants=(), reason=reason, before=sides[0], after=sides[1])
    return replace(alike, before_gives=None, after_gives=None, after_mean=None)
