"""TimeDistributed in training: layers that keep something, or add losses, in each call."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(0, 2, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2) ** 2


class Counting(layers.Layer):
    """Adds one to a variable each time that it computes something."""

    def build(self, input_shape):
        self.count = self.add_weight(
            name="count", shape=(), initializer="zeros", trainable=False, dtype="float32"
        )
        super().build(input_shape)

    def call(self, inputs):
        self.count.assign_add(1.0)
        return inputs


class Losing(layers.Layer):
    """Adds the sum of its inputs to the losses."""

    def call(self, inputs):
        self.add_loss(tf.reduce_sum(inputs))
        return inputs


def losses(layer):
    layer(tf.constant(x))
    return {
        "losses": len(layer.losses),
        "sum": np.float32(sum(float(each) for each in layer.losses)),
    }


def scenario(variant, step):
    with step("BatchNormalization") as see:
        normalization = layers.BatchNormalization(momentum=0.0)
        output = layers.TimeDistributed(normalization)(tf.constant(x), training=True)
        see(output=output, moving_mean=normalization.moving_mean.numpy())

    with step("activity_regularizer") as see:
        dense = layers.Dense(2, kernel_initializer="ones", activity_regularizer="l2")
        see(**losses(layers.TimeDistributed(dense)))

    with step("kernel_regularizer") as see:
        dense = layers.Dense(2, kernel_initializer="ones", kernel_regularizer="l2")
        see(**losses(layers.TimeDistributed(dense)))

    with step("add_loss") as see:
        see(**losses(layers.TimeDistributed(Losing())))

    with step("a variable that counts calls") as see:
        counting = Counting()
        output = layers.TimeDistributed(counting)(tf.constant(x))
        see(output=output, count=counting.count.numpy())


if __name__ == "__main__":
    alone(scenario)
