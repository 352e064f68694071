"""Turns what a step saw into plain data: arrays in full, errors with their traceback."""

import math
import traceback

import numpy as np


def number(value):
    """A JSON number that reads back as the same `value`; 'nan', 'inf', '-inf' as strings."""
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    # str() of a NumPy float is the shortest text that rounds to it in its own precision; half
    # precision has so few digits that others would read another number
    shortest = float(value) if value.itemsize < 4 else float(str(value))
    return shortest if math.isfinite(shortest) else str(shortest)


def array(value):
    """dtype, shape and values in C order of a tensor, an array, or anything NumPy can convert."""
    facts = np.asarray(value)
    dtype = facts.dtype.name
    if dtype == "bfloat16":  # NumPy knows its name, not its text
        facts = facts.astype(np.float32)
    if facts.dtype.kind not in "biuf":
        raise TypeError("{} cannot be recorded as an array".format(type(value).__name__))
    return {
        "dtype": dtype,
        "shape": list(facts.shape),
        "values": [number(item) for item in facts.ravel()],
    }


def error(raised):
    """Type, message and traceback of an exception, unchanged."""
    return {
        "type": type(raised).__name__,
        "message": str(raised),
        "traceback": "".join(
            traceback.format_exception(type(raised), raised, raised.__traceback__)
        ),
    }
