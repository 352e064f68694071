"""The canonical scenarios as plain pytest tests, with the means of each step as regression data."""

import contextlib
import pathlib
import runpy
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

SCENARIOS = pathlib.Path(__file__).resolve().parents[2] / "harness" / "probe" / "scenarios"
sys.path.insert(0, str(SCENARIOS))

import steps  # type: ignore[import-not-found]  # noqa: E402 - a module of the scenarios


def cases() -> Iterator[Any]:
    for path in sorted([*SCENARIOS.glob("*.py"), *SCENARIOS.glob("*/*.py")]):
        module = runpy.run_path(str(path))
        if "scenario" in module:
            for variant in module.get("VARIANTS", steps.VARIANTS):
                yield pytest.param(module["scenario"], variant, id=f"{path.stem}-{variant}")


@pytest.mark.parametrize(("scenario", "variant"), cases())
def test_scenario(scenario: Callable[..., None], variant: str, data_regression: Any) -> None:
    means: dict[str, object] = {}

    @contextlib.contextmanager
    def step(name: str) -> Iterator[Callable[..., None]]:
        seen: dict[str, Any] = {}
        try:
            yield seen.update
        except Exception as error:  # noqa: BLE001 - an error is an observation, as in the harness
            means[name] = type(error).__name__
        else:
            means[name] = {key: f"{float(np.mean(array)):.4g}" for key, array in seen.items()}

    scenario(variant, step)
    if variant == "fixed":  # the others draw other numbers in each process
        data_regression.check(means)
