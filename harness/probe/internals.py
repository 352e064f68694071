"""Looks at the watched attributes of Keras: whether they are there, whose they are, how called."""

import inspect

import tensorflow as tf

WATCHED = {
    "RNN": ("get_initial_state", "reset_states", "reset_state"),
    "LSTMCell": ("get_initial_state", "reset_states", "reset_state"),
}


def watch():
    """One document for each watched attribute: presence, owner, and every parameter."""
    return [
        _inspect(getattr(tf.keras.layers, layer), name)
        for layer, names in WATCHED.items()
        for name in names
    ]


def _inspect(layer, name):
    facts = {"name": "{}.{}".format(layer.__name__, name), "present": False, "reason": None}
    owner = next((base for base in layer.__mro__ if name in vars(base)), None)
    if owner is None:
        return facts
    facts.update(present=True, owner="{}.{}".format(owner.__module__, owner.__qualname__))
    try:
        parameters = inspect.signature(getattr(layer, name)).parameters.values()
    except (TypeError, ValueError) as error:  # there, but not a function with a known signature
        facts["reason"] = "{}: {}".format(type(error).__name__, error)
        return facts
    facts["parameters"] = [
        {
            "name": parameter.name,
            "kind": parameter.kind.name,
            "default": None if parameter.default is parameter.empty else repr(parameter.default),
        }
        for parameter in parameters
    ]
    return facts
