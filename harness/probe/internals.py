"""Inspects the watched attributes of Keras: kind, owner, parameters and source code.

`watched.json` lists the watched attributes, each with the reason to watch it. The source is
recorded unchanged. An attribute that cannot be inspected is recorded with the reason.
"""

import inspect
import json
import pathlib

import tensorflow as tf

# positional arguments to make an instance, to inspect attributes that only instances have
ARGUMENTS = {
    "RNN": lambda: [tf.keras.layers.LSTMCell(2)],
    "Bidirectional": lambda: [tf.keras.layers.LSTM(2)],
    "TimeDistributed": lambda: [tf.keras.layers.Dense(2)],
    "StackedRNNCells": lambda: [[tf.keras.layers.LSTMCell(2)]],
    "ConvLSTM1D": lambda: [2, 1],
    "ConvLSTM2D": lambda: [2, 1],
    "ConvLSTM3D": lambda: [2, 1],
    "Model": list,
}


def watch(send):
    """Send `internals`, a document for each watched attribute, and `sources`, the source text of
    each of their functions. The `source` of an internal is a key of `sources`.

    Runs in a child, since it makes layers.
    """
    text = pathlib.Path(__file__).with_name("watched.json").read_text(encoding="utf-8")
    table = json.loads(text)
    internals, sources, instances = [], {}, {}
    for entry in table["watched"]:
        for group in entry["of"]:
            for class_name in table["groups"][group]:
                where = tf.keras if class_name == "Model" else tf.keras.layers
                found = getattr(where, class_name, None)
                if found is not None and class_name not in instances:
                    instances[class_name] = _instance(class_name, found)
                facts = {"name": "{}.{}".format(class_name, entry["name"]), "present": False}
                if found is not None:
                    facts.update(_inspect(found, instances[class_name], entry["name"], sources))
                internals.append(facts)
    send(internals=internals, sources=sources)


def _instance(class_name, found):
    """A small instance of the class, or the exception that its constructor raised."""
    try:
        return found(*ARGUMENTS.get(class_name, lambda: [2])())
    except Exception as error:  # outer boundary: the harness counts it as not inspectable
        return error


def _inspect(found, instance, name, sources):
    """Presence, kind, owner, alias, parameters and source of the attribute `name` of a class."""
    owner = next((base for base in found.__mro__ if name in vars(base)), None)
    if owner is None or owner is object:
        return _inspect_instance(instance, name)
    raw = vars(owner)[name]
    facts = {"present": True, "owner": _full_name(owner), "kind": _kind(raw)}
    function = raw.fget if isinstance(raw, property) else getattr(raw, "__func__", raw)
    if not callable(function):
        return dict(facts, reason="not a function, but of type " + type(raw).__name__)
    aliases = [
        other
        for other, value in vars(owner).items()
        if value is raw and other != name and other == getattr(function, "__name__", None)
    ]
    if aliases:
        facts["kind"] = "alias of " + aliases[0]
    try:
        facts["parameters"] = [
            _parameter(p) for p in inspect.signature(function).parameters.values()
        ]
        key = facts["source"] = "{}.{}".format(_full_name(owner), name)
        if key not in sources:
            sources[key] = inspect.getsource(inspect.unwrap(function))
    except Exception as error:  # outer boundary: the signature or source is hidden
        facts["reason"] = "{}: {}".format(type(error).__name__, error)
    return facts


def _inspect_instance(instance, name):
    """Presence, kind and owner of an attribute that the class lacks but its instances may have."""
    if isinstance(instance, Exception):
        reason = "no instance can be made: {}: {}".format(type(instance).__name__, instance)
        return {"present": False, "reason": reason}
    try:
        value = getattr(instance, name)
    except AttributeError:
        return {"present": False}
    except Exception as error:  # outer boundary: a property that raises is present too
        return {"present": True, "reason": "{}: {}".format(type(error).__name__, error)}
    return {
        "present": True,
        "kind": "instance attribute",
        "owner": _full_name(type(instance)),
        "value_type": type(value).__name__,
    }


def _kind(raw):
    for kind, name in ((property, "property"), (classmethod, "class method")):
        if isinstance(raw, kind):
            return name
    if isinstance(raw, staticmethod):
        return "static method"
    return "method" if callable(raw) else "attribute"


def _parameter(parameter):
    has_default = parameter.default is not parameter.empty
    return {
        "name": parameter.name,
        "kind": parameter.kind.name,
        "default": repr(parameter.default) if has_default else None,
    }


def _full_name(found):
    return "{}.{}".format(found.__module__, found.__qualname__)
