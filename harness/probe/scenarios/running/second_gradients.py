"""Second gradients: the gradient of a gradient, eagerly and in tf.function."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)


def make(layer):
    layer.build(x.shape)
    layer.set_weights([np.full(w.shape, 0.25, np.float32) for w in layer.get_weights()])
    return layer


def second_gradient(layer):
    def of(inputs):
        with tf.GradientTape() as outer:
            outer.watch(inputs)
            with tf.GradientTape() as inner:
                inner.watch(inputs)
                squares = tf.reduce_sum(layer(inputs) ** 2)
            gradient = inner.gradient(squares, inputs)
            total = tf.reduce_sum(gradient)
        return outer.gradient(total, inputs)

    return of


def scenario(variant, step):
    for name in ("SimpleRNN", "GRU", "LSTM"):
        with step(name + ", unrolled") as see:
            see(output=second_gradient(make(getattr(layers, name)(2, unroll=True)))(tf.constant(x)))

    with step("SimpleRNN") as see:
        see(output=second_gradient(make(layers.SimpleRNN(2)))(tf.constant(x)))

    with step("SimpleRNN, in tf.function") as see:
        function = tf.function(second_gradient(make(layers.SimpleRNN(2))), autograph=False)
        see(output=function(tf.constant(x)))


if __name__ == "__main__":
    alone(scenario)
