"""Saved initial state: a model whose layer starts from given values, saved, loaded, and cloned."""

import os
import tempfile

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

x = np.linspace(-1, 1, 2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)
start = np.linspace(0, 1, 2 * 2, dtype=np.float32).reshape(2, 2)


def make(by_input=False, **how):
    """A model that starts from the same values in each call, or from those of its inputs."""
    inputs = tf.keras.Input((4, 3), batch_size=2)
    given = [tf.constant(start), tf.constant(1 - start)]
    feeds = inputs
    if by_input:
        given = [tf.keras.Input((2,), batch_size=2) for _ in range(2)]
        feeds = [inputs, *given]
    ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
    rnn = tf.keras.layers.RNN(tf.keras.layers.LSTMCell(2, **ones), **how)
    return tf.keras.Model(feeds, rnn(inputs, initial_state=given))


def scenario(variant, step):
    constants, stateful, by_input = make(), make(stateful=True), make(by_input=True)

    with step("as made") as see:
        see(output=constants(x))

    with tempfile.TemporaryDirectory() as directory:
        for suffix in (".h5", ".keras"):
            for at, (name, model, data) in enumerate(
                (
                    ("constants", constants, x),
                    ("constants, stateful", stateful, x),
                    ("inputs", by_input, [x, start, 1 - start]),
                )
            ):
                with step("{}, saved as {}, and loaded".format(name, suffix)) as see:
                    path = os.path.join(directory, str(at) + suffix)
                    model.save(path)
                    see(output=tf.keras.models.load_model(path)(data))

    with step("constants, cloned") as see:
        copy = tf.keras.models.clone_model(constants)
        copy.set_weights(constants.get_weights())
        see(output=copy(x))


if __name__ == "__main__":
    alone(scenario)
