"""ConvLSTM options: what a layer of two dimensions computes with each of them."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

filters, shape = 2, (2, 2, 3, 3, 1)
x = np.linspace(-1, 1, np.prod(shape), dtype=np.float32).reshape(shape)


def weighted(layer, shape=shape):
    """The layer with fixed weights."""
    layer.build(shape)
    layer.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in layer.get_weights()])
    return layer


def scenario(variant, step):
    layers = tf.keras.layers
    same = {"padding": "same", "recurrent_activation": "sigmoid"}

    for name, how in (
        ("strides", {"strides": 2}),
        ("dilation", {"dilation_rate": 2}),
        ("kernel that is not square", {"kernel_size": (1, 3)}),
        ("relu", {"activation": "relu"}),
        ("no bias", {"use_bias": False}),
        ("go_backwards", {"go_backwards": True}),
    ):
        with step(name) as see:
            layer = layers.ConvLSTM2D(filters, **dict({"kernel_size": 3}, **dict(same, **how)))
            see(output=weighted(layer)(x))

    with step("mask") as see:
        layer = weighted(layers.ConvLSTM2D(filters, 3, return_sequences=True, **same))
        see(output=layer(x, mask=tf.constant([[True, False], [True, True]])))

    with step("unroll") as see:
        see(output=weighted(layers.ConvLSTM2D(filters, 3, unroll=True, **same))(x))

    with step("channels first") as see:
        # the shape alone: only some processors can compute the values (with oneDNN, or in Keras 2)
        layer = layers.ConvLSTM2D(filters, 3, data_format="channels_first", **same)
        see(shape=layer(tf.keras.Input((2, 1, 3, 3))).shape[1:])

    for name, images in (("called", x), ("in a model", tf.keras.Input(shape[1:]))):
        with step("strides and dilation, " + name) as see:
            layer = layers.ConvLSTM2D(filters, 1, strides=2, dilation_rate=2, **same)
            see(shape=layer(images).shape[1:])


if __name__ == "__main__":
    alone(scenario)
