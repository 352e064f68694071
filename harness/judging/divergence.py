"""Where a plain script first goes another way on another target, and what follows from it. Pure."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.base.words import counted
from harness.judging.differences import Difference, Sort, differences_of, error_difference
from harness.observing.numerics import Tolerances
from harness.observing.raised import Raised
from harness.observing.records import Statement
from harness.observing.results import Result
from harness.observing.scripts import (
    ERROR,
    PRINTED,
    StatementResult,
    Trace,
    all_statements,
)

ROOT = re.compile(r"\w+")  # the name at the head of a path such as `layer.states[0]`
PACKAGES = ("tensorflow", "tf-nightly", "keras", "keras-nightly", "tf-keras", "numpy")


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """A statement that differs between two targets.

    `follows` is the earlier statement from which the difference comes: this statement reads a name
    that differs since then, or the error was raised there, within this statement. None: the
    difference begins here. `facts` are the circumstances that differ in the names that the
    statement reads or binds. `raised` is the line of the script in which an error of the second
    target that differs was raised, if that is within the statement.
    """

    statement: Statement
    differences: tuple[Difference, ...]
    follows: Statement | None = None
    facts: tuple[str, ...] = ()
    raised: Raised | None = None


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """Two targets, the first after the other, and the statements that differ between them.

    `not_compared` are the statements of which some values differ from run to run on both sides,
    could not be looked at on one side, or differ by less than the rounding of what the statement
    reads, which nobody can tell from a change: these are `unclear`; `not_reached` those that only
    one of both reached.
    """

    before: Trace
    after: Trace
    divergences: tuple[Divergence, ...]
    not_compared: tuple[Statement, ...] = ()
    not_reached: tuple[Statement, ...] = ()
    unclear: tuple[Statement, ...] = ()

    @property
    def first(self) -> Divergence | None:
        return next(iter(self.divergences), None)

    @property
    def by_chance(self) -> list[Trace]:
        """The sides whose runs may have agreed by chance, which would explain a difference."""
        return [
            side
            for side in (self.before, self.after)
            if any(_may_be_chance(each, side) for each in self.divergences)
        ]

    @property
    def packages(self) -> list[str]:
        """The packages of TensorFlow, Keras and NumPy that differ, and the number of others."""
        old, new = self.before.distributions, self.after.distributions
        other = [name for name in {*old, *new} if old.get(name) != new.get(name)]
        named = [
            f"{name} {old.get(name, 'absent')} → {new.get(name, 'absent')}"
            for name in PACKAGES
            if name in other
        ]
        rest = len(other) - len(named)
        return [*named, f"{counted(rest, 'other package')}"] if rest else named


def _may_be_chance(found: Divergence, side: Trace) -> bool:
    """Whether all that begins to differ is that the runs of this side agree."""
    result = side.results.get(found.statement.name)
    return (
        found.follows is None
        and result is not None
        and all(
            one.sort is Sort.STEADINESS and one.name not in result.unsteady
            for one in found.differences
        )
    )


def boundary(before: Trace, after: Trace, tolerances: Tolerances) -> Boundary:
    """All that differs between two targets, in the order of the script."""
    found: list[Divergence] = []
    not_compared, not_reached, unclear = [], [], []
    since: dict[str, Statement] = {}  # the names that differ, and where each begins to
    for statement in all_statements((before, after)):
        old, new = (each.results.get(statement.name) for each in (before, after))
        if old is None or new is None:
            differences = (
                *_endings(statement, before, after),
                *_one_sided(statement, before, after),
            )
            if not differences and (old or new):
                not_reached.append(statement)
        else:
            differences = tuple(differences_of(old, new, tolerances))
            near = False
            if differences:
                floor = rounding(statement, (before, after), tolerances)
                sure = tuple(differences_of(old, new, tolerances, floor))
                differences, near = sure, sure != differences
            if near:
                unclear.append(statement)
            if near or old.unsteady & new.unsteady or old.unseen ^ new.unseen:
                not_compared.append(statement)
        cause = _cause(statement, differences, since, found)
        if differences:
            found.append(
                Divergence(
                    statement=statement,
                    differences=differences,
                    follows=cause,
                    facts=tuple(_other_facts(statement, before, after)),
                    raised=new.raised if new and any(map(_is_error, differences)) else None,
                )
            )
        for name in () if statement.is_step else statement.binds:  # a step looks at what it sees
            since.pop(name, None)
        for name in _changed(statement, differences, old, new):
            since.setdefault(name, cause or statement)
    return Boundary(
        before=before,
        after=after,
        divergences=tuple(found),
        not_compared=tuple(not_compared),
        not_reached=tuple(not_reached),
        unclear=tuple(unclear),
    )


def _cause(
    statement: Statement,
    differences: Sequence[Difference],
    since: Mapping[str, Statement],
    found: Sequence[Divergence],
) -> Statement | None:
    """The earlier statement from which the differences of a statement come, if there is one.

    Other values seldom make a script raise an error: an error follows only from the same one in
    what ran within the statement.
    """
    if any(map(_is_loud, differences)):
        inner = (each for each in found if each.statement.within == statement.name)
        raised = (each for each in inner if any(map(_is_loud, each.differences)))
        return next((each.follows or each.statement for each in raised), None)
    # a statement also follows from what ran within it
    names = (*statement.reads, statement.name)
    return next((since[name] for name in names if name in since), None)


def _is_loud(difference: Difference) -> bool:
    return difference.sort in (Sort.ERROR, Sort.ENDS)


def _is_error(difference: Difference) -> bool:
    return difference.sort in (Sort.ERROR, Sort.MESSAGE)


def _changed(
    statement: Statement,
    differences: Sequence[Difference],
    old: StatementResult | None,
    new: StatementResult | None,
) -> set[str]:
    """The names that differ after a statement: by their values, or, where a name has no values to
    compare, such as a symbolic tensor, because the statement that binds the name differs.
    """
    if not differences:
        return set()
    around = {statement.within} if statement.within else set()
    if statement.is_step:
        return {*statement.binds, *around}
    by_value = _variables(statement, (each.name for each in differences))
    arrays = (path for side in (old, new) if side for path in side.result.arrays)
    return by_value | (set(statement.binds) - _variables(statement, arrays)) | around


def _variables(statement: Statement, paths: Iterable[str]) -> set[str]:
    """The variables of a statement at the heads of some paths."""
    bound = {each.rpartition(".")[2] for each in statement.binds}
    heads = {match[0] for path in paths if (match := ROOT.match(path))}
    return {statement.variable(each) for each in heads - ({PRINTED, ERROR, "value"} - bound)}


def rounding(statement: Statement, sides: Sequence[Trace], tolerances: Tolerances) -> float:
    """The largest number that may be the rounding of what a statement reads, and nothing else.

    A script prints the largest difference of two arrays, 0.0 on one release and 1.2e-07 on
    another: neither number says anything. Relative to numbers of at most 1, since a script may
    read large numbers, such as a time, that its result does not depend on.
    """
    largest = 0.0
    for side in sides:
        there = {each.name: each for each in side.statements}
        for name, result in side.results.items():
            if name == statement.name:
                break
            for path, array in result.result.arrays.items():
                if _variables(there.get(name, statement), [path]) & set(statement.reads):
                    finite = (abs(each) for each in array.floats if math.isfinite(each))
                    largest = max(largest, *finite, 0.0)
    return min(largest, 1.0) * tolerances.ulp * 2.0**-23


def _endings(statement: Statement, before: Trace, after: Trace) -> Iterator[Difference]:
    """The difference of a statement in which a script ended on one side alone, or otherwise."""
    if before.ended_at == after.ended_at == statement.name and before.ended != after.ended:
        yield Difference(sort=Sort.ENDS, name="", text=f"{after.ended}; before, {before.ended}")
    names = {statement.name, statement.within}  # the other side may not have what ran within
    if after.ended_at == statement.name and names & before.results.keys():
        yield Difference(sort=Sort.ENDS, name="", text=after.ended)
    if before.ended_at == statement.name and names & after.results.keys():
        yield Difference(sort=Sort.ENDS, name="", text=f"goes on; before, {before.ended}")


def _one_sided(statement: Statement, before: Trace, after: Trace) -> Iterator[Difference]:
    """What one side alone has: a step, where both sides came through the statement around it or
    raised the same there, or a SyntaxError, where the Python of the other side reads the script.
    """
    for has, lacks, text in ((before, after, "not reached"), (after, before, "was not reached")):
        found = has.results.get(statement.name)
        if found is None or statement.name in lacks.results:
            continue
        around, own = (side.results.get(statement.within) for side in (lacks, has))
        alike = around and own and own.result == around.result and own.result.reproducible
        if around and (around.result.error is None or alike):
            yield Difference(sort=Sort.REACHED, name="", text=text)
        elif not statement.within and not statement.source and lacks.readable:
            sides = (found, StatementResult(result=Result()))
            error = error_difference(*(sides if has is before else sides[::-1]))
            if error:
                yield error


def _other_facts(statement: Statement, before: Trace, after: Trace) -> Iterator[str]:
    old, new = before.facts_before(statement), after.facts_before(statement)
    for fact in new:
        match = ROOT.match(fact)
        of_these = match and match[0] in statement.names and not fact.endswith("(digest)")
        if of_these and fact in old and old[fact] != new[fact]:
            yield f"{fact}: {new[fact]} instead of {old[fact]}"
