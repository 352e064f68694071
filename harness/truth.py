"""Holds what the steps of the scenarios give against what they are defined to give. Pure.

Which of its meanings an observation agrees with is what the release takes the step to mean.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.changes import Outcome, Verdict
from harness.meanings import Arrays, expected
from harness.numerics import INFINITE, Distance, NumericClass, distance, values
from harness.records import Accepted, Steps, headline

ORACLE = "oracle"  # stands for the scenario in verdicts of this kind
VARIANT = "fixed"  # the one whose weights and inputs are known
NEAR = 8.0  # ULP of the largest magnitude in an array; the worst of all releases is 5.6


@dataclass(frozen=True, kw_only=True)
class Held:
    """The meaning that an observation comes nearest to, and how near."""

    meaning: str
    distance: Distance

    @property
    def agrees(self) -> bool:
        return self.distance.ulp <= NEAR

    def differs(self, other: "Held") -> bool:
        """Whether both agree with the oracle, each with another meaning."""
        return self.agrees and other.agrees and self.meaning != other.meaning


def verdicts(scenario: str, observed: Steps) -> Iterator[Verdict]:
    """Whether each step of a scenario, in the variant `fixed`, gives what it is defined to."""
    for step, accepted in observed.items():
        held = hold(scenario, step, accepted)
        verdict = Verdict(
            scenario=ORACLE, variant=scenario, step=step, outcome=Outcome.NOT_APPLICABLE, reason=""
        )
        if held is None:
            yield replace(verdict, reason=_nothing_to_hold(scenario, step, accepted))
            continue
        far = f"{held.distance} (relative error {held.distance.relative:.1e})"
        near = f"{held.meaning}, {far} from the oracle"
        yield replace(
            verdict,
            outcome=Outcome.EQUAL if held.agrees else Outcome.DRIFT,
            numeric=NumericClass.TOLERANCE if held.agrees else NumericClass.DRIFT,
            reason=near if held.agrees else f"{near}, where at most {NEAR:g} ULP are rounding",
            mean=headline(accepted),
            difference=held.distance.absolute,
            ulp=held.distance.ulp,
        )


def hold(scenario: str, step: str, observed: Accepted) -> Held | None:
    """Hold an observation of the variant `fixed` against the oracle.

    None where there is nothing to hold: it raised or is not reproducible, or the oracle does not
    know the step. An array that the oracle has not, or has in another shape, agrees with nothing.
    """
    meanings = expected(scenario).get(step)
    if meanings is None or observed.error or not observed.reproducible:
        return None
    held = [
        Held(meaning=meaning, distance=_farthest(arrays, observed))
        for meaning, arrays in meanings.items()
    ]
    return min(held, key=lambda each: each.distance.ulp)


def reinterpreted(scenario: str, step: str, before: Accepted, after: Accepted) -> bool:
    """Whether both sides agree with the oracle, each with another meaning of the step."""
    old, new = (hold(scenario, step, side) for side in (before, after))
    return old is not None and new is not None and old.differs(new)


def _nothing_to_hold(scenario: str, step: str, observed: Accepted) -> str:
    if step not in expected(scenario):
        return "the oracle does not know this step"
    return "raises: nothing to hold" if observed.error else "not reproducible: nothing to hold"


def _farthest(arrays: Arrays, observed: Accepted) -> Distance:
    if arrays.keys() != observed.arrays.keys():
        return INFINITE
    found = [
        distance(arrays[name], values(array), array.dtype)
        if arrays[name].shape == array.shape
        else INFINITE
        for name, array in observed.arrays.items()
    ]
    return max(found, key=lambda each: each.ulp)
