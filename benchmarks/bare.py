"""Runs the canonical scripts in one Python process without the harness: the minimal cost of a run.

    ENVIRONMENT/bin/python benchmarks/bare.py [SCENARIO ...]

Runs in a TensorFlow environment, so standard library only.
"""

import pathlib
import runpy
import sys

SCENARIOS = pathlib.Path(__file__).resolve().parent.parent / "harness" / "probe" / "scenarios"

if __name__ == "__main__":
    sys.path.insert(0, str(SCENARIOS))
    for path in sorted([*SCENARIOS.glob("*.py"), *SCENARIOS.glob("*/*.py")]):
        if not sys.argv[1:] or path.stem in sys.argv[1:]:
            runpy.run_path(str(path), run_name="__main__")
