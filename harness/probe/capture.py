"""Converts the results of a step to plain data: arrays in full, errors with their traceback."""

import math
import traceback

import numpy as np


def number(value):
    """A JSON number that reads back as the same `value`; 'nan', 'inf', '-inf' as strings."""
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    # str() of a NumPy float is the shortest text that rounds to the value in its own precision. For
    # half precision this text has so few digits that float64 would read another number from it.
    shortest = float(value) if value.itemsize < 4 else float(str(value))
    return shortest if math.isfinite(shortest) else str(shortest)


def array(value):
    """dtype, shape and values in C order of a tensor, an array, or anything NumPy can convert.

    Raises TypeError unless the values are bools, integers or real floating-point numbers.
    """
    facts = np.asarray(value)
    dtype = facts.dtype.name
    if dtype == "bfloat16":  # NumPy knows this dtype only by name
        facts = facts.astype(np.float32)
    if facts.dtype.kind not in "biuf":
        raise TypeError("{} cannot be recorded as an array".format(type(value).__name__))
    return {
        "dtype": dtype,
        "shape": list(facts.shape),
        "values": [number(item) for item in facts.ravel()],
    }


def text(value):
    """Text that every JSON reader takes: a lone surrogate is written as an escape."""
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def error(raised):
    """Type, message and traceback of an exception."""
    try:
        message = text(raised)
    except Exception as failure:  # an exception whose own text cannot be made
        message = "(its text raises {})".format(type(failure).__name__)
    lines = traceback.format_exception(type(raised), raised, raised.__traceback__)
    return {
        "type": text(type(raised).__name__),
        "message": message,
        "traceback": text("".join(lines)),
    }
