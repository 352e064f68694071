"""The article's published figures: the truth that the variant `published` is held against."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.changes import Outcome, Verdict
from harness.paths import RESOURCES
from harness.records import Steps
from harness.targets import Target

FIGURES = "article"  # stands for the scenario in verdicts on published figures


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A mean as it was published, how far a computed one may be from it, and whether the target
    can give it again.
    """

    scenario: str
    step: str
    value: float
    tolerance: float
    reproduces: bool

    def verdict(self, observed: Steps) -> Verdict:
        """Whether `observed`, the steps of the figure's scenario in `published`, gives it again."""
        step = observed.get(self.step)
        output = step.arrays.get("output") if step else None
        mean = output.mean if output else None
        difference = None if mean is None else abs(mean - self.value)
        if not self.reproduces:
            outcome, reason = Outcome.NOT_APPLICABLE, "it reproduces on other releases"
        elif difference is None:
            outcome, reason = Outcome.MISSING, f"{self.scenario}: {self.step} gives no mean"
        elif not difference <= self.tolerance:  # NaN is not near anything
            outcome, reason = Outcome.DRIFT, f"mean {mean:.9g} instead of {self.value:.9g}"
        else:
            outcome, reason = Outcome.EQUAL, ""
        return Verdict(
            scenario=FIGURES,
            variant=self.scenario,
            step=self.step,
            outcome=outcome,
            reason=reason,
            mean=mean,
            baseline=self.value,
            difference=difference,
        )


def figures_for(target: str, targets: Mapping[str, Target]) -> Iterator[Figure]:
    """The published figures in the order of the article."""
    text = (RESOURCES / "published.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    names = list(targets)
    reproducing = names[names.index(document["first"]) : names.index(document["last"]) + 1]
    for figure in document["figure"]:
        yield Figure(tolerance=document["tolerance"], reproduces=target in reproducing, **figure)
