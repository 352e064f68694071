"""The distance of two arrays in units in the last place (ULP), and the class of a distance. Pure.

The ULP of an array is the distance between neighbouring numbers of its dtype at the largest finite
magnitude in the array: one rounding anywhere in a sum over the array is about one ULP. A separate
ULP for each value would make the rounding error of values that nearly cancel look large.
"""

import enum
import math
from dataclasses import dataclass, replace

import numpy as np

from harness.observing.records import Array

MANTISSA_BITS = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}
SMALLEST_EXPONENT = {"float16": -14, "bfloat16": -126, "float32": -126, "float64": -1022}


class NumericClass(enum.StrEnum):
    """The class of the difference of two arrays, in order of severity."""

    IDENTICAL = "bit-identical"  # except for the sign of a zero
    NOISE = "within noise"  # at most the difference of two runs of one release
    TOLERANCE = "within tolerance"
    DRIFT = "drift"
    NOT_FINITE = "not finite"  # NaN or infinite in one array, and another value in the other
    LAYOUT = "shape or dtype changed"


@dataclass(frozen=True, kw_only=True)
class Distance:
    """The largest difference of any value, absolute and in ULP, and that of the means in ULP.

    `relative` is `absolute` divided by the largest magnitude. `finite` is False, and all distances
    are infinite, if the arrays differ at a value that is not finite. Dtypes other than floats have
    no ULP: unequal arrays are infinitely far apart in ULP.
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
    """The largest distances at which arrays count as equal, in ULP of the larger magnitude.

    With the same weights and inputs, releases differ by at most 5 ULP, and so do processors that
    round at other places; a relative error of 1e-5 in one gate gives more than 10. Rounding errors
    have both signs, so that the limit for the mean of many values is lower than for one value.
    """

    ulp: float = 8.0
    mean_ulp: float = 2.0

    def classify(self, distance: Distance, noise: float = 0.0) -> NumericClass:
        """The class of a distance, if runs of one release are `noise` ULP apart.

        Noise only distinguishes distances within the tolerances. Runs that are farther apart are
        not reproducible, and have no noise.
        """
        if not distance.finite:
            return NumericClass.NOT_FINITE
        if distance.absolute == 0:
            return NumericClass.IDENTICAL
        if distance.ulp > self.ulp or distance.mean_ulp > self.mean_ulp:
            return NumericClass.DRIFT
        return NumericClass.NOISE if distance.ulp <= noise else NumericClass.TOLERANCE


def ulp(dtype: str, magnitude: float) -> float:
    """The distance of neighbouring numbers of a float dtype at a magnitude; 0 if no float."""
    if dtype not in MANTISSA_BITS:
        return 0.0
    smallest = SMALLEST_EXPONENT[dtype]
    exponent = max(math.frexp(magnitude)[1] - 1, smallest) if magnitude else smallest
    return math.ldexp(1.0, exponent - MANTISSA_BITS[dtype])


def values(array: Array) -> np.ndarray:
    """The numbers of a recorded array, in its shape: floats as float64, others as longdouble.

    A record has the shortest decimals that identify a number of the dtype. They are rounded to the
    dtype first, since float64 would read other numbers. Float64 cannot represent all integers.
    """
    if array.dtype not in MANTISSA_BITS:
        return np.array(array.values or (), dtype=np.longdouble).reshape(array.shape)
    numbers = np.array(array.floats, dtype=np.float64).reshape(array.shape)
    written_as = {"bfloat16": "float32"}.get(array.dtype, array.dtype)
    with np.errstate(over="ignore"):  # an odd record may have numbers that its dtype has not
        return numbers.astype(written_as).astype(np.float64)


def distance(before: np.ndarray, after: np.ndarray, dtype: str) -> Distance:
    """The distance of two float64 arrays of one shape, whose values are numbers of `dtype`."""
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
    """Absolute differences: 0 between NaN and NaN, infinite between NaN and another value."""
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    with np.errstate(invalid="ignore", over="ignore"):
        differences = np.abs(after - before)
    return np.where(same, 0.0, np.where(np.isnan(differences), np.inf, differences))
