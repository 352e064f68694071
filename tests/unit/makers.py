"""Short ways to make what the tests compare, store and show."""

from collections.abc import Mapping, Sequence
from typing import Literal

from harness.changes import Outcome, Verdict
from harness.records import (
    SCHEMA_VERSION,
    Array,
    Error,
    Internal,
    Number,
    Observation,
    Parameter,
    Record,
    Run,
)
from harness.targets import Target

SAMPLE = Target(name="sample", family="tensorflow", python="3.11", requirements=("tensorflow",))


def array(*values: Number, dtype: str = "float32", shape: Sequence[int] | None = None) -> Array:
    return Array(
        dtype=dtype, shape=(len(values),) if shape is None else tuple(shape), values=values
    )


def gives(
    *values: Number, dtype: str = "float32", shape: Sequence[int] | None = None, step: str = "step"
) -> Observation:
    """A step that gives one array, `output`."""
    return Observation(step=step, arrays={"output": array(*values, dtype=dtype, shape=shape)})


def sees(step: str = "step", **arrays: Array) -> Observation:
    return Observation(step=step, arrays=arrays)


def raises(message: str, kind: str = "ValueError", step: str = "step") -> Observation:
    return Observation(step=step, error=Error(type=kind, message=message, traceback="..."))


def run(
    *observations: Observation,
    number: int = 1,
    end: Literal["completed", "crashed", "timed out"] = "completed",
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
    """Two runs that observe the same."""
    return [run(*observations, number=n, scenario=scenario, variant=variant) for n in (1, 2)]


def differently(first: Observation, second: Observation) -> list[Run]:
    """Two runs that do not observe the same."""
    return [run(first, number=1), run(second, number=2)]


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
) -> Record:
    return Record(
        schema_version=SCHEMA_VERSION,
        target=target,
        lock_sha256=None,
        started="2024-01-01T00:00:00+00:00",
        failure=None,
        environment=None,
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
    scenario: str = "stateful",
    variant: str = "fixed",
    reason: str = "",
    mean: float | None = None,
) -> Verdict:
    return Verdict(
        scenario=scenario, variant=variant, step=step, outcome=outcome, reason=reason, mean=mean
    )
