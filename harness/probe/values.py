"""Describes the value of a name of a plain script: arrays, texts, and facts.

`arrays` and `texts` are results of the script, by a path such as `layer.states[0]`; `facts`, such
as the configuration of a layer, are circumstances that may explain results. To describe a value
draws no random number, builds no layer, traces no function, consumes no iterator, and keeps no
reference to the value.
"""

import collections.abc
import hashlib
import sys
import types

import capture
import numpy as np

WHOLE = 1000  # values of an array that are recorded in full
SAMPLE = 100  # values of a larger array that are recorded, at equal distances
TEXT = 2000  # characters of a text
ITEMS = 100  # parts of a list, tuple, set or mapping
DEPTH = 6  # nests in nests
UNSEEN = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)
KERAS = ("keras", "tensorflow", "tensorflow_core", "tf_keras")
# facts of a layer that only name it, or that another fact says already
NAMING = ("name", "batch_input_shape", "batch_shape", "module", "registered_name", "build_config")


class Description:
    """What was found in one value: `arrays`, `texts` and `facts`, each by path."""

    def __init__(self, name, value):
        self.arrays, self.texts, self.facts = {}, {}, {}
        self._tf = sys.modules.get("tensorflow")  # None: the script did not import it yet
        self._within = []  # the identities of the values around this one: a value may hold itself
        self._add(name, value)

    def __eq__(self, other):
        return other is not None and (self.arrays, self.texts) == (other.arrays, other.texts)

    __hash__ = None

    def _add(self, path, value):
        if isinstance(value, UNSEEN) or id(value) in self._within:
            return
        if len(self._within) > DEPTH:
            self.facts[path] = "not looked at: nested too deep"
            return
        self._within.append(id(value))
        try:
            self._describe(path, value)
        except Exception as error:  # a value of the script may raise whatever it likes
            self.facts[path] = "cannot be looked at: {}".format(type(error).__name__)
        finally:
            self._within.pop()

    def _describe(self, path, value):
        if value is None or isinstance(value, (bool, str, bytes)):
            self.texts[path] = _text(value)
        elif isinstance(value, (int, float)):
            self._number(path, value)
        elif isinstance(value, (np.ndarray, np.generic)):
            self._array(path, value)
        elif not (
            self._of_tensorflow(path, value)
            or self._nest(path, value)
            or self._attributes(path, value)
        ):
            self.facts[path] = "not looked at: {}".format(type(value).__name__)

    def _nest(self, path, value):
        """Describe the parts of a mapping, list, tuple or set; False for any other value."""
        if isinstance(value, collections.abc.Mapping):
            self.texts[path] = "mapping of {}".format(len(value))
            for key in list(value)[:ITEMS]:
                self._add("{}[{!r}]".format(path, key), value[key])
            self._leave_out(path, len(value))
        elif isinstance(value, (list, tuple)):
            kind = "tuple" if isinstance(value, tuple) else "list"
            self.texts[path] = "{} of {}".format(kind, len(value))
            for at, part in enumerate(value[:ITEMS]):
                self._add("{}[{}]".format(path, at), part)
            self._leave_out(path, len(value))
        elif isinstance(value, (set, frozenset)):
            parts = sorted(map(repr, value))
            self.texts[path] = _text("{" + ", ".join(parts) + "}")
        else:
            return False
        return True

    def _leave_out(self, path, parts):
        if parts > ITEMS:
            rest = "{}[{}:]".format(path, ITEMS)
            self.facts[rest] = "not looked at: {} more parts".format(parts - ITEMS)

    def _attributes(self, path, value):
        """Describe the attributes of an object of a class of the script, or what `fit` returns."""
        history = getattr(value, "history", None) if type(value).__name__ == "History" else None
        if isinstance(history, dict):
            self._add(path + ".history", history)
        elif type(value).__module__ == "__main__" and hasattr(value, "__dict__"):
            for name, part in sorted(vars(value).items()):
                self._add("{}.{}".format(path, name), part)
        else:
            return False
        return True

    def _of_tensorflow(self, path, value):
        """Describe a value of a type of TensorFlow or Keras; False for any other value."""
        tf = self._tf
        if tf is None:
            return False
        if isinstance(value, tf.RaggedTensor):
            self.texts[path] = "ragged tensor"
            self._add(path + ".values", value.values)
            self._add(path + ".row_splits", value.row_splits)
        elif isinstance(value, tf.SparseTensor):
            self.texts[path] = "sparse tensor"
            self._add(path + ".indices", value.indices)
            self._add(path + ".values", value.values)
        elif isinstance(value, (tf.Tensor, tf.Variable)) or _is_keras_variable(value):
            self._tensor(path, value)
        elif isinstance(value, (tf.keras.layers.Layer, tf.Module)):
            self._layer(path, value)
        else:
            return False
        return True

    def _number(self, path, value):
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            self.texts[path] = _text(value)
        else:
            self.arrays[path] = capture.array(np.asarray(value))

    def _tensor(self, path, value):
        read = getattr(value, "numpy", None)
        if read is None or not self._tf.executing_eagerly() or _is_symbolic(self._tf, value):
            dtype = getattr(value.dtype, "name", value.dtype)
            self.texts[path] = "symbolic, dtype {}, shape {}".format(dtype, tuple(value.shape))
        else:
            self._array(path, read())

    def _array(self, path, value):
        value = np.asarray(value)
        if value.dtype.kind in "OSU":
            self._add(path, value.tolist())
        elif value.dtype.kind == "c":
            self._array(path + ".real", value.real)
            self._array(path + ".imag", value.imag)
        elif value.size <= WHOLE:
            self.arrays[path] = capture.array(value)
        else:
            self._large(path, value)

    def _large(self, path, value):
        """An array by its layout, its mean, its extremes and a sample, and a digest of all."""
        self.texts[path] = "{} of shape {}".format(value.dtype.name, value.shape)
        flat = np.ascontiguousarray(value).reshape(-1)
        digest = hashlib.blake2b(flat.view(np.uint8), digest_size=16).hexdigest()
        self.facts[path + " (digest)"] = digest
        if flat.dtype.name == "bfloat16":
            flat = flat.astype(np.float32)
        self.arrays[path + " (sample)"] = capture.array(flat[:: max(flat.size // SAMPLE, 1)])
        self.arrays[path + " (smallest)"] = capture.array(flat.min())
        self.arrays[path + " (largest)"] = capture.array(flat.max())
        mean = flat.mean(dtype=np.float64)
        as_value = flat.dtype.type if flat.dtype.kind == "f" else np.float64
        self.arrays[path + " (mean)"] = capture.array(as_value(mean))

    def _layer(self, path, value):
        """The weights and the states of a layer or model, and its configuration as facts."""
        try:
            weights = value.weights if hasattr(value, "weights") else value.variables
        except ValueError:  # Keras 2 has none before a model is built
            weights = []
        for at, weight in enumerate(weights):
            self._add("{}.weights[{}]".format(path, at), weight)
        states = getattr(value, "states", None) if getattr(value, "stateful", False) else None
        # before they are there, a release has None, and another a list of None
        if states is not None and not all(each is None for each in states):
            self._add(path + ".states", states)
        inner = getattr(value, "layers", None)
        for at, layer in enumerate(inner if isinstance(inner, (list, tuple)) else [value]):
            part = path if layer is value else "{}.layers[{}]".format(path, at)
            self.facts[part] = "a {}".format(type(layer).__name__)
            if type(layer).__module__.split(".")[0] in KERAS and layer is not None:
                self._config(part, layer)

    def _config(self, path, layer):
        """Only of classes of Keras: `get_config` of a user's class may do anything."""
        if isinstance(layer, self._tf.keras.Model) or not hasattr(layer, "get_config"):
            return
        for key, fact in layer.get_config().items():
            if key not in NAMING and (fact is None or isinstance(fact, (bool, int, float, str))):
                self.facts["{}.{}".format(path, key)] = _text(fact)


def _is_keras_variable(value):
    """Whether a value is a variable of Keras 3, which is no `tf.Variable`.

    In Keras 3.4 the class of a weight is no subclass of `keras.Variable`; in 3.15 it is.
    """
    return any(
        each.__name__ in ("KerasVariable", "Variable") and each.__module__.startswith("keras.")
        for each in type(value).__mro__
    )


def _is_symbolic(tf, value):
    return isinstance(value, tf.Tensor) and type(value).__name__ != "EagerTensor"


def _text(value):
    text = value if isinstance(value, str) else repr(value)
    if len(text) <= TEXT:
        return capture.text(text)
    data = text.encode("utf-8", "backslashreplace")
    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    return capture.text("{}... of {} characters, digest {}".format(text[:TEXT], len(text), digest))
