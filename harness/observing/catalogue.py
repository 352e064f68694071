"""The observable things: the scripts of the scenarios, and the watched internals."""

import json
from pathlib import Path

from harness.base.project import PROBE, SCENARIOS

PORTABLE = "portable_"  # prefix of the names of the scenarios that run on every target


def portable_script(scenario: str) -> Path:
    """The script of a canonical scenario."""
    return SCENARIOS / f"{scenario}.py"


def watched_internals() -> dict[str, str]:
    """Every watched internal, with the reason for watching it, from the probe's list."""
    table = json.loads((PROBE / "watched.json").read_text(encoding="utf-8"))
    return {
        f"{class_name}.{entry['name']}": entry["why"]
        for entry in table["watched"]
        for group in entry["of"]
        for class_name in table["groups"][group]
    }
