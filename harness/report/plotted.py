"""Computes the data of the plots of a report. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from harness.judging.eras import eras
from harness.judging.oracle.matching import VARIANT, nearest_meaning
from harness.observing.numerics import Tolerances
from harness.observing.results import Result
from harness.observing.snapshots import Snapshot
from harness.report.model import Curve, Numbers, TargetReport

# the steps whose means the report draws: scenario, variant, step
CURVES = (
    ("stateful", "strict", "first pass"),
    ("stateful", "fixed", "first pass"),
    ("reset", "fixed", "reset to ones"),
    ("initial_state", "fixed", "stateful, initial_state in a later call"),
    ("layers", "fixed", "LSTM, recurrent_activation hard_sigmoid"),
)


def plotted_numbers(
    families: Mapping[str, Sequence[Snapshot]],
    reports: Sequence[TargetReport],
    tolerances: Tolerances,
) -> Numbers:
    """The data of the plots; distances (ULP) come from the oracle's verdicts, else from results."""
    observed = [each for sides in families.values() for each in sides]
    measured = {
        report.name: [o.oracle.ulp for o in report.observations if o.oracle and o.oracle.ulp]
        for report in reports
    }
    distances = {}
    for each in observed:
        far = measured.get(each.name) or list(_distances(each))
        if far:
            distances[each.name] = max(far)
    return Numbers(
        curves=tuple(
            Curve(
                scenario=scenario,
                variant=variant,
                step=step,
                means={each.name: _mean(each, scenario, variant, step) for each in observed},
            )
            for scenario, variant, step in CURVES
        ),
        distances=distances,
        eras={family: tuple(eras(sides, tolerances)) for family, sides in families.items()},
        bits=_bits(observed),
    )


def _mean(observed: Snapshot, scenario: str, variant: str, step: str) -> float | None:
    found = observed.steps.get((scenario, variant), {}).get(step)
    output = found.arrays.get("output") if found else None
    return output.mean if output else None


def _distances(observed: Snapshot) -> Iterator[float]:
    for (scenario, variant), steps in observed.steps.items():
        if variant == VARIANT:
            for step, found in steps.items():
                if match := nearest_meaning(scenario, step, found):
                    yield match.distance.ulp


def _bits(observed: Sequence[Snapshot]) -> dict[str, dict[str, int]]:
    """The `bits` of `Numbers`."""
    seen: dict[str, dict[object, int]] = {}
    bits: dict[str, dict[str, int]] = {}
    for each in observed:
        for (scenario, variant), steps in each.steps.items():
            if variant == VARIANT:
                for step, found in steps.items():
                    where = f"{scenario} / {step}"
                    numbers = seen.setdefault(where, {})
                    row = bits.setdefault(where, {})
                    row[each.name] = (
                        -1 if found.error else numbers.setdefault(_values(found), len(numbers))
                    )
    return bits


def _values(found: Result) -> tuple[object, ...]:
    return tuple((name, array.values) for name, array in sorted(found.arrays.items()))
