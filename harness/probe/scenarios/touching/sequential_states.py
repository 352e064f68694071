"""Sequential: a layer that returns its state, and the ways to say how many rows a state has."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-0.5, 1, 2 * 1 * 2, dtype=np.float32).reshape(2, 1, 2)
ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}


def make_rnn(**how):
    return layers.SimpleRNN(2, unroll=True, **ones, **how)


def second_call(*in_order):
    """The output of a second call, which goes on from the state of the first."""
    model = tf.keras.Sequential(in_order)
    model(x)
    return model(x)


def scenario(variant, step):
    with step("return_state at the end, input unknown") as see:
        output, state = tf.keras.Sequential([make_rnn(return_state=True)])(x)
        see(output=output, state=state)

    with step("return_state, a Dense after it") as see:
        rnn, dense = make_rnn(return_state=True), layers.Dense(2)
        see(output=tf.keras.Sequential([tf.keras.Input((1, 2)), rnn, dense])(x))

    with step("return_state, a Dense after it, input unknown") as see:
        see(output=tf.keras.Sequential([make_rnn(return_state=True), layers.Dense(2)])(x))

    with step("return_state, a recurrent layer after it") as see:
        first, second = make_rnn(return_state=True, return_sequences=True), make_rnn()
        see(output=tf.keras.Sequential([tf.keras.Input((1, 2)), first, second])(x))

    with step("stateful, batch_size of Input") as see:
        see(output=second_call(tf.keras.Input((1, 2), batch_size=2), make_rnn(stateful=True)))

    with step("stateful, batch_shape of Input") as see:
        see(output=second_call(tf.keras.Input(batch_shape=(2, 1, 2)), make_rnn(stateful=True)))

    with step("stateful, batch_input_shape of InputLayer") as see:
        first = layers.InputLayer(batch_input_shape=(2, 1, 2))
        see(output=second_call(first, make_rnn(stateful=True)))

    with step("stateful, batch_shape of InputLayer") as see:
        first = layers.InputLayer(batch_shape=(2, 1, 2))
        see(output=second_call(first, make_rnn(stateful=True)))

    with step("stateful, batch_input_shape of the layer") as see:
        see(output=second_call(make_rnn(stateful=True, batch_input_shape=(2, 1, 2))))

    with step("stateful, input_shape and batch_size of the layer") as see:
        see(output=second_call(make_rnn(stateful=True, input_shape=(1, 2), batch_size=2)))

    with step("stateful, no Input") as see:
        see(output=second_call(make_rnn(stateful=True)))

    with step("stateful, batch size unknown") as see:
        see(output=second_call(tf.keras.Input((1, 2)), make_rnn(stateful=True)))

    with step("stateful, reset_states of the model") as see:
        first = tf.keras.Input((1, 2), batch_size=2)
        model = tf.keras.Sequential([first, make_rnn(stateful=True)])
        model(x)
        model.reset_states()
        see(output=model(x))


if __name__ == "__main__":
    alone(scenario)
