"""What can be observed: the scripts of the scenarios, and the watched internals."""

import json
from pathlib import Path

from harness.base.project import PROBE, SCENARIOS

PORTABLE = "portable_"  # the names of the scenarios that run on every target begin with it


def portable_script(scenario: str) -> Path:
    """The script of a canonical scenario."""
    return SCENARIOS / f"{scenario}.py"


def watched_internals() -> dict[str, str]:
    """Every watched internal and the reason why, from the probe's list."""
    table = json.loads((PROBE / "watched.json").read_text(encoding="utf-8"))
    return {
        f"{class_name}.{entry['name']}": entry["why"]
        for entry in table["watched"]
        for group in entry["of"]
        for class_name in table["groups"][group]
    }
