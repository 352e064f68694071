"""Changes: the differences between two targets, each of one of a fixed set of kinds."""

import difflib
import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.base.loading import FilePart
from harness.base.words import agreeing, counted, instead


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
    NEW_RAISE = "new raise"  # in the source of a function, as are the next three
    BODY_DEFAULT = "default in the body"
    OTHER_EXCEPTION = "other exception"
    REMOVED_RAISE = "removed raise"
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


# kinds whose reason has the measurement, which the two sides alone do not show
MEASURED = (
    ChangeKind.NOT_FINITE,
    ChangeKind.VALUES,
    ChangeKind.LAYOUT,
    ChangeKind.SEEDING,
    ChangeKind.ROUNDING,
)
# kinds of something that only one side has: whether the later one
ONE_SIDED = {
    ChangeKind.ADDED: True,
    ChangeKind.NEW_RAISE: True,
    ChangeKind.REMOVED: False,
    ChangeKind.REMOVED_RAISE: False,
}


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

    `subject` is the name of the internal, step or package; `part` the entry in the description of
    a layer, such as `config dtype`. `reason` is the measured difference. Only changes of steps have
    `scenario` and `variants`, `before_gives` and `after_gives`, which classify the two results,
    `after_mean`, the mean of the later result if it has one, and `ulp`, the largest difference of
    a value in ULP.
    """

    kind: ChangeKind
    subject: str
    before: str
    after: str
    part: str = ""
    scenario: FilePart = ""
    variants: tuple[FilePart, ...] = ()
    reason: str = ""
    before_gives: Gives | None = None
    after_gives: Gives | None = None
    after_mean: float | None = None
    ulp: float | None = None

    @property
    def finding(self) -> bool:
        return self.kind.finding

    @property
    def where(self) -> str:
        """The scenario and step, the layer and part, or the subject alone."""
        return " / ".join(name for name in (self.scenario, self.subject, self.part) if name)

    @property
    def difference(self) -> str:
        """The change in one line, without its subject and kind."""
        kind = self.kind
        if kind is ChangeKind.SEMANTICS:
            return f"{self.after} instead of {self.before} ({self.reason})"
        if self.reason and (kind in MEASURED or not self.scenario):
            return self.reason
        if kind is ChangeKind.BODY:
            count = sum(map(len, self.differing_lines))
            return f"{counted(count, 'line')} {agreeing(count, 'differ')}"
        if kind in ONE_SIDED:
            return "; ".join((self.after if ONE_SIDED[kind] else self.before).splitlines())
        if self.scenario or not ("\n" in self.before or "\n" in self.after):
            return instead(self.after, self.before)
        gone, come = self.differing_lines
        if set(gone) & set(come):  # lines in another order, which only all of them show
            gone, come = self.before.splitlines(), self.after.splitlines()
        return instead("; ".join(come) or "nothing", "; ".join(gone) or "nothing")

    def __str__(self) -> str:
        """The change in one line, without its subject."""
        return ": ".join(each for each in (self.kind, self.part, self.difference) if each)

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
    return replace(
        change,
        variants=(),
        reason=reason,
        before=sides[0],
        after=sides[1],
        before_gives=None,
        after_gives=None,
        after_mean=None,
        ulp=None,
    )
