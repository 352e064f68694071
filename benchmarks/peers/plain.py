"""The scenarios without the harness: which there are, and the mean of each array of their steps."""

import contextlib
import pathlib
import runpy
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

SCENARIOS = pathlib.Path(__file__).resolve().parents[2] / "harness" / "probe" / "scenarios"
sys.path.insert(0, str(SCENARIOS))

import steps  # type: ignore[import-not-found]  # noqa: E402 - a module of the scenarios


def cases() -> dict[str, tuple[Callable[..., None], str]]:
    """Each scenario in each of its variants, by a name."""
    found = {}
    for path in sorted([*SCENARIOS.glob("*.py"), *SCENARIOS.glob("*/*.py")]):
        module = runpy.run_path(str(path))
        if "scenario" in module:
            for variant in module.get("VARIANTS", steps.VARIANTS):
                found[f"{path.stem}-{variant}"] = module["scenario"], variant
    return found


def means(scenario: Callable[..., None], variant: str) -> dict[str, object]:
    """The means of the arrays of each step; the type of its error, which is an observation."""
    found: dict[str, object] = {}

    @contextlib.contextmanager
    def step(name: str) -> Iterator[Callable[..., None]]:
        seen: dict[str, Any] = {}
        try:
            yield seen.update
        except Exception as error:  # noqa: BLE001 - as in the harness
            found[name] = type(error).__name__
        else:
            found[name] = {key: f"{float(np.mean(array)):.4g}" for key, array in seen.items()}

    scenario(variant, step)
    return found
