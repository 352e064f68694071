"""The figures of the article, and verdicts on the variant `published`, which computes them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.base.errors import UsageError
from harness.base.loading import Layout, Name
from harness.environments.targets import Target
from harness.judging.verdicts import Axis, Outcome, Verdict
from harness.observing.results import Results

VARIANT = "published"  # the variant whose means are compared with the figures


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A published mean `value`.

    `tolerance` is the largest absolute difference of a computed mean; `reproduces` is whether the
    target can reproduce the figure.
    """

    scenario: str
    step: str
    value: float
    tolerance: float
    reproduces: bool

    def verdict(self, observed: Results) -> Verdict:
        """The verdict on `observed`, the results of the scenario in the variant `published`."""
        step = observed.get(self.step)
        output = step.arrays.get("output") if step else None
        mean = output.mean if output else None
        difference = None if mean is None else abs(mean - self.value)
        if not self.reproduces:
            outcome, reason = Outcome.NOT_APPLICABLE, "only other releases reproduce this figure"
        elif difference is None:
            outcome, reason = Outcome.MISSING, f"{self.scenario}: {self.step} gives no mean"
        elif not difference <= self.tolerance:  # also true for NaN
            outcome, reason = Outcome.DRIFT, f"mean {mean:.9g} instead of {self.value:.9g}"
        else:
            outcome, reason = Outcome.EQUAL, ""
        return Verdict(
            axis=Axis.PUBLISHED,
            scenario=self.scenario,
            variant=VARIANT,
            step=self.step,
            outcome=outcome,
            reason=reason,
            mean=mean,
            baseline=self.value,
            difference=difference,
        )


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The published figures in the order of the article, and the targets that reproduce them."""

    figures: tuple[Figure, ...] = ()
    reproducing: frozenset[str] = frozenset()

    def of(self, target: str) -> Iterator[Figure]:
        """The figures, with `reproduces` for the target of this name."""
        for figure in self.figures:
            yield replace(figure, reproduces=target in self.reproducing)


def load_figures(path: Path, targets: Mapping[str, Target]) -> Figures:
    """Read the published figures. Raises UsageError, which names the file and the fault."""
    stored = LAYOUT.load(path)
    for field, name in (("first", stored.first), ("last", stored.last)):
        if name not in targets:
            raise UsageError(f"{path}, field {field!r}: there is no target {name!r}")
    names = list(targets)
    first, last = names.index(stored.first), names.index(stored.last)
    if last < first:  # no target would reproduce the figures, and none be held against them
        raise UsageError(f"{path}, field 'last': {stored.last!r} comes before {stored.first!r}")
    return Figures(
        figures=tuple(
            Figure(
                scenario=each.scenario,
                step=each.step,
                value=each.value,
                tolerance=stored.tolerance,
                reproduces=False,
            )
            for each in stored.figure
        ),
        reproducing=frozenset(names[first : last + 1]),
    )


class _StoredFigure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    scenario: Name
    step: Name
    value: float


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema_version: int
    first: str
    last: str
    tolerance: float
    figure: tuple[_StoredFigure, ...]


def _check(stored: _File) -> None:
    for number in (stored.tolerance, *(each.value for each in stored.figure)):
        if not math.isfinite(number):
            raise ValueError(f"{number} is not a figure")
    if stored.tolerance < 0:
        raise ValueError(f"{stored.tolerance} is no tolerance")


LAYOUT = Layout(
    content=_File,
    title="published figures",
    error=UsageError,
    way_out="compare it with harness/resources/published.toml of the harness",
    version=1,
    check=_check,
    toml=True,
)
