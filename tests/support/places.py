"""Projects for tests: the canonical one, and copies of it with places of their own."""

import shutil
from pathlib import Path

from harness.base.project import CHECKOUT, Project, find_project
from harness.environments.targets import Target, load_targets
from harness.judging.criteria import Criteria, load_criteria
from harness.observing.shared import SHARED

ROOT = CHECKOUT
CANONICAL = find_project(ROOT)
TARGETS: dict[str, Target] = load_targets(CANONICAL.targets)
CRITERIA: Criteria = load_criteria(CANONICAL, TARGETS)


def copy_baselines(source: Path, target: str, to: Path) -> Path:
    """Copy the baselines of a target, and what they share; returns the directory of the copy."""
    for name in (target, SHARED):
        shutil.copytree(source / name, to / name, dirs_exist_ok=True)
    return to / target


def project_at(root: Path, **places: Path) -> Project:
    """The canonical project with results, environments, baselines and archive below `root`."""
    below = {
        "results": root / "results",
        "environments": root / "environments",
        "baselines": root / "baselines",
        "archive": root / "archive",
    }
    return CANONICAL.with_places(**(below | places))
