"""Draws from the generator of NumPy without a seed."""

from typing import Any

import numpy as np


def scenario(_variant: str, step: Any) -> None:
    with step("one") as see:
        see(output=np.random.rand(3), shape=np.zeros(3))  # noqa: NPY002 - as scenarios draw
