"""Functions that make records, results, verdicts and changes for tests."""

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from harness.environments.targets import Target
from harness.judging.known import Effect, KnownChange
from harness.judging.oracle.meanings import expected
from harness.judging.verdicts import Axis, Outcome, Verdict
from harness.observing.internals import Described
from harness.observing.numerics import Tolerances
from harness.observing.records import (
    SCHEMA_VERSION,
    Array,
    Error,
    Failure,
    Internal,
    Number,
    Observation,
    Parameter,
    Record,
    Run,
    RunCount,
    Surroundings,
    Why,
)
from harness.observing.results import Results, combine
from harness.observing.snapshots import Gap, Snapshot

RELEASE = {"tensorflow": "2.15.0"}
LATER = "stateful, initial_state in a later call"  # a step with several meanings
SAMPLE = Target(name="sample", family="tensorflow", python="3.11", requirements=("tensorflow",))


def array(*values: Number, dtype: str = "float32", shape: Sequence[int] | None = None) -> Array:
    return Array(
        dtype=dtype, shape=(len(values),) if shape is None else tuple(shape), values=values
    )


def recorded(values: np.ndarray) -> Array:
    """A float array as in a record: the shortest decimals that identify numbers of its dtype."""
    shortest = [float(value) if value.itemsize < 4 else float(str(value)) for value in values.flat]
    numbers = [value if math.isfinite(value) else str(value) for value in shortest]
    return array(*numbers, dtype=values.dtype.name, shape=values.shape)


def gives(
    *values: Number, dtype: str = "float32", shape: Sequence[int] | None = None, step: str = "step"
) -> Observation:
    """A step that gives one array, `output`."""
    return Observation(step=step, arrays={"output": array(*values, dtype=dtype, shape=shape)})


def sees(step: str = "step", /, **arrays: Array) -> Observation:
    return Observation(step=step, arrays=arrays)


def taken_as(step: str, meaning: str, off: float = 0.0) -> Observation:
    """A step of initial_state with the oracle's result for a meaning, plus `off`, in float32."""
    arrays = expected("initial_state")[step][meaning]
    seen = {name: recorded((values + off).astype(np.float32)) for name, values in arrays.items()}
    return sees(step, **seen)


def raises(message: str, kind: str = "ValueError", step: str = "step") -> Observation:
    return Observation(step=step, error=Error(type=kind, message=message, traceback="..."))


def run(
    *observations: Observation,
    number: int = 1,
    end: Literal["completed", "crashed", "timed out", "broken"] = "completed",
    unfinished: str | None = None,
    detail: str | None = None,
    scenario: str = "stateful",
    variant: str = "fixed",
) -> Run:
    return Run(
        scenario=scenario,
        variant=variant,
        number=number,
        end=end,
        detail=detail,
        unfinished_step=unfinished,
        seconds=1.0,
        observations=observations,
    )


def twice(
    *observations: Observation, scenario: str = "stateful", variant: str = "fixed"
) -> list[Run]:
    """Two runs with the same observations."""
    return [run(*observations, number=n, scenario=scenario, variant=variant) for n in (1, 2)]


def differently(first: Observation, second: Observation) -> list[Run]:
    """Two runs with different observations of a step."""
    return [run(first, number=1), run(second, number=2)]


def counted(
    why: Why, scenario: str = "stateful", variant: str = "fixed", runs: int | None = None
) -> RunCount:
    """How often a scenario was to be run, for a reason."""
    runs = runs or (1 if why is Why.EQUALS else 2)
    return RunCount(scenario=scenario, variant=variant, runs=runs, why=why)


def internal(
    name: str = "RNN.reset_states", default: str | None = "None", source: str | None = None
) -> Internal:
    return Internal(
        name=name,
        present=True,
        kind="method",
        owner="keras.RNN",
        source=source,
        parameters=(
            Parameter(name="self", kind="POSITIONAL_OR_KEYWORD", default=None),
            Parameter(name="states", kind="POSITIONAL_OR_KEYWORD", default=default),
        ),
    )


def record(
    runs: Sequence[Run],
    *,
    target: str = "sample",
    internals: Sequence[Internal] = (),
    sources: Mapping[str, str] | None = None,
    internals_failure: str | None = None,
    environment: Surroundings | None = None,
    failure: Failure | None = None,
) -> Record:
    return Record(
        schema_version=SCHEMA_VERSION,
        target=target,
        lock_sha256=None,
        started="2024-01-01T00:00:00+00:00",
        failure=failure,
        environment=environment,
        internals=tuple(internals),
        sources=sources or {},
        calls=(),
        layers={},
        internals_failure=internals_failure,
        runs=tuple(runs),
        seconds={},
    )


def verdict(
    outcome: Outcome,
    step: str = "step",
    *,
    axis: Axis = Axis.DRIFT,
    scenario: str = "stateful",
    variant: str = "fixed",
    reason: str = "",
    mean: float | None = None,
) -> Verdict:
    watched = axis is Axis.WATCH
    return Verdict(
        axis=axis,
        scenario="" if watched else scenario,
        variant="" if watched else variant,
        step=step,
        outcome=outcome,
        reason=reason,
        mean=mean,
    )


def accept(*observations: Observation) -> Results:
    """The results of two runs with the same observations."""
    return combine(twice(*observations), Tolerances())


def observed(
    steps: Mapping[tuple[str, str], Results] | None = None,
    *,
    name: str = "a",
    keras: str = "2.15.0",
    internals: Mapping[str, Described] | None = None,
    gaps: Sequence[Gap] = (),
    distributions: Mapping[str, str] = RELEASE,
) -> Snapshot:
    """A snapshot, as a side of a comparison."""
    return Snapshot(
        name=name,
        distributions=distributions,
        steps=steps or {},
        internals=internals or {},
        keras=keras,
        gaps=tuple(gaps),
    )


def side(
    *observations: Observation,
    scenario: str = "unheard_of",
    variants: Sequence[str] = ("fixed",),
    name: str = "a",
) -> Snapshot:
    """A target with the same observations in all variants of one scenario."""
    return observed({(scenario, variant): accept(*observations) for variant in variants}, name=name)


def accepts(
    *matches: str,
    title: str = "a title",
    package: str = "keras",
    since: str = "3.0",
    expires: datetime.date = datetime.date(2030, 1, 1),
    portable: str | None = None,
    general: bool = False,
    effect: Effect | None = None,
    code: Sequence[str] = (),
) -> KnownChange:
    return KnownChange(
        title=title,
        package=package,
        since=since,
        matches=matches,
        why="A reason.",
        instead="something else",
        link="https://example.org/",
        expires=expires,
        portable=portable,
        general=general,
        effect=effect,
        code=tuple(code),
    )


def surroundings(
    distributions: Mapping[str, str] = RELEASE, variables: Mapping[str, str] | None = None
) -> Surroundings:
    """The software and machine of a record."""
    return Surroundings(
        tensorflow="2.15.0",
        keras="2.15.0",
        numpy="1.26.4",
        python="3.11.9",
        executable="python",
        platform="Linux",
        machine="x86_64",
        cpu={},
        threads={},
        onednn="default",
        hash_seed="0",
        variables=variables or {},
        distributions=distributions,
    )
