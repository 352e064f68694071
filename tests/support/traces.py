"""Traces of plain scripts, as tests write them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from harness.observing.numerics import Tolerances
from harness.observing.records import Array, Error, Observation, Run, Statement
from harness.observing.scripts import Trace, trace
from tests.support.makers import record, run, surroundings


def statement(
    line: int,
    source: str = "x = 1",
    binds: Sequence[str] = (),
    reads: Sequence[str] = (),
    *,
    within: int = 0,
) -> Statement:
    return Statement(
        name=f"line {line}",
        line=line,
        source=source,
        binds=tuple(binds),
        reads=tuple(reads),
        within=f"line {within}" if within else "",
    )


def did(
    line: int,
    arrays: Mapping[str, Array] | None = None,
    *,
    texts: Mapping[str, str] | None = None,
    facts: Mapping[str, str] | None = None,
    printed: str = "",
    error: str = "",
    warned: Sequence[str] = (),
) -> Observation:
    """What a statement did: `error` is `TypeError: message`."""
    kind, _, message = error.partition(": ")
    return Observation(
        step=f"line {line}",
        arrays=arrays or {},
        texts=texts or {},
        facts=facts or {},
        printed=printed,
        error=Error(type=kind, message=message) if error else None,
        warned=tuple(warned),
    )


def step(
    name: str,
    line: int,
    within: int,
    arrays: Mapping[str, Array] | None = None,
    *,
    binds: Sequence[str] = (),
    reads: Sequence[str] = (),
    error: str = "",
    warned: Sequence[str] = (),
) -> Observation:
    """What a named step did that ran within the statement at a line."""
    place = statement(line, f"the body of {name}", binds, reads)
    place = replace(place, name=f"step {name}", within=f"line {within}")
    observed = did(line, arrays, error=error, warned=warned)
    return msgspec.structs.replace(observed, step=place.name, place=place)


def traced(
    statements: Sequence[Statement],
    *observations: Observation,
    again: Sequence[Observation] | None = None,
    target: str = "tf-2.15",
    ended: Run | None = None,
) -> Trace:
    """The trace of two runs: both the same, or the second as `again`; `ended` replaces both."""
    runs = [run(*observations, number=1), run(*(again or observations), number=2)]
    seen = record([ended] if ended else runs, target=target, environment=surroundings())
    return trace(replace(seen, statements=tuple(statements)), Tolerances())
