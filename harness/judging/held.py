"""Holds what a plain script does on a target against its baseline. Pure."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.base.words import listed
from harness.judging.differences import Sort
from harness.judging.divergence import Boundary, boundary
from harness.judging.verdicts import Standing
from harness.observing.numerics import Tolerances
from harness.observing.records import Statement
from harness.observing.scripts import Trace

STATEMENTS = 8  # that a line names


@dataclass(frozen=True, kw_only=True)
class Held:
    """A script on a target, held against its baseline.

    `between` has the differences, from the baseline to now. `added` are statements of the script
    that the baseline does not have, `gone` the reverse: the script was edited. `accepted` are
    statements of which the baseline says that they give other values in each run. `failure` is the
    reason why nothing could be compared, or not all.
    """

    script: str
    target: str
    trace: Trace | None = None
    between: Boundary | None = None
    added: tuple[Statement, ...] = ()
    gone: tuple[Statement, ...] = ()
    accepted: tuple[Statement, ...] = ()
    failure: str = ""

    @property
    def standing(self) -> Standing:
        """Regressed if a statement does something else, which an early end alone is not."""
        if self.trace is None:
            return Standing.NOT_RUN
        if self.between and any(
            one.sort is not Sort.ENDS
            for each in self.between.divergences
            for one in each.differences
        ):
            return Standing.REGRESSED
        return Standing.INCONCLUSIVE if self.doubts else Standing.UNCHANGED

    @property
    def doubts(self) -> list[str]:
        """The reasons why something could not be compared."""
        found = [self.failure] if self.failure else []
        if self.trace and self.trace.ended:
            found.append(f"the script ended early: {self.trace.ended}")
        if self.added:
            names = listed([each.name for each in self.added], STATEMENTS)
            found.append(f"the script was edited: {names} {_is(self.added)} not in the baseline")
        if self.gone:
            names = listed([each.name for each in self.gone], STATEMENTS)
            found.append(f"the script was edited: {names} of the baseline {_is(self.gone)} gone")
        return [*found, *self._uncompared]

    @property
    def _uncompared(self) -> Iterator[str]:
        if self.between is None:
            return
        for each in self.between.not_compared:
            sides = [
                side.results.get(each.name) for side in (self.between.before, self.between.after)
            ]
            old, new = (side.unseen if side else set() for side in sides)
            if old ^ new:
                yield f"{each.name}: a value could be looked at on one side only"
            elif each in self.between.unclear:
                yield (
                    f"{each.name}: differs by less than the rounding of what it reads; print "
                    "whether the numbers are close instead"
                )


def hold(script: str, baseline: Trace, trace: Trace, tolerances: Tolerances) -> Held:
    """Compare a trace with the baseline, statement by statement, by their source.

    Statements are paired in their order, so that a line that moves is the same statement. A named
    step is compared by its name, where both sides have the statement within which it ran.
    """
    paired = dict(_pairs(baseline, trace))
    renamed = list(_renamed(baseline, paired))
    before = replace(
        baseline,
        statements=tuple(new for _, new in renamed),
        results={
            new.name: baseline.results[name] for name, new in renamed if name in baseline.results
        },
    )
    kept = {each.name for each in paired.values()}
    statements = tuple(each for each in trace.statements if _own(each) in kept)
    names = {each.name for each in statements}
    after = replace(
        trace,
        statements=statements,
        results={name: result for name, result in trace.results.items() if name in names},
    )
    between = boundary(before, after, tolerances)
    return Held(
        script=script,
        target=trace.target,
        trace=trace,
        between=between,
        added=tuple(each for each in trace.statements if _own(each) not in kept),
        gone=tuple(each for each in baseline.statements if _own(each) not in paired),
        accepted=tuple(_accepted(before, after)),
    )


def _pairs(baseline: Trace, trace: Trace) -> Iterator[tuple[str, Statement]]:
    """The names of the baseline's statements that the script still has, each with its statement."""
    old, new = (
        [each for each in side.statements if not each.is_step] for side in (baseline, trace)
    )
    before, after = (list(map(_identity, each)) for each in (old, new))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for block in matcher.get_matching_blocks():
        for n in range(block.size):
            yield old[block.a + n].name, new[block.b + n]


def _renamed(baseline: Trace, paired: Mapping[str, Statement]) -> Iterator[tuple[str, Statement]]:
    """The names of the baseline's statements and steps, each with its statement of the script."""
    for each in baseline.statements:
        now = paired.get(_own(each))
        if now:
            yield each.name, replace(each, within=now.name) if each.is_step else now


def _own(each: Statement) -> str:
    """The name of a statement, or of the one within which a step ran."""
    return each.within if each.is_step else each.name


def _is(statements: Sequence[Statement]) -> str:
    return "is" if len(statements) == 1 else "are"


def _identity(statement: Statement) -> str:
    """What a statement is; the place of a SyntaxError has no source."""
    return statement.source or statement.name


def _accepted(before: Trace, after: Trace) -> Iterator[Statement]:
    for each in after.statements:
        old, new = before.results.get(each.name), after.results.get(each.name)
        if old and new and old.unsteady & new.unsteady and not old.unseen ^ new.unseen:
            yield each
