"""Masks on their way: which layers pass the mask of their input on.

Each step hands a masked input to the layer in question, and what comes out to a recurrent layer. A
mask that is lost on the way leads to other numbers, without any error.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

MASK = np.array([[1, 1, 0], [1, 0, 1]], bool)
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3)
padded = x * MASK[:, :, None].astype(np.float32)


def weighted(layer, *shape):
    """The layer with fixed weights."""
    layer.build(shape or x.shape)
    layer.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in layer.get_weights()])
    return layer


def masked():
    return tf.keras.layers.Masking()(padded)


def lost(sequences):
    return getattr(sequences, "_keras_mask", None) is None


class SilentLayer(tf.keras.layers.Layer):
    """A layer that says nothing about masks."""

    def call(self, inputs):
        return inputs + 0


def scenario(variant, step):
    layers = tf.keras.layers
    read = weighted(layers.SimpleRNN(2, return_sequences=True))

    def rnn(**how):
        return weighted(layers.SimpleRNN(3, return_sequences=True, **how))

    with step("recurrent layer") as see:
        out = rnn()(masked())
        see(output=read(out), mask_is_lost=lost(out))

    with step("recurrent layer that got the mask as argument") as see:
        out = rnn()(x, mask=tf.constant(MASK))
        see(output=read(out), mask_is_lost=lost(out))

    with step("recurrent layer, go_backwards") as see:
        out = rnn(go_backwards=True)(masked())
        see(output=read(out), mask_is_lost=lost(out))

    with step("recurrent layer with return_state") as see:
        out, state = rnn(return_state=True)(masked())
        see(output=read(out), mask_is_lost=lost(out), mask_of_the_state_is_lost=lost(state))

    with step("recurrent layer of another dtype") as see:
        out = rnn(dtype="float64")(masked())
        see(output=read(out), mask_is_lost=lost(out))

    with step("Bidirectional") as see:
        both = layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True), merge_mode="sum")
        out = weighted(both)(masked())
        see(output=read(out), mask_is_lost=lost(out))

    with step("TimeDistributed") as see:
        out = weighted(layers.TimeDistributed(layers.Dense(3)))(masked())
        see(output=read(out), mask_is_lost=lost(out))

    with step("Dense") as see:
        out = weighted(layers.Dense(3))(masked())
        see(output=read(out), mask_is_lost=lost(out))

    for name, layer in (
        ("Dropout", layers.Dropout(0.5)),
        ("Activation", layers.Activation("tanh")),
        ("ReLU", layers.ReLU()),
        ("Lambda", layers.Lambda(lambda inputs: inputs + 0)),
        ("SilentLayer", SilentLayer()),
    ):
        with step(name) as see:
            out = layer(masked())
            see(output=read(out), mask_is_lost=lost(out))

    with step("Activation of another dtype") as see:
        out = layers.Activation("tanh", dtype="float64")(masked())
        see(output=read(out), mask_is_lost=lost(out))

    with step("Sequential") as see:
        out = tf.keras.Sequential([rnn()])(masked())
        see(output=read(out), mask_is_lost=lost(out))

    with step("functional model") as see:
        inputs = tf.keras.Input((3, 3))
        out = tf.keras.Model(inputs, layers.Activation("tanh")(inputs))(masked())
        see(output=read(out), mask_is_lost=lost(out))

    with step("functional model that masks, within another") as see:
        inputs = tf.keras.Input((3, 3))
        inner = tf.keras.Model(inputs, layers.Masking()(inputs))
        inputs = tf.keras.Input((3, 3))
        out = inner(inputs)
        see(output=tf.keras.Model(inputs, read(out))(padded), mask_is_lost=lost(out))


if __name__ == "__main__":
    alone(scenario)
