"""Stretches of targets whose fixed weights and inputs give the same bits. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.judging.compare import compare
from harness.judging.oracle.matching import VARIANT, reinterpreted
from harness.observing.numerics import INFINITE, NumericClass, Tolerances
from harness.observing.snapshots import Snapshot


@dataclass(frozen=True, kw_only=True)
class Era:
    """Targets in a row that are bit-identical in every step which neighbours both can do.

    It is named after its first target. `differs` are the steps in which that gives other values
    than the target before it, each with the distance in ULP, infinite where there is none. A step
    that comes to raise, or to mean something else, is a change, and ends no era.
    """

    targets: tuple[str, ...]
    differs: dict[str, float]

    @property
    def name(self) -> str:
        return f"era of {self.targets[0]}"


def eras(observed: Sequence[Snapshot], tolerances: Tolerances) -> list[Era]:
    """The eras of targets in a row, the first with nothing to differ from."""
    found: list[Era] = []
    for before, after in zip([None, *observed], observed, strict=False):
        differs = {} if before is None else _differing(before, after, tolerances)
        if not found or differs:
            found.append(Era(targets=(after.name,), differs=differs))
        else:
            found[-1] = Era(targets=(*found[-1].targets, after.name), differs=found[-1].differs)
    return found


def _differing(before: Snapshot, after: Snapshot, tolerances: Tolerances) -> dict[str, float]:
    """The steps whose values differ, and by how many ULP."""
    apart = {}
    for (scenario, variant), steps in after.steps.items():
        if variant == VARIANT:
            for step, new in steps.items():
                old = before.steps.get((scenario, variant), {}).get(step)
                compared = compare(old, new, tolerances) if old else None
                if compared is None or compared.numeric in (None, NumericClass.IDENTICAL):
                    continue
                if old and not reinterpreted(scenario, step, old, new):
                    apart[f"{scenario} / {step}"] = (compared.distance or INFINITE).ulp
    return apart
