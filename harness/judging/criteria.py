"""The criteria of all comparisons besides the baselines; loaded once, and passed on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.base.project import RESOURCES, Project
from harness.environments.targets import Target
from harness.judging.known import KnownChange, load_known
from harness.judging.published import Figures, load_figures
from harness.observing.numerics import Tolerances

USUAL = Tolerances()  # one object, so that what was compared with it is found again


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """The tolerances, the known changes, and the published figures."""

    tolerances: Tolerances = USUAL
    known: tuple[KnownChange, ...] = ()
    figures: Figures = field(default_factory=Figures)


def load_criteria(project: Project, targets: Mapping[str, Target]) -> Criteria:
    """The criteria of a project; only the canonical scenarios have published figures.

    Raises KnownChangesError, or UsageError for a damaged file of figures.
    """
    published = RESOURCES / "published.toml"
    return Criteria(
        known=load_known(project.known_changes),
        figures=load_figures(published, targets) if project.canonical else Figures(),
    )
