"""A plain script on many targets: stretches of targets that agree, and their boundaries. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.environments.targets import Target, followed
from harness.judging.deprecations import Deprecation, deprecations
from harness.judging.diff import Diff
from harness.judging.differences import differences_of
from harness.judging.divergence import Boundary, boundary, rounding
from harness.judging.explained import Explanation, explanations
from harness.observing.numerics import Tolerances
from harness.observing.records import Statement
from harness.observing.scripts import StatementResult, Trace, all_statements

UNSTEADY, LOST, ENDED, UNCLEAR = "~", ".", "!", "?"
SIGNS = "abcdefghijklmnopqrstuvwxyz"
ERRORS = SIGNS.upper()


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Targets, each of which is compared with the one before, on which a script does the same."""

    targets: tuple[str, ...]

    @property
    def name(self) -> str:
        first, last = self.targets[0], self.targets[-1]
        if first == last:
            return first
        return f"{first} to {last} ({len(self.targets)} targets)"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A statement and its sign in each stretch.

    Equal letters are results that agree, capital letters are errors; `~` differs in each run, `?`
    differs by less than the rounding of what the statement reads, `.` was not reached, `!` is
    where the script was ended.
    """

    statement: Statement
    signs: tuple[str, ...]

    @property
    def same(self) -> bool:
        return len(set(self.signs)) == 1 and self.signs[0] not in (UNSTEADY, ENDED)


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """A boundary between two stretches, with the known changes for each statement that differs."""

    between: Boundary
    known: Mapping[str, tuple[Explanation, ...]]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All that a script does on some targets. `failures` are the targets where it did not run.

    `not_compared` are the statements that could not be compared, or not whole, at some boundary,
    whether or not another statement differs there. `deprecations` are what any target warns of.
    """

    stretches: tuple[Stretch, ...]
    rows: tuple[Row, ...]
    crossings: tuple[Crossing, ...]
    traces: Mapping[str, Trace]
    failures: Mapping[str, str]
    not_compared: tuple[Statement, ...] = ()
    deprecations: tuple[Deprecation, ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.crossings)

    @property
    def by_chance(self) -> set[str]:
        """The targets whose runs may have agreed by chance, which would explain a boundary."""
        return {side.target for each in self.crossings for side in each.between.by_chance}

    @property
    def readable(self) -> bool:
        """Whether the Python of a target could read the script, and the script has statements."""
        return any(trace.readable for trace in self.traces.values())

    @property
    def ended(self) -> dict[str, Trace]:
        """The targets on which the script was ended before its last statement."""
        return {name: trace for name, trace in self.traces.items() if trace.ended}

    @property
    def ends(self) -> str:
        """The error with which the script ends on all targets; empty if there is none."""
        ends = {_end(each) for each in self.traces.values() if each.results}
        return ends.pop() if len(ends) == 1 else ""

    @property
    def exit_code(self) -> int:
        """1 if something differs, else 3 if something could not be run or compared, else 0.

        A script that is ended is not run, also if that happens at the same place everywhere.
        """
        if self.differs:
            return 1
        unchecked = self.failures or self.not_compared or self.ended or not self.readable
        return 3 if unchecked else 0


def _end(trace: Trace) -> str:
    """The error that the last statement raised, and where, maybe in a statement within it."""
    at, last = list(trace.results.items())[-1]
    error = last.result.error
    if error is None or error.is_success:
        return ""
    within = {each.name: each.within for each in trace.statements}
    for name, each in reversed(list(trace.results.items())):
        if within.get(name) == at and each.result.error == error:
            at = name
    return f"raises {error.type} at {at}"


def compare_traces(
    traces: Mapping[str, Trace],
    failures: Mapping[str, str],
    targets: Sequence[Target],
    tolerances: Tolerances,
    canonical: Callable[[str, str], Diff | None],
) -> Comparison:
    """Compare a script on each target with the target before.

    `targets` are all that were asked for, in their order; `canonical(A, B)` is the diff of the
    canonical scenarios between two targets, None where one has no baselines.
    """
    stretches: list[list[str]] = []
    crossings = []
    not_compared: dict[str, Statement] = {}
    pairs = _pairs(targets, traces)
    for target, before in pairs:
        found = boundary(traces[before], traces[target], tolerances) if before else None
        not_compared |= {each.name: each for each in (found.not_compared if found else ())}
        goes_on = stretches and before == stretches[-1][-1]
        if found and not found.divergences and goes_on:
            stretches[-1].append(target)
            continue
        stretches.append([target])
        if found and found.divergences:
            crossings.append(_crossing(found, canonical(found.before.target, target)))
    return Comparison(
        stretches=tuple(Stretch(targets=tuple(each)) for each in stretches),
        rows=tuple(_rows([traces[each[0]] for each in stretches], tolerances)),
        crossings=tuple(crossings),
        traces=traces,
        failures=failures,
        not_compared=tuple(not_compared.values()),
        deprecations=tuple(deprecations(traces, pairs)),
    )


def _pairs(targets: Sequence[Target], traces: Mapping[str, Trace]) -> list[tuple[str, str | None]]:
    """Each target with a trace, and the one before: of its family, or the one its family follows.

    A target whose family follows none of these is compared with the target before it.
    """
    found: list[tuple[str, str | None]] = []
    ran = [target for target in targets if target.name in traces]
    for at, target in enumerate(ran):
        family = [each for each in ran[:at] if each.family == target.family]
        before = family[-1] if family else followed(_first_of(target, targets), ran[:at])
        before = before or (ran[at - 1] if at else None)
        found.append((target.name, before.name if before else None))
    return found


def _first_of(target: Target, targets: Sequence[Target]) -> Target:
    return next(each for each in targets if each.family == target.family)


def _crossing(found: Boundary, canonical: Diff | None) -> Crossing:
    known = {
        each.statement.name: tuple(explanations(each, found, canonical))
        for each in found.divergences
        if canonical is not None
    }
    return Crossing(between=found, known=known)


def _rows(traces: Sequence[Trace], tolerances: Tolerances) -> list[Row]:
    return [
        Row(statement=each, signs=_signs(each, traces, tolerances))
        for each in all_statements(traces)
    ]


def _signs(
    statement: Statement, traces: Sequence[Trace], tolerances: Tolerances
) -> tuple[str, ...]:
    classes: list[StatementResult] = []
    signs: list[str] = []
    letters: list[str] = []
    for trace in traces:
        result = trace.results.get(statement.name)
        if result is None:
            signs.append(ENDED if trace.ended_at == statement.name else LOST)
            continue
        at = next(
            (n for n, each in enumerate(classes) if not _differ(each, result, tolerances)), None
        )
        if at is None and _unclear(statement, result, classes, traces, tolerances):
            signs.append(UNCLEAR)
            continue
        if at is None:
            at = len(classes)
            classes.append(result)
            error = result.result.error
            pool = ERRORS if error and not error.is_success else SIGNS
            used = [each for each in letters if each in pool]
            letters.append(UNSTEADY if result.unsteady else pool[min(len(used), len(pool) - 1)])
        signs.append(letters[at])
    return tuple(signs)


def _unclear(
    statement: Statement,
    result: StatementResult,
    classes: Sequence[StatementResult],
    traces: Sequence[Trace],
    tolerances: Tolerances,
) -> bool:
    """Whether a result differs from another one by less than the rounding of what is read."""
    if not classes:
        return False
    floor = rounding(statement, traces, tolerances)
    return any(not any(differences_of(each, result, tolerances, floor)) for each in classes)


def _differ(old: StatementResult, new: StatementResult, tolerances: Tolerances) -> bool:
    return any(differences_of(old, new, tolerances))
