"""Numbers and arrays for the tests of the oracle."""

import math

import numpy as np

CLOSE = 4e-16  # relative: two units in the last place


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def a(*values: object) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape)
