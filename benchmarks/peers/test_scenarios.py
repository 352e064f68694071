"""The canonical scenarios as plain pytest tests, with the means of each step as regression data."""

from typing import Any

import pytest
from plain import cases, means  # type: ignore[import-not-found]

CASES = cases()


@pytest.mark.parametrize("name", CASES)
def test_scenario(name: str, data_regression: Any) -> None:
    scenario, variant = CASES[name]
    found = means(scenario, variant)
    if variant == "fixed":  # the others draw other numbers in each process
        data_regression.check(found)
