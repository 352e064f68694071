"""Where things lie in a checkout of the project."""

from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parent
ROOT = PACKAGE.parent
PROBE = PACKAGE / "probe"
RESOURCES = PACKAGE / "resources"
LOCKS = RESOURCES / "locks"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The three directories that a run reads and writes."""

    environments: Path = ROOT / ".environments"
    results: Path = ROOT / "results"
    baselines: Path = ROOT / "baselines"
