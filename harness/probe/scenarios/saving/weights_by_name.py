"""Weights by name: files of weights read into a model of other layers, or of other sizes."""

import os
import tempfile

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers


def make(units, *more):
    inputs = tf.keras.Input((3, 2))
    outputs = layers.SimpleRNN(units, name="rnn", kernel_initializer="zeros")(inputs)
    for layer in more:
        outputs = layer(outputs)
    return tf.keras.Model(inputs, outputs)


def kernel_of(model):
    return model.get_layer("rnn").get_weights()[0]


def scenario(variant, step):
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)  # so that an error names a file without its directory
        saved = make(2)
        saved.set_weights([np.full(w.shape, 0.5) for w in saved.get_weights()])
        saved.save_weights("a.weights.h5")

        with step("by_name, a layer more") as see:
            model = make(2, layers.Dense(1))
            model.load_weights("a.weights.h5", by_name=True)
            see(kernel=kernel_of(model))

        with step("a layer more") as see:
            model = make(2, layers.Dense(1))
            model.load_weights("a.weights.h5")
            see(kernel=kernel_of(model))

        with step("skip_mismatch, other units") as see:
            model = make(3)
            model.load_weights("a.weights.h5", skip_mismatch=True)
            see(kernel=kernel_of(model))

        with step("by_name, skip_mismatch, other units") as see:
            model = make(3)
            model.load_weights("a.weights.h5", by_name=True, skip_mismatch=True)
            see(kernel=kernel_of(model))

        os.chdir(before)


if __name__ == "__main__":
    alone(scenario)
