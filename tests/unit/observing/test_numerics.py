"""The distance of arrays in units in the last place, and the class of the distance."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observing.numerics import (
    MANTISSA_BITS,
    Distance,
    NumericClass,
    Tolerances,
    distance,
    ulp,
    values,
)
from harness.observing.records import Number
from tests.support.makers import array, recorded

UNITS = {
    "float16 at one": ("float16", 1.0, 2.0**-10),
    "float16 at its largest": ("float16", 65504.0, 32.0),
    "float16 at zero": ("float16", 0.0, 2.0**-24),
    "float16 among the subnormals": ("float16", 2.0**-20, 2.0**-24),
    "bfloat16 at one": ("bfloat16", 1.0, 2.0**-7),
    "bfloat16 at zero": ("bfloat16", 0.0, 2.0**-133),
    "float32 at one": ("float32", 1.0, 2.0**-23),
    "float32 below one": ("float32", 1 - 2.0**-24, 2.0**-24),
    "float32 below two": ("float32", 1.9999999, 2.0**-23),
    "float32 at two": ("float32", 2.0, 2.0**-22),
    "float32 at its largest": ("float32", 3.4028235e38, 2.0**104),
    "float32 at its smallest normal": ("float32", 2.0**-126, 2.0**-149),
    "float32 among the subnormals": ("float32", 1e-42, 2.0**-149),
    "float32 at zero": ("float32", 0.0, 2.0**-149),
    "float32 at minus two": ("float32", -2.0, 2.0**-22),
    "float64 at one": ("float64", 1.0, 2.0**-52),
    "float64 at zero": ("float64", 0.0, 2.0**-1074),
    "an integer": ("int64", 1.0, 0.0),
    "a bool": ("bool", 1.0, 0.0),
    "a dtype that nobody knows": ("float8_e4m3fn", 1.0, 0.0),
}


@pytest.mark.parametrize(("dtype", "magnitude", "unit"), UNITS.values(), ids=UNITS)
def test_a_unit_is_the_distance_of_neighbours(dtype: str, magnitude: float, unit: float) -> None:
    assert ulp(dtype, magnitude) == unit


@pytest.mark.parametrize(("dtype", "width"), [("float16", 16), ("float32", 32), ("float64", 64)])
@given(data=st.data())
def test_the_unit_is_the_spacing_of_numpy(data: st.DataObject, dtype: str, width: int) -> None:
    half_of_all = float(np.finfo(dtype).max) / 2
    number = data.draw(st.floats(0, half_of_all, width=width))  # type: ignore[arg-type]
    assert ulp(dtype, number) == float(np.spacing(np.dtype(dtype).type(number)))


EXACT: dict[str, tuple[Sequence[Number], str, list[float]]] = {
    "float16": ((0.0999755859375, 65504.0), "float16", [0.0999755859375, 65504.0]),
    "float32": ((0.1, 1e-45), "float32", [0.100000001490116119384765625, 2.0**-149]),
    "float64": ((0.1, 5e-324), "float64", [0.1, 5e-324]),
    # the shortest decimals of float32, as in records
    "bfloat16": ((0.100097656, 1.0078125), "bfloat16", [0.10009765625, 1.0078125]),
    "integers": ((-128, 2**40), "int64", [-128.0, 2.0**40]),
    "bools": ((True, False), "bool", [1.0, 0.0]),
    "infinities": (("inf", "-inf"), "float32", [math.inf, -math.inf]),
    "nothing": ((), "float32", []),
}


@pytest.mark.parametrize(("stored", "dtype", "exact"), EXACT.values(), ids=EXACT)
def test_decimals_are_read_as_the_numbers_of_their_dtype(
    stored: Sequence[Number], dtype: str, exact: list[float]
) -> None:
    numbers = values(array(*stored, dtype=dtype))
    assert numbers.tolist() == exact
    if dtype in MANTISSA_BITS:
        assert numbers.dtype == np.float64


def test_values_have_the_shape_of_their_array() -> None:
    assert values(array(*range(6), shape=(1, 2, 3))).tolist() == [[[0, 1, 2], [3, 4, 5]]]
    assert values(array(shape=(0, 3))).shape == (0, 3)
    assert values(array(1.5, shape=())).shape == ()
    assert np.isnan(values(array("nan"))).all()


@given(st.lists(st.floats(width=32)))
def test_recorded_float32_is_read_back_as_the_same_bits(numbers: list[float]) -> None:
    exact = np.array(numbers, np.float32)
    assert (
        values(recorded(exact)).astype(np.float32).tobytes()
        == np.where(np.isnan(exact), np.float32(np.nan), exact).astype(np.float32).tobytes()
    )


ONE = 2.0**-23  # ULP of float32 from 1 to 2
FAR = Distance(absolute=math.inf, relative=math.inf, ulp=math.inf, mean_ulp=math.inf, finite=False)
Numbers = Sequence[float | str]

DISTANCES: dict[str, tuple[str, Numbers, Numbers, Distance]] = {
    "nothing": ("float32", [], [], Distance()),
    "the same": ("float32", [1.0, -2.0], [1.0, -2.0], Distance()),
    "zeros of another sign": ("float32", [0.0], [-0.0], Distance()),
    "the same NaN": ("float32", ["nan", 1.0], ["nan", 1.0], Distance()),
    "the same infinities": ("float32", ["inf", "-inf"], ["inf", "-inf"], Distance()),
    "nothing but NaN": ("float32", ["nan"], ["nan"], Distance()),
    "a neighbour": (
        "float32",
        [1.0, 1.5],
        [1.0, 1.5 + ONE],
        Distance(absolute=ONE, relative=ONE / (1.5 + ONE), ulp=1.0, mean_ulp=0.5),
    ),
    "neighbours in both directions": (
        "float32",
        [1.0, 1.5],
        [1.0 + ONE, 1.5 - ONE],
        Distance(absolute=ONE, relative=ONE / 1.5, ulp=1.0, mean_ulp=0.0),
    ),
    "a small value beside a large one": (
        "float32",
        [2.0**-20, 1.0],
        [2.0**-20 + ONE, 1.0],
        Distance(absolute=ONE, relative=ONE, ulp=1.0, mean_ulp=0.5),
    ),
    "the larger of both sides gives the unit": (
        "float32",
        [1.0],
        [2.0],
        Distance(absolute=1.0, relative=0.5, ulp=2.0**22, mean_ulp=2.0**22),
    ),
    "beside NaN that stays": (
        "float32",
        ["nan", 1.0],
        ["nan", 1.0 + ONE],
        Distance(absolute=ONE, relative=ONE / (1 + ONE), ulp=1.0, mean_ulp=1.0),
    ),
    "beside an infinity that stays": (
        "float32",
        ["inf", 1.0],
        ["inf", 1.0 + ONE],
        Distance(absolute=ONE, relative=ONE / (1 + ONE), ulp=1.0, mean_ulp=1.0),
    ),
    "of subnormals": (
        "float32",
        [2.0**-149],
        [2.0**-147],
        Distance(absolute=3 * 2.0**-149, relative=0.75, ulp=3.0, mean_ulp=3.0),
    ),
    "from zero to the smallest": (
        "float32",
        [0.0],
        [2.0**-149],
        Distance(absolute=2.0**-149, relative=1.0, ulp=1.0, mean_ulp=1.0),
    ),
    "of float16": (
        "float16",
        [1.0],
        [1.0 + 3 * 2.0**-10],
        Distance(absolute=3 * 2.0**-10, relative=3 / 1027, ulp=3.0, mean_ulp=3.0),
    ),
    "of bfloat16": (
        "bfloat16",
        [1.0],
        [1.0 + 2.0**-7],
        Distance(absolute=2.0**-7, relative=1 / 129, ulp=1.0, mean_ulp=1.0),
    ),
    "of float64": (
        "float64",
        [1.0],
        [1.0 + 2.0**-52],
        Distance(absolute=2.0**-52, relative=2.0**-52 / (1 + 2.0**-52), ulp=1.0, mean_ulp=1.0),
    ),
    "of integers": (
        "int64",
        [4.0, 7.0],
        [5.0, 7.0],
        Distance(absolute=1.0, relative=1 / 7, ulp=math.inf, mean_ulp=math.inf),
    ),
    "of bools": (
        "bool",
        [1.0],
        [0.0],
        Distance(absolute=1.0, relative=1.0, ulp=math.inf, mean_ulp=math.inf),
    ),
    "a number becomes NaN": ("float32", [1.0, 2.0], [1.0, "nan"], FAR),
    "NaN becomes a number": ("float32", ["nan"], [0.0], FAR),
    "NaN in another place": ("float32", ["nan", 1.0], [1.0, "nan"], FAR),
    "a number becomes infinite": ("float32", [1.0], ["inf"], FAR),
    "infinity changes its sign": ("float32", ["inf"], ["-inf"], FAR),
    "NaN becomes infinite": ("float32", ["nan"], ["inf"], FAR),
    "the whole range of float32": (
        "float32",
        [-3.4028234663852886e38],
        [3.4028234663852886e38],
        Distance(
            absolute=2 * 3.4028234663852886e38,
            relative=2.0,
            ulp=2.0**25 - 2,
            mean_ulp=2.0**25 - 2,
        ),
    ),
}


def numbers(given: Numbers) -> np.ndarray:
    return np.array([float(number) for number in given])


@pytest.mark.parametrize(
    ("dtype", "before", "after", "expected"), DISTANCES.values(), ids=DISTANCES
)
def test_each_pair_has_its_distance_in_both_directions(
    dtype: str, before: Numbers, after: Numbers, expected: Distance
) -> None:
    assert distance(numbers(before), numbers(after), dtype) == expected
    assert distance(numbers(after), numbers(before), dtype) == expected


LARGE: dict[str, tuple[list[float], list[float]]] = {
    "of both signs": ([-1.7e308], [1.7e308]),
    "that have no sum": ([1.7e308, 1.7e308], [1.7e308, 1.6e308]),
}


@pytest.mark.parametrize(("before", "after"), LARGE.values(), ids=LARGE)
def test_large_numbers_of_float64_are_finite(before: list[float], after: list[float]) -> None:
    apart = distance(np.array(before), np.array(after), "float64")
    assert Tolerances().classify(apart) is NumericClass.DRIFT


@pytest.mark.parametrize(
    ("dtype", "one", "other"),
    [
        ("int64", 2**53, 2**53 + 1),
        ("int64", -(2**63), -(2**63) + 1),
        ("uint64", 2**64 - 1, 2**64 - 2),
    ],
)
def test_integers_that_float64_cannot_distinguish_differ(dtype: str, one: int, other: int) -> None:
    before, after = (values(array(number, dtype=dtype)) for number in (one, other))
    apart = distance(before, after, dtype)
    assert apart.absolute == 1
    assert Tolerances().classify(apart) is NumericClass.DRIFT


WORDS = {
    "a part of a unit": (Distance(absolute=1e-8, ulp=0.123456), "0.123 ULP"),
    "many units": (Distance(absolute=0.75, ulp=3145728.0), "3.15e+06 ULP"),
    "a dtype without a unit": (Distance(absolute=3.0, ulp=math.inf), "3"),
    "a value that is not finite": (FAR, "not finite"),
    "nothing": (Distance(), "0 ULP"),
}


@pytest.mark.parametrize(("apart", "words"), WORDS.values(), ids=WORDS)
def test_a_distance_as_text(apart: Distance, words: str) -> None:
    assert str(apart) == words


def apart(units: float, mean: float = 0.0) -> Distance:
    return Distance(absolute=units * ONE, relative=units * ONE, ulp=units, mean_ulp=mean)


CLASSES = {
    "nothing": (Distance(), 0.0, NumericClass.IDENTICAL),
    "nothing, where there is noise": (Distance(), 4.0, NumericClass.IDENTICAL),
    "one unit": (apart(1, 1), 0.0, NumericClass.TOLERANCE),
    "as much as there is noise": (apart(1, 1), 1.0, NumericClass.NOISE),
    "more than there is noise": (apart(1.5), 1.0, NumericClass.TOLERANCE),
    "as much as tolerated": (apart(8, 2), 0.0, NumericClass.TOLERANCE),
    "more than tolerated": (apart(8.5), 0.0, NumericClass.DRIFT),
    "a mean of more than tolerated": (apart(4, 2.5), 0.0, NumericClass.DRIFT),
    "such a mean, which noise does not excuse": (apart(4, 2.5), 4.0, NumericClass.DRIFT),
    "a mean that is tolerated, within noise": (apart(4, 2.0), 4.0, NumericClass.NOISE),
    "more than tolerated, which noise does not excuse": (apart(20), 20.0, NumericClass.DRIFT),
    "integers": (Distance(absolute=1, ulp=math.inf, mean_ulp=math.inf), 8.0, NumericClass.DRIFT),
    "not finite": (FAR, 8.0, NumericClass.NOT_FINITE),
}


@pytest.mark.parametrize(("distant", "noise", "expected"), CLASSES.values(), ids=CLASSES)
def test_each_distance_has_its_class(
    distant: Distance, noise: float, expected: NumericClass
) -> None:
    assert Tolerances().classify(distant, noise) is expected


def test_the_table_has_every_class_except_that_of_the_layout() -> None:
    reached = {expected for _, _, expected in CLASSES.values()}
    assert reached == set(NumericClass) - {NumericClass.LAYOUT}


def test_tolerances_can_be_set() -> None:
    strict = Tolerances(ulp=0.5, mean_ulp=0.5)
    assert strict.classify(apart(1)) is NumericClass.DRIFT
    assert strict.classify(apart(0.5)) is NumericClass.TOLERANCE


distances = st.builds(
    apart, st.floats(2.0**-10, 1e6), st.sampled_from([0.0, 1.0, 2.0, 2.5])
) | st.sampled_from([Distance(), FAR])
SEVERITY = list(NumericClass)


@given(distances, st.floats(0, 100))
def test_noise_never_makes_a_class_worse(distant: Distance, noise: float) -> None:
    with_noise, without = (Tolerances().classify(distant, each) for each in (noise, 0.0))
    assert SEVERITY.index(with_noise) <= SEVERITY.index(without)


@given(
    st.floats(2.0**-10, 1e6), st.floats(1, 1e3), st.sampled_from([0.0, 1.0, 2.5]), st.floats(0, 100)
)
def test_a_larger_distance_never_has_a_better_class(
    units: float, factor: float, mean: float, noise: float
) -> None:
    near, far = (
        Tolerances().classify(apart(each, mean), noise) for each in (units, units * factor)
    )
    assert SEVERITY.index(near) <= SEVERITY.index(far)


same_length = st.integers(0, 6).flatmap(
    lambda size: st.tuples(*[st.lists(st.floats(width=32), min_size=size, max_size=size)] * 2)
)


@given(same_length, st.sampled_from([*MANTISSA_BITS, "int64"]))
def test_a_distance_is_the_same_in_both_directions(
    both: tuple[list[float], list[float]], dtype: str
) -> None:
    before, after = map(np.array, both)
    there, back = distance(before, after, dtype), distance(after, before, dtype)
    assert there == back
    assert there.mean_ulp <= there.ulp * (1 + 2.0**-50)
    assert (there.absolute == 0) is (there == Distance())
