"""Eras: consecutive targets that give the same bits from fixed weights and inputs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.judging.compare import compare
from harness.judging.oracle.matching import VARIANT, reinterpreted
from harness.observing.numerics import INFINITE, NumericClass, Tolerances
from harness.observing.snapshots import Snapshot


@dataclass(frozen=True, kw_only=True)
class Era:
    """Consecutive targets that are bit-identical in every step that neighbours have in common.

    `differs` are the steps in which the first target gives other values than the target before,
    each with the distance in ULP, infinite if the distance cannot be measured. A step that newly
    raises, or newly agrees with another meaning, is a change and does not end an era.
    """

    targets: tuple[str, ...]
    differs: dict[str, float]

    @property
    def name(self) -> str:
        return f"era of {self.targets[0]}"


def eras(observed: Sequence[Snapshot], tolerances: Tolerances) -> list[Era]:
    """The eras of consecutive targets; the first era has no differences."""
    found: list[Era] = []
    for before, after in zip([None, *observed], observed, strict=False):
        differs = {} if before is None else _differing(before, after, tolerances)
        if not found or differs:
            found.append(Era(targets=(after.name,), differs=differs))
        else:
            found[-1] = Era(targets=(*found[-1].targets, after.name), differs=found[-1].differs)
    return found


def _differing(before: Snapshot, after: Snapshot, tolerances: Tolerances) -> dict[str, float]:
    """The steps of the variant `fixed` whose values differ, with the distance in ULP."""
    apart = {}
    for (scenario, variant), steps in after.steps.items():
        earlier = before.steps.get((scenario, variant), {})
        if variant == VARIANT and steps is not earlier:
            for step, new in steps.items():
                old = earlier.get(step)
                if old is new:
                    continue
                compared = compare(old, new, tolerances) if old else None
                if compared is None or compared.numeric in (None, NumericClass.IDENTICAL):
                    continue
                if old and not reinterpreted(scenario, step, old, new):
                    apart[f"{scenario} / {step}"] = (compared.distance or INFINITE).ulp
    return apart
