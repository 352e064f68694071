"""The tables on numbers, from baselines: eras, distances from the oracle, seeds."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from harness.judging.eras import eras
from harness.judging.oracle.matching import VARIANT, OracleMatch, nearest_meaning
from harness.judging.oracle.meanings import expected
from harness.observing.catalogue import PORTABLE
from harness.observing.numerics import Tolerances
from harness.observing.results import Result
from harness.observing.snapshots import Snapshot
from harness.report.model import span

SEEDING = "seeding"
WAYS = ("tensorflow", "numpy_too", "random_too", "set_random_seed", "op_determinism")

Families = Mapping[str, Sequence[Snapshot]]


def eras_rows(families: Families, tolerances: Tolerances) -> Iterator[list[str]]:
    yield ["family", "era", "to", "steps that differ", "at most"]
    for family, observed in families.items():
        for era in eras(observed, tolerances):
            far = f"{max(era.differs.values()):.3g} ULP" if era.differs else ""
            yield [family, era.name, era.targets[-1], str(len(era.differs) or ""), far]


def oracle_rows(families: Families) -> Iterator[list[str]]:
    """A row for each stretch of targets of a family that are equally far from the oracle."""
    yield ["targets", "steps compared", "farthest", "ULP", "relative", "portable steps", "ULP"]
    for observed in families.values():
        rows = ((each.name, _distances(each)) for each in observed)
        for cells, stretch in itertools.groupby(rows, lambda row: row[1]):
            yield [span([name for name, _ in stretch]), *cells]


def _distances(observed: Snapshot) -> list[str]:
    matches = list(_matches(observed))
    if not matches:
        return ["0", "", "", "", "0", ""]
    step, far = max(matches, key=lambda found: found[1].distance.ulp)
    portable = [found.distance.ulp for step, found in matches if step.startswith(PORTABLE)]
    return [
        str(len(matches)),
        step,
        f"{far.distance.ulp:.2f}",
        f"{far.distance.relative:.1e}",
        str(len(portable)),
        f"{max(portable, default=0):.2f}",
    ]


def meanings_rows(families: Families) -> Iterator[list[str]]:
    """A row for each step with several possible meanings: the meaning in each family."""
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
    """A row for each family and step, with a cell for each way to seed."""
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


def _matches(observed: Snapshot) -> Iterator[tuple[str, OracleMatch]]:
    for (scenario, variant), steps in observed.steps.items():
        if variant == VARIANT:
            for step, result in steps.items():
                if match := nearest_meaning(scenario, step, result):
                    yield f"{scenario} / {step}", match


def _stretches(row: Sequence[tuple[str, str]]) -> str:
    """The states of targets in a row: one text if all are the same, else one for each stretch."""
    found: list[tuple[str, str]] = [
        (span([name for name, _ in group]), state)
        for state, group in itertools.groupby(row, lambda cell: cell[1])
    ]
    if len(found) == 1:
        return found[0][1]
    return "; ".join(f"{where}: {state}" for where, state in found)


def _meaning(scenario: str, step: str, result: Result | None) -> str:
    match = nearest_meaning(scenario, step, result) if result else None
    if match is None:
        return _state(result)
    return match.meaning if match.agrees else "none of these"


def _state(result: Result | None) -> str:
    if result is None:
        return "not observed"
    if result.error:
        return f"`{result.error.type}`"
    return "yes" if result.reproducible else "no"
