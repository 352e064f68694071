"""Several lengths: batches of several lengths in one predict and in one fit."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
longer = np.concatenate([x, x], axis=1)


def make(**how):
    inputs = tf.keras.Input((None, 2))
    rnn = layers.SimpleRNN(2, kernel_initializer="ones", recurrent_initializer="ones", **how)
    model = tf.keras.Model(inputs, rnn(inputs))
    model.compile(tf.keras.optimizers.SGD(0.0), "mse", run_eagerly=True)
    return model


def batches(*given):
    shapes = tf.nest.map_structure(lambda each: (None,) * each.ndim, given[0])
    types = tf.nest.map_structure(lambda _: tf.float32, given[0])
    return tf.data.Dataset.from_generator(lambda: iter(given), types, shapes)


def scenario(variant, step):
    with step("predict, last outputs") as see:
        see(output=make().predict(batches(x, longer), verbose=0))

    with step("predict, sequences") as see:
        output = make(return_sequences=True).predict(batches(x, longer), verbose=0)
        see(rows=int(output.shape[0]), ragged=isinstance(output, tf.RaggedTensor))

    with step("fit") as see:
        given = batches((x, np.ones((2, 2), np.float32)), (longer, np.ones((2, 2), np.float32)))
        see(loss=np.float32(make().fit(given, verbose=0).history["loss"]))


if __name__ == "__main__":
    alone(scenario)
