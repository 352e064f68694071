"""Deterministic operations: whether a layer gives the same bits twice, and what needs a seed.

They are switched on for the whole process, so this scenario has one of its own.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)
APART = True

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
zeros = {"kernel_initializer": "zeros", "recurrent_initializer": "zeros"}


def output_and_gradient(layer):
    with tf.GradientTape() as tape:
        output = layer(tf.constant(x))
        loss = tf.reduce_sum(output * output)
    return output.numpy(), tape.gradient(loss, layer.trainable_weights[0]).numpy()


def scenario(variant, step):
    with step("switched on") as see:
        tf.config.experimental.enable_op_determinism()
        see(on=True)

    for name in ("SimpleRNN", "GRU", "LSTM"):
        with step(name + ", two calls") as see:
            layer = getattr(layers, name)(2, **zeros)  # no random numbers
            layer.build(x.shape)
            layer.set_weights(
                [np.linspace(-0.5, 0.5, w.size).reshape(w.shape) for w in layer.get_weights()]
            )
            output, kernel = output_and_gradient(layer)
            again, kernel_again = output_and_gradient(layer)
            same = [np.array_equal(output, again), np.array_equal(kernel, kernel_again)]
            see(output=output, kernel=kernel, same=same)

    with step("random weights without a seed") as see:
        layer = layers.SimpleRNN(2)
        layer.build(x.shape)
        see(parts=len(layer.get_weights()))

    with step("dropout without a seed") as see:
        output = layers.SimpleRNN(2, dropout=0.5, **zeros)(tf.constant(x), training=True)
        see(output=output)

    with step("random weights and dropout after a global seed") as see:
        outputs = []
        for _ in range(2):
            tf.keras.utils.set_random_seed(42)
            layer = layers.SimpleRNN(2, dropout=0.5)
            outputs.append(layer(tf.constant(x), training=True).numpy())
        see(same=np.array_equal(*outputs))


if __name__ == "__main__":
    alone(scenario)
