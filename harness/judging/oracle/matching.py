"""Compares the results of steps with the float64 reference. Pure.

If a result agrees with a meaning of its step, the release gives that meaning to the step.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from harness.base.sharing import once
from harness.judging.oracle.meanings import expected, why_without_meaning
from harness.judging.oracle.terms import Arrays
from harness.judging.verdicts import Axis, Outcome, Verdict
from harness.observing.numerics import INFINITE, Distance, NumericClass, distance, values
from harness.observing.records import Array
from harness.observing.results import Result, Results

VARIANT = "fixed"  # the variant whose weights and inputs are known
NEAR = 8.0  # ULP of the largest magnitude in an array; the worst of all releases is 5.6


@dataclass(frozen=True, kw_only=True)
class OracleMatch:
    """The meaning of a step nearest to a result, and the distance."""

    meaning: str
    distance: Distance

    @property
    def agrees(self) -> bool:
        return self.distance.ulp <= NEAR

    def differs(self, other: "OracleMatch") -> bool:
        """Whether both matches agree with the oracle, with different meanings."""
        return self.agrees and other.agrees and self.meaning != other.meaning


@once
def oracle_verdicts(scenario: str, observed: Results) -> tuple[Verdict, ...]:
    """The verdict on each step of a scenario in the variant `fixed`, by the oracle."""
    return tuple([_verdict(scenario, step, result) for step, result in observed.items()])


@once
def _verdict(scenario: str, step: str, result: Result) -> Verdict:
    match = nearest_meaning(scenario, step, result)
    if match is None:
        return Verdict(
            axis=Axis.ORACLE,
            scenario=scenario,
            variant=VARIANT,
            step=step,
            outcome=Outcome.NOT_APPLICABLE,
            reason=_nothing_to_compare(scenario, step, result),
        )
    far = f"{match.distance} (relative error {match.distance.relative:.1e})"
    near = f"{match.meaning}, {far} from the oracle"
    return Verdict(
        axis=Axis.ORACLE,
        scenario=scenario,
        variant=VARIANT,
        step=step,
        outcome=Outcome.EQUAL if match.agrees else Outcome.DRIFT,
        numeric=NumericClass.TOLERANCE if match.agrees else NumericClass.DRIFT,
        reason=near if match.agrees else f"{near}, where at most {NEAR:g} ULP are rounding",
        mean=result.mean,
        difference=match.distance.absolute,
        ulp=match.distance.ulp,
    )


@once
def nearest_meaning(scenario: str, step: str, observed: Result) -> OracleMatch | None:
    """The meaning of a step that is nearest to a result of the variant `fixed`.

    None if nothing can be compared: the step raised or is not reproducible, or the oracle does not
    know the step. Other names or shapes of arrays than the oracle's are infinitely far apart.
    """
    if step not in expected(scenario) or observed.error or not observed.reproducible:
        return None
    return _nearest(scenario, step, tuple(observed.arrays.items()))


def reinterpreted(scenario: str, step: str, before: Result, after: Result) -> bool:
    """Whether both results agree with the oracle, with different meanings of the step."""
    old, new = (nearest_meaning(scenario, step, side) for side in (before, after))
    return old is not None and new is not None and old.differs(new)


def _nothing_to_compare(scenario: str, step: str, observed: Result) -> str:
    if step not in expected(scenario):
        return why_without_meaning(scenario, step) or "the oracle does not know this step"
    why = "raises" if observed.error else "not reproducible"
    return f"{why}: nothing to compare"


@functools.cache  # many releases give the same bits
def _nearest(scenario: str, step: str, observed: tuple[tuple[str, Array], ...]) -> OracleMatch:
    matches = [
        OracleMatch(meaning=meaning, distance=_farthest(arrays, dict(observed)))
        for meaning, arrays in expected(scenario)[step].items()
    ]
    return min(matches, key=lambda each: each.distance.ulp)


def _farthest(arrays: Arrays, observed: Mapping[str, Array]) -> Distance:
    if arrays.keys() != observed.keys():
        return INFINITE
    found = [
        distance(arrays[name], values(array), array.dtype)
        if arrays[name].shape == array.shape
        else INFINITE
        for name, array in observed.items()
    ]
    return max(found, key=lambda each: each.ulp)
