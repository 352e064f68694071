"""Copies of a stateful layer or model in one process: whether its state travels with them."""

import copy
import pickle

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3)


def make_layer():
    """A layer, not yet called, whose weights go from -1 to 1."""
    layer = layers.SimpleRNN(2, stateful=True, unroll=True)
    layer(x)
    layer.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in layer.get_weights()])
    layer.reset_states()
    return layer


def make_model():
    inputs = tf.keras.Input(x.shape[1:], batch_size=2)
    layer = layers.SimpleRNN(2, stateful=True, unroll=True)
    model = tf.keras.Model(inputs, layer(inputs))
    model.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in model.get_weights()])
    return model


def scenario(variant, step):
    with step("a deep copy of a layer") as see:
        layer = make_layer()
        layer(x)
        copied = copy.deepcopy(layer)
        see(copied=copied(x), original=layer(x))

    with step("a deep copy of a model") as see:
        model = make_model()
        model(x)
        copied = copy.deepcopy(model)
        see(copied=copied(x), original=model(x))

    with step("a pickled model") as see:
        model = make_model()
        model(x)
        copied = pickle.loads(pickle.dumps(model))  # noqa: S301 - of this process
        see(copied=copied(x), original=model(x))

    with step("a clone with the weights of the model") as see:
        model = make_model()
        model(x)
        copied = tf.keras.models.clone_model(model)
        copied.set_weights(model.get_weights())
        see(copied=copied(x), original=model(x))


if __name__ == "__main__":
    alone(scenario)
