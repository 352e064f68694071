"""The tables on numbers, from baselines: eras, distances from the oracle, seeds."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from harness.eras import eras
from harness.known import PORTABLE
from harness.meanings import expected
from harness.observed import Observed
from harness.records import Accepted
from harness.report.model import span
from harness.truth import VARIANT, Held, hold

SEEDING = "seeding"
WAYS = ("tensorflow", "numpy_too", "random_too", "set_random_seed", "op_determinism")

Families = Mapping[str, Sequence[Observed]]


def eras_rows(families: Families) -> Iterator[list[str]]:
    yield ["family", "era", "to", "steps that differ", "at most"]
    for family, observed in families.items():
        for era in eras(observed):
            far = f"{max(era.differs.values()):.3g} ULP" if era.differs else ""
            yield [family, era.name, era.targets[-1], str(len(era.differs) or ""), far]


def oracle_rows(families: Families) -> Iterator[list[str]]:
    """A row for each stretch of targets of a family that are equally far from the oracle."""
    yield ["targets", "steps held", "farthest", "ULP", "relative", "portable steps", "ULP"]
    for observed in families.values():
        rows = ((each.name, _distances(each)) for each in observed)
        for cells, stretch in itertools.groupby(rows, lambda row: row[1]):
            yield [span([name for name, _ in stretch]), *cells]


def _distances(observed: Observed) -> list[str]:
    held = list(_held(observed))
    if not held:
        return ["0", "", "", "", "0", ""]
    step, far = max(held, key=lambda found: found[1].distance.ulp)
    portable = [found.distance.ulp for step, found in held if step.startswith(PORTABLE)]
    return [
        str(len(held)),
        step,
        f"{far.distance.ulp:.2f}",
        f"{far.distance.relative:.1e}",
        str(len(portable)),
        f"{max(portable, default=0):.2f}",
    ]


def meanings_rows(families: Families) -> Iterator[list[str]]:
    """For each step that can be taken to mean several things, how each family takes it."""
    yield ["step", *families]
    steps = {
        (scenario, step): None
        for each in itertools.chain.from_iterable(families.values())
        for (scenario, variant), observed in each.steps.items()
        if variant == VARIANT
        for step in observed
        if len(expected(scenario).get(step, ())) > 1
    }
    for scenario, step in steps:
        cells = [
            _stretches(
                [
                    (each.name, _meaning(scenario, step, each.steps[scenario, VARIANT].get(step)))
                    for each in observed
                ]
            )
            for observed in families.values()
        ]
        yield [f"{scenario} / {step}", *cells]


def seeding_rows(families: Families) -> Iterator[list[str]]:
    """For each family a row for each step, with a cell for each way to seed."""
    yield ["family", "step", *WAYS]
    for family, observed in families.items():
        steps = {step: None for each in observed for step in each.steps.get((SEEDING, WAYS[0]), {})}
        for step in steps:
            cells = [
                _stretches(
                    [
                        (each.name, _state(each.steps.get((SEEDING, way), {}).get(step)))
                        for each in observed
                    ]
                )
                for way in WAYS
            ]
            yield [family, step, *cells]


def _held(observed: Observed) -> Iterator[tuple[str, Held]]:
    for (scenario, variant), steps in observed.steps.items():
        if variant == VARIANT:
            for step, accepted in steps.items():
                if held := hold(scenario, step, accepted):
                    yield f"{scenario} / {step}", held


def _stretches(row: Sequence[tuple[str, str]]) -> str:
    """What holds of targets in a row, each with what holds of it: once, or for each stretch."""
    said: list[tuple[str, str]] = [
        (span([name for name, _ in group]), state)
        for state, group in itertools.groupby(row, lambda cell: cell[1])
    ]
    if len(said) == 1:
        return said[0][1]
    return "; ".join(f"{where}: {state}" for where, state in said)


def _meaning(scenario: str, step: str, accepted: Accepted | None) -> str:
    held = hold(scenario, step, accepted) if accepted else None
    if held is None:
        return _state(accepted)
    return held.meaning if held.agrees else "none of these"


def _state(accepted: Accepted | None) -> str:
    if accepted is None:
        return "not observed"
    if accepted.error:
        return f"`{accepted.error.type}`"
    return "yes" if accepted.reproducible else "no"
