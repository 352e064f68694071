"""Checks the messages of children: a scenario may have written into the pipe for them."""

import math

FOREIGN = "wrote into the pipe through which the probe gets messages"
AXES = 64  # of an array, as many as NumPy allows
NOT_FINITE = ("nan", "inf", "-inf")
WATCHED = {"internals": list, "sources": dict, "calls": list, "layers": dict}
KINDS = (  # the keys of each kind of message that `running.Running` sends
    {"part"},
    {"begin"},
    {"observed"},
    {"end", "seconds"},
    {"end", "seconds", "detail"},
    {"changed"},
)


def fits(message):
    """Whether a message of a scenario is one that the probe itself sends."""
    return set(message) in KINDS and all(CHECKS[key](value) for key, value in message.items())


def watched(child):
    """The part of the record that the watch sent, and why it is not whole."""
    seen = {"internals_failure": None}
    for message in child.messages:
        seen.update(
            (key, value)
            for key, value in message.items()
            if isinstance(value, WATCHED.get(key, ()))
        )
    if child.end != "completed":
        seen["internals_failure"] = "{}: {}".format(child.end, child.detail)
    return seen


def _is_text(value):
    return isinstance(value, str)


def _is_name(value):
    return isinstance(value, str) and value.strip() != ""


def _is_size(value):
    return type(value) is int and 0 <= value < 2**53


def _is_duration(value):
    return type(value) in (int, float) and 0 <= value < 2**53


def _is_observation(value):
    return (
        isinstance(value, dict)
        and set(value) in (OBSERVED, OBSERVED | set(OF_SCRIPTS))
        and _is_name(value["step"])
        and isinstance(value["arrays"], dict)
        and all(_is_name(name) and _is_array(array) for name, array in value["arrays"].items())
        and (value["error"] is None or _is_error(value["error"]))
        and _is_duration(value["seconds"])
        and all(check(value[key]) for key, check in OF_SCRIPTS.items() if key in value)
    )


def _is_array(value):
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "values"}:
        return False
    dtype, shape, values = value["dtype"], value["shape"], value["values"]
    if not _is_text(dtype) or not isinstance(shape, list) or not isinstance(values, list):
        return False
    if len(shape) > AXES:
        return False
    size = 1
    for length in shape:
        if not _is_size(length):
            return False
        size *= length
    return size == len(values) and all(map(_is_value, values))


def _is_value(value):
    if type(value) is int:
        return -(2**64) < value < 2**64
    return value in NOT_FINITE or (isinstance(value, (bool, float)) and abs(value) < math.inf)


def _is_error(value):
    return (
        isinstance(value, dict)
        and set(value) == {"type", "message", "traceback"}
        and all(map(_is_text, value.values()))
    )


def _is_texts(value):
    return isinstance(value, list) and all(map(_is_text, value))


def _is_named_texts(value):
    return isinstance(value, dict) and _is_texts(list(value.values()))


def _is_place(value):
    """Whether it is where a named step is, which a statement does not have."""
    return value is None or (
        isinstance(value, dict)
        and set(value) == {"name", "line", "source", "binds", "reads", "within"}
        and _is_name(value["name"])
        and _is_size(value["line"])
        and all(map(_is_text, (value["source"], value["within"])))
        and all(_is_texts(value[key]) and all(map(_is_name, value[key])) for key in BOTH)
    )


OBSERVED = {"step", "arrays", "error", "seconds"}
BOTH = ("binds", "reads")
OF_SCRIPTS = {  # what the observation of a statement of a plain script has besides
    "texts": _is_named_texts,
    "facts": _is_named_texts,
    "printed": _is_text,
    "warned": _is_texts,
    "place": _is_place,
}
CHECKS = {
    "part": _is_size,
    "begin": _is_name,
    "observed": _is_observation,
    "end": ("completed", "broken").__contains__,
    "seconds": _is_duration,
    "detail": _is_text,
    "changed": _is_texts,
}
