"""Arrays become plain data, from which the same bits can be read back."""

import importlib
import json
import math
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.project import PROBE


@pytest.fixture(scope="module")
def capture() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PROBE)
        yield importlib.import_module("capture")


PLAIN = {
    "float16, exactly": (np.array([0.5, 65504], np.float16), [0.5, 65504.0]),
    "float32": (np.array([0.1, 1e-45, 3.4028235e38], np.float32), [0.1, 1e-45, 3.4028235e38]),
    "float64": (np.array([0.1, 5e-324]), [0.1, 5e-324]),
    "int8": (np.array([-128, 127], np.int8), [-128, 127]),
    "uint64": (np.array([2**64 - 1], np.uint64), [2**64 - 1]),
    "bool": (np.array([True, False]), [True, False]),
    "float32 that is not finite": (
        np.array([math.nan, math.inf, -math.inf], np.float32),
        ["nan", "inf", "-inf"],
    ),
}

REFUSED = {
    "text": "text",
    "an object": object(),
    "complex numbers": np.array([1j]),
    "raw bytes": np.zeros(2, "V2"),  # as the 8-bit floats of other libraries look
    "dates": np.array(["2024-01-01"], "M8[D]"),
    "nothing": None,
}


@pytest.mark.parametrize(("given_array", "values"), PLAIN.values(), ids=PLAIN)
def test_an_array_is_its_dtype_its_shape_and_its_shortest_values(
    capture: ModuleType, given_array: np.ndarray, values: list[object]
) -> None:
    plain = capture.array(given_array)
    assert plain == {
        "dtype": given_array.dtype.name,
        "shape": list(given_array.shape),
        "values": values,
    }
    assert [type(value) for value in plain["values"]] == [type(value) for value in values]


def test_values_are_in_c_order_for_every_memory_layout(capture: ModuleType) -> None:
    plain = capture.array(np.asfortranarray([[1, 2, 3], [4, 5, 6]]))
    assert (plain["shape"], plain["values"]) == ([2, 3], [1, 2, 3, 4, 5, 6])


@pytest.mark.parametrize(("shape", "count"), [((), 1), ((0, 3), 0), ((2, 1, 2), 4)])
def test_every_shape_can_be_recorded(
    capture: ModuleType, shape: tuple[int, ...], count: int
) -> None:
    plain = capture.array(np.zeros(shape))
    assert (plain["shape"], len(plain["values"])) == (list(shape), count)


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_a_value_that_is_no_array_of_numbers_is_refused(capture: ModuleType, value: object) -> None:
    with pytest.raises(TypeError, match="cannot be recorded as an array"):
        capture.array(value)


def read_back(capture: ModuleType, facts: np.ndarray) -> np.ndarray:
    values = json.loads(json.dumps(capture.array(facts)["values"]))
    return np.array([float(value) for value in values], facts.dtype)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1))
def test_every_float32_reads_back_with_the_same_bits(capture: ModuleType, bits: list[int]) -> None:
    facts = np.array(bits, np.uint32).view(np.float32)
    facts = facts[~np.isnan(facts)]
    assert read_back(capture, facts).tobytes() == facts.tobytes()


def test_every_float16_reads_back_with_the_same_bits(capture: ModuleType) -> None:
    facts = np.arange(2**16, dtype=np.uint16).view(np.float16)
    facts = facts[~np.isnan(facts)]
    assert read_back(capture, facts).tobytes() == facts.tobytes()


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_every_float64_reads_back_with_the_same_bits(
    capture: ModuleType, values: list[float]
) -> None:
    facts = np.array(values)
    assert read_back(capture, facts).tobytes() == facts.tobytes()


def test_an_error_is_its_type_its_message_and_its_traceback(capture: ModuleType) -> None:
    with pytest.raises(KeyError) as raised:
        dict[str, int]()["state"]
    plain = capture.error(raised.value)
    assert (plain["type"], plain["message"]) == ("KeyError", "'state'")
    assert plain["traceback"].endswith("KeyError: 'state'\n")
