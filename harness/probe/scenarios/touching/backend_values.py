"""Backend values: states and weights read and written by functions of tf.keras.backend."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers, backend = tf.keras.layers, tf.keras.backend
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
half = np.full((2, 2), 0.5, np.float32)


def make():
    """A stateful layer after a call."""
    rnn = layers.SimpleRNN(
        2, stateful=True, kernel_initializer="ones", recurrent_initializer="ones"
    )
    rnn(x)
    return rnn


def scenario(variant, step):
    with step("get_value of a state") as see:
        see(state=backend.get_value(make().states[0]))

    with step("set_value of a state") as see:
        rnn = make()
        backend.set_value(rnn.states[0], half)
        see(output=rnn(x))

    with step("update of a state") as see:
        rnn = make()
        backend.update(rnn.states[0], tf.constant(half))
        see(output=rnn(x))

    with step("batch_set_value of weights") as see:
        rnn = make()
        backend.batch_set_value([(rnn.weights[0], half)])
        see(output=rnn(x))

    with step("function of a layer") as see:
        inputs = tf.keras.Input((3, 2), batch_size=2)
        rnn = layers.SimpleRNN(2, kernel_initializer="ones", recurrent_initializer="ones")
        see(output=backend.function([inputs], [rnn(inputs)])([x])[0])


if __name__ == "__main__":
    alone(scenario)
