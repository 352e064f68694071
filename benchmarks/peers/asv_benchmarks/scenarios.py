"""The canonical scenarios as benchmarks of asv, which tracks how many observations each makes."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from plain import cases, means  # type: ignore[import-not-found]


class Scenarios:
    """asv runs each case in a process of its own."""

    params = tuple(cases())
    param_names = ("case",)
    timeout = 300

    def track_observations(self, case: str) -> int:
        return len(means(*cases()[case]))
