"""Where things lie in a checkout of the project, and how a file gets there."""

from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parent
ROOT = PACKAGE.parent
PROBE = PACKAGE / "probe"
RESOURCES = PACKAGE / "resources"
LOCKS = RESOURCES / "locks"
ARCHIVE = ROOT / "archive"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The three directories that a run reads and writes."""

    environments: Path = ROOT / ".environments"
    results: Path = ROOT / "results"
    baselines: Path = ROOT / "baselines"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; its directory is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    beside.write_bytes(data)
    beside.replace(path)
