"""Keras tensors: functions of TensorFlow on the symbolic inputs and outputs of a layer."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones", "unroll": True}


def make(**how):
    return layers.SimpleRNN(2, **ones, **how)


def see_model(see, outputs_of):
    inputs = tf.keras.Input((3, 2))
    see(output=tf.keras.Model(inputs, outputs_of(inputs))(x))


def scenario(variant, step):
    with step("tf.concat of output and state") as see:
        see_model(see, lambda inputs: tf.concat(make(return_state=True)(inputs), axis=-1))

    with step("tf.reverse of the input") as see:
        see_model(see, lambda inputs: make()(tf.reverse(inputs, [1])))

    with step("tf.zeros as initial_state") as see:
        see_model(
            see,
            lambda inputs: make()(inputs, initial_state=[tf.zeros((tf.shape(inputs)[0], 2))]),
        )

    with step("the last step of a sequence") as see:
        see_model(see, lambda inputs: make(return_sequences=True)(inputs)[:, -1])

    with step("the output plus one") as see:
        see_model(see, lambda inputs: make()(inputs) + 1.0)

    with step("get_output_at") as see:
        rnn = make()
        rnn(tf.keras.Input((3, 2), batch_size=2))
        see(shape=tuple(rnn.get_output_at(0).shape))

    with step("input_shape of the layer") as see:
        rnn = make()
        rnn(tf.keras.Input((3, 2), batch_size=2))
        see(shape=tuple(rnn.input_shape))


if __name__ == "__main__":
    alone(scenario)
