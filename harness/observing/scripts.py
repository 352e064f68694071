"""What a plain script did on one target: the results of its statements. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from harness.base.errors import UncheckedError
from harness.observing.numerics import Tolerances
from harness.observing.printed import printed_difference
from harness.observing.raised import Raised, raised_in
from harness.observing.records import Observation, Record, Run, Statement
from harness.observing.results import Result, combine

PRINTED, ERROR = "printed", "error"  # beside the paths of values
UNSEEN = ("not looked at: ", "cannot be looked at: ")  # in facts, as the probe says it


@dataclass(frozen=True, kw_only=True)
class StatementResult:
    """The result of a statement in all runs.

    `result` has its arrays and its error, `texts` its other values, by paths such as
    `layer.states[0]`. `unsteady` are the paths, `printed` and `error`, as far as they differ
    between the runs; `result` and `texts` do not have the values of those paths. `facts` are
    circumstances, such as the configuration of a layer. `raised` is the line of the script in which
    the error was raised, if that is within the statement.
    """

    result: Result
    texts: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    printed: str = ""
    warned: tuple[str, ...] = ()
    unsteady: frozenset[str] = frozenset()
    raised: Raised | None = None

    @property
    def unseen(self) -> set[str]:
        """The paths of values that the probe did not or could not look at."""
        return {path for path, fact in self.facts.items() if fact.startswith(UNSEEN)}


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What a script did on a target, statement by statement, as far as it came.

    `results` are by the names of the statements, in the order in which they ran; a named step is a
    statement here. What ran within a statement comes before that statement. `ended` is the
    reason why the script ended before its last statement, if that was not an error that a
    statement raised, and `ended_at` the statement in which it ended. `readable` is False for a
    script that the Python of the target cannot read, or that has no statement.
    """

    target: str
    distributions: Mapping[str, str]
    statements: tuple[Statement, ...]
    results: Mapping[str, StatementResult]
    readable: bool = True
    ended: str = ""
    ended_at: str | None = None

    def facts_before(self, statement: Statement) -> dict[str, str]:
        """The newest facts about each name, up to and with a statement."""
        found: dict[str, str] = {}
        for name, result in self.results.items():
            found.update(result.facts)
            if name == statement.name:
                break
        return found


def trace(record: Record, tolerances: Tolerances) -> Trace:
    """The trace of a record of a plain script. Raises UncheckedError if there is none."""
    if record.failure or record.environment is None:
        why = record.failure.message if record.failure else "no environment in the record"
        raise UncheckedError(f"{record.target}: nothing was observed: {why}")
    early = next((run for run in record.runs if run.end != "completed"), None)
    named = {
        each.step: replace(each.place, name=each.step)
        for run in record.runs
        for each in run.observations
        if each.place
    }
    known = {each.name: each for each in [*record.statements, *named.values()]}
    results = dict(_results(record.runs, tolerances, known))
    unread = [_unread(name) for name in results if name not in known]
    not_run = next((each for each in record.statements if each.name not in results), None)
    ended_at = early.unfinished_step or (not_run.name if not_run else None) if early else None
    if ended_at and ended_at not in known and not_run:  # in a step that has no place yet
        named[ended_at] = replace(not_run, name=ended_at, source="", within=not_run.name)
    return Trace(
        target=record.target,
        distributions=record.environment.distributions,
        statements=tuple(_in_order([*record.statements, *named.values(), *unread])),
        results=results,
        readable=bool(record.statements),
        ended=f"{early.end}: {_first_line(early.detail)}" if early else "",
        ended_at=ended_at,
    )


def all_statements(traces: Sequence[Trace]) -> list[Statement]:
    """The statements of a script, also those that only the Python of some targets can read.

    A statement comes after all that ran within it: statements, and then steps, which are those of
    later passes where a loop has both.
    """
    found = {each.name: each for trace in traces for each in trace.statements if not each.source}
    found |= {each.name: each for trace in traces for each in trace.statements if each.source}
    return _in_order(found.values())


def _in_order(statements: Collection[Statement]) -> list[Statement]:
    names = {each.name for each in statements}
    within: dict[str, list[Statement]] = {}
    for each in statements:
        within.setdefault(each.within, []).append(each)
    lost = [each for each in statements if each.within and each.within not in names]

    def ordered(found: Iterable[Statement]) -> Iterator[Statement]:
        for each in sorted(found, key=lambda each: (each.is_step, not each.is_step and each.line)):
            yield from ordered(within.get(each.name, ()))
            yield each

    return [*ordered(within.get("", ())), *ordered(lost)]


def _unread(name: str) -> Statement:
    """The place of a SyntaxError, which has a line and no statement."""
    line = re.match(r"line (\d{1,9})", name)  # no other name, unless the record is damaged
    return Statement(name=name, line=int(line[1]) if line else 0, source="", binds=(), reads=())


def _first_line(text: str | None) -> str:
    return next(iter((text or "").splitlines()), "no reason is known")


def _results(
    runs: Sequence[Run], tolerances: Tolerances, statements: Mapping[str, Statement]
) -> Iterator[tuple[str, StatementResult]]:
    runs = [_with_own_paths(run) for run in runs]
    for name, result in combine([_without_leftovers(run) for run in runs], tolerances).items():
        seen = [each for run in runs for each in run.observations if each.step == name]
        unsteady = {path for path, array in result.arrays.items() if array.values is None}
        if not result.error:  # the result has the arrays of the first run alone
            unsteady |= {path for each in seen[1:] for path in each.arrays.keys() - seen[0].arrays}
        unsteady |= {path for each in seen[1:] for path in _other_texts(seen[0], each)}
        if any(printed_difference(seen[0].printed, each.printed) for each in seen[1:]):
            unsteady.add(PRINTED)
        if result.error and not result.reproducible:
            unsteady.add(ERROR)
        yield (
            name,
            StatementResult(
                result=result,
                texts={path: text for path, text in seen[0].texts.items() if path not in unsteady},
                facts=seen[0].facts,
                printed="" if PRINTED in unsteady else seen[0].printed,
                warned=seen[0].warned,
                unsteady=frozenset(unsteady),
                raised=raised_in(statements[name], seen[0].error) if name in statements else None,
            ),
        )


def _with_own_paths(run: Run) -> Run:
    """A run in which no value has the path `printed`, which stands for what is printed."""
    own = f"{PRINTED} (value)"
    observations = [
        msgspec.structs.replace(
            each,
            arrays={own if path == PRINTED else path: it for path, it in each.arrays.items()},
            texts={own if path == PRINTED else path: it for path, it in each.texts.items()},
            facts={own if path == PRINTED else path: it for path, it in each.facts.items()},
        )
        if PRINTED in each.arrays or PRINTED in each.texts or PRINTED in each.facts
        else each
        for each in run.observations
    ]
    return replace(run, observations=tuple(observations))


def _without_leftovers(run: Run) -> Run:
    """A run in which a statement that raised has no arrays: its error is its result."""
    observations = [
        msgspec.structs.replace(each, arrays={}) if each.error else each
        for each in run.observations
    ]
    return replace(run, observations=tuple(observations))


def _other_texts(first: Observation, other: Observation) -> Iterator[str]:
    for path in {*first.texts, *other.texts}:
        if first.texts.get(path) != other.texts.get(path):
            yield path
