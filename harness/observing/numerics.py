"""How far two arrays are apart, in units in the last place, and what that amounts to. Pure.

The unit (ULP) of an array is the distance between neighbouring numbers of its dtype at the largest
finite magnitude that it holds: what rounds once, anywhere in a sum over that array, is worth one.
A unit of its own for each value would call the rounding of what nearly cancels a large error.
"""

import enum
import math
from dataclasses import dataclass, replace

import numpy as np

from harness.observing.records import Array

MANTISSA_BITS = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}
SMALLEST_EXPONENT = {"float16": -14, "bfloat16": -126, "float32": -126, "float64": -1022}


class NumericClass(enum.StrEnum):
    """What the difference of two arrays amounts to, from nothing to the worst."""

    IDENTICAL = "bit-identical"  # but for the sign of a zero
    NOISE = "within noise"  # no more than two runs of one release differ by
    TOLERANCE = "within tolerance"
    DRIFT = "drift"
    NOT_FINITE = "not finite"  # NaN or infinite where the other is a number, or another of these
    LAYOUT = "shape or dtype changed"


@dataclass(frozen=True, kw_only=True)
class Distance:
    """The largest differences of any value: absolute, in ULP, and that of the means in ULP.

    `relative` is the absolute one by the largest magnitude. Between arrays of which one holds
    something that is not finite where the other does not, all are infinite. Numbers that are no
    floats have no ULP: they are equal, or infinitely apart.
    """

    absolute: float = 0.0
    relative: float = 0.0
    ulp: float = 0.0
    mean_ulp: float = 0.0
    finite: bool = True

    def __str__(self) -> str:
        if not self.finite:
            return "not finite"
        if math.isinf(self.absolute):
            return "infinitely far"
        return f"{self.absolute:.3g}" if math.isinf(self.ulp) else f"{self.ulp:.3g} ULP"


INFINITE = Distance(absolute=math.inf, relative=math.inf, ulp=math.inf, mean_ulp=math.inf)


@dataclass(frozen=True, kw_only=True)
class Tolerances:
    """How far arrays may be apart and still be equal, in ULP of the larger of both.

    Releases with the same weights and inputs are within 5 ULP of each other, and so are processors
    that round elsewhere; a relative error of 1e-5 in one gate is worth more than 10. Rounding has
    no direction, so that the mean of many values has to be nearer than one value.
    """

    ulp: float = 8.0
    mean_ulp: float = 2.0

    def classify(self, distance: Distance, noise: float = 0.0) -> NumericClass:
        """What a distance amounts to, where runs of one release are `noise` ULP apart.

        Noise only names what is within the tolerances: runs that are farther apart have none, and
        are not reproducible.
        """
        if not distance.finite:
            return NumericClass.NOT_FINITE
        if distance.absolute == 0:
            return NumericClass.IDENTICAL
        if distance.ulp > self.ulp or distance.mean_ulp > self.mean_ulp:
            return NumericClass.DRIFT
        return NumericClass.NOISE if distance.ulp <= noise else NumericClass.TOLERANCE


def ulp(dtype: str, magnitude: float) -> float:
    """The distance of neighbouring numbers of a float dtype at a magnitude; 0 for other dtypes."""
    if dtype not in MANTISSA_BITS:
        return 0.0
    smallest = SMALLEST_EXPONENT[dtype]
    exponent = max(math.frexp(magnitude)[1] - 1, smallest) if magnitude else smallest
    return math.ldexp(1.0, exponent - MANTISSA_BITS[dtype])


def values(array: Array) -> np.ndarray:
    """The numbers of a recorded array as float64, exactly those of its dtype.

    A record has the shortest decimals that its dtype tells apart, which float64 reads as others.
    Integers, which float64 does not hold all, come as extended precision.
    """
    if array.dtype not in MANTISSA_BITS:
        return np.array(array.values or (), dtype=np.longdouble).reshape(array.shape)
    numbers = np.array(array.floats, dtype=np.float64).reshape(array.shape)
    written_as = {"bfloat16": "float32"}.get(array.dtype, array.dtype)
    return numbers.astype(written_as).astype(np.float64)


def distance(before: np.ndarray, after: np.ndarray, dtype: str) -> Distance:
    """How far `after` is from `before`, float64 arrays of one shape that stand for a `dtype`."""
    if before.size == 0:
        return Distance()
    apart = distances(before, after)
    absolute = float(apart.max())
    if absolute == 0:
        return Distance()
    compared = np.isfinite(before) & np.isfinite(after)
    if apart[~compared].any():
        return replace(INFINITE, finite=False)
    if math.isinf(absolute):
        return INFINITE
    magnitude = float(np.maximum(np.abs(before[compared]), np.abs(after[compared])).max())
    unit = ulp(dtype, magnitude)
    off = float(abs(np.mean(after[compared] - before[compared])))
    return Distance(
        absolute=absolute,
        relative=absolute / magnitude,
        ulp=absolute / unit if unit else math.inf,
        mean_ulp=off / unit if unit else math.inf,
    )


def distances(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Absolute differences; 0 between equal values that are not finite, else infinite."""
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    with np.errstate(invalid="ignore", over="ignore"):
        differences = np.abs(after - before)
    return np.where(same, 0.0, np.where(np.isnan(differences), np.inf, differences))
