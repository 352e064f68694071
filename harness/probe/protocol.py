"""Records how Keras calls the methods that people override: caller, phase, arguments, count.

The layer and its cell are subclassed as users subclass them. Each watched method is wrapped by a
function that records the call and then calls the method. The notes are a sequence of events; equal
consecutive events become one event with a count.
"""

import functools
import inspect
import sys

import numpy as np
import tensorflow as tf

WATCHED = ("build", "call", "get_initial_state", "reset_states", "reset_state")
UNITS = 2
BATCH = (2, 2, 3)  # samples, time steps, features


def trace(send):
    """Send `calls`, one event document for each series of equal calls. Runs in a child."""
    notes = Notes()
    for stateful in (False, True):
        for with_state in (False, True):
            mode = "stateful" if stateful else "stateless"
            notes.mode = mode + (" with initial_state" if with_state else "")
            _layer(notes, stateful, with_state)
            if not with_state:
                _model(notes, stateful)
    send(calls=notes.events)


def _layer(notes, stateful, with_state):
    x = np.ones(BATCH, np.float32)
    arguments = {}
    if with_state:
        arguments["initial_state"] = [tf.ones((BATCH[0], UNITS)), tf.ones((BATCH[0], UNITS))]
    with notes.phase("construction"):
        layer = notes.make_layer(stateful)
    with notes.phase("first call"):
        layer(x, **arguments)
    with notes.phase("later call"):
        layer(x, **arguments)
    if stateful:
        with notes.phase("reset"):
            (getattr(layer, "reset_state", None) or layer.reset_states)()
    if not with_state:
        with notes.phase("inside tf.function"):
            tf.function(lambda batch: layer(batch))(x)  # noqa: PLW0108 - 2.0 takes no layer


def _model(notes, stateful):
    x, y = np.ones(BATCH, np.float32), np.ones((BATCH[0], UNITS), np.float32)
    with notes.phase("functional model"):
        inputs = tf.keras.Input(shape=BATCH[1:], batch_size=BATCH[0])
        model = tf.keras.Model(inputs, notes.make_layer(stateful)(inputs))
    with notes.phase("compile"):
        # A compiled step takes a second and makes the same calls as the phase inside tf.function.
        model.compile("sgd", "mse", run_eagerly=True)
    with notes.phase("predict"):
        model.predict(tf.data.Dataset.from_tensors(x), verbose=0)
    with notes.phase("fit"):
        model.fit(tf.data.Dataset.from_tensors((x, y)), verbose=0)


class Notes:
    """The events so far, and the mode and phase of the next event."""

    def __init__(self):
        self.events = []
        self.mode = self.now = None
        self.layer_class = self._watched(tf.keras.layers.RNN)
        self.cell_class = self._watched(tf.keras.layers.LSTMCell)

    def make_layer(self, stateful):
        return self.layer_class(self.cell_class(UNITS), stateful=stateful)

    def phase(self, name):
        return _Phase(self, name)

    def add(self, callee, caller, positional, keywords):
        event = {
            "mode": self.mode,
            "phase": self.now,
            "callee": callee,
            "caller": caller,
            "positional": [_described(value) for value in positional],
            "keywords": {name: _described(value) for name, value in keywords.items()},
            "times": 1,
        }
        if self.events and dict(self.events[-1], times=1) == event:
            self.events[-1]["times"] += 1
        else:
            self.events.append(event)

    def _watched(self, found):
        methods = {
            name: self._noting(found.__name__, getattr(found, name))
            for name in WATCHED
            if hasattr(found, name)
        }
        return type(found.__name__, (found,), methods)

    def _noting(self, class_name, method):
        @functools.wraps(method)
        def noting(layer, *positional, **keywords):
            callee = "{}.{}".format(class_name, method.__name__)
            self.add(callee, _caller(), positional, keywords)
            if method.__name__ != "build":
                return method(layer, *positional, **keywords)
            with _Phase(self, "build"):
                return method(layer, *positional, **keywords)

        if method.__name__ == "call":
            # Keras 2 reads this signature with getfullargspec, which ignores functools.wraps.
            # `build` gets no signature: Keras 3 wraps `build` itself and would copy it.
            noting.__signature__ = inspect.signature(method)
        return noting


class _Phase:
    """A phase; an exception in an outermost phase becomes an event, and the next phase runs."""

    def __init__(self, notes, name):
        self.notes, self.name, self.before = notes, name, None

    def __enter__(self):
        self.before, self.notes.now = self.notes.now, self.name

    def __exit__(self, kind, error, _):
        if error is not None and self.before is None:
            self.notes.add("raises " + kind.__name__, str(error), (), {})
        self.notes.now = self.before
        return self.before is None and kind is not None and issubclass(kind, Exception)


def _caller():
    """The nearest function of Keras on the stack, as CLASS.FUNCTION, without wrappers."""
    frame = sys._getframe(2)
    while frame is not None:
        module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        # AutoGraph renames `call` to tf__call, and its if statements become other functions
        if "autograph_generated" in frame.f_code.co_filename:
            name = name[len("tf__") :] if name.startswith("tf__") else ""
            module = "" if name in ("", "noting") else "keras"
        if "keras" in module and not module.endswith("traceback_utils"):
            layer = frame.f_locals.get("self")
            return name if layer is None else "{}.{}".format(type(layer).__name__, name)
        frame = frame.f_back
    return "the script"


def _described(value):
    """Kind, dtype and shape of a tensor; the value of a plain argument; else the type."""
    if isinstance(value, (list, tuple)):
        return [_described(item) for item in value]
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return "{} {}{}".format(_tensor_kind(value), _dtype(value.dtype), _shape(value.shape))
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if isinstance(value, (tf.TensorShape, tf.DType)):
        return "{} {}".format(type(value).__name__, _dtype(value))
    return type(value).__name__


def _tensor_kind(value):
    if isinstance(value, np.ndarray):
        return "array"
    if "Variable" in type(value).__name__:
        return "variable"
    return "eager tensor" if hasattr(value, "numpy") else "symbolic tensor"


def _dtype(dtype):
    return getattr(dtype, "name", None) or str(dtype)


def _shape(shape):
    try:
        return str(tuple(shape))
    except (TypeError, ValueError):  # of unknown rank
        return "(?)"
