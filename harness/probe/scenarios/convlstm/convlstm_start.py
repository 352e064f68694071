"""ConvLSTM start: states that are given in a call, returned by one, or made by the layer."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

filters = 2
shape, state_shape = (2, 1, 3, 3, 1), (2, 3, 3, filters)  # one time step
x = np.linspace(-1, 1, np.prod(shape), dtype=np.float32).reshape(shape)
start = np.linspace(0, 1, np.prod(state_shape), dtype=np.float32).reshape(state_shape)


def make(**how):
    """A layer whose kernels are ones."""
    ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
    how = dict({"padding": "same", "recurrent_activation": "sigmoid"}, **how)
    return tf.keras.layers.ConvLSTM2D(filters, 3, **ones, **how)


def scenario(variant, step):
    given = [tf.constant(start), tf.constant(-start)]
    images = tf.constant(x)

    with step("initial_state") as see:
        see(output=make()(images, initial_state=given))

    with step("initial_state in a list with the input") as see:
        see(output=make()([images, *given]))

    with step("initial_state of NumPy arrays") as see:
        see(output=make()(images, initial_state=[start, -start]))

    with step("initial_state is one tensor of two") as see:
        see(output=make()(images, initial_state=given[:1]))

    with step("stateful, initial_state in a later call") as see:
        layer = make(stateful=True)
        layer(x)
        see(output=layer(images, initial_state=given))

    with step("returned states, given to the next call") as see:
        layer = make(return_state=True)
        _, *states = layer(x)
        see(output=layer(images, initial_state=states)[0])

    with step("form of what comes back with return_state") as see:
        returned = make(return_state=True)(x)
        see(parts=len(returned), is_a_list=isinstance(returned, list))

    with step("functional model, initial_state is an input") as see:
        inputs = [tf.keras.Input(each) for each in (shape[1:], state_shape[1:], state_shape[1:])]
        model = tf.keras.Model(inputs, make()(inputs[0], initial_state=inputs[1:]))
        see(output=model([images, *given]))

    with step("two layers, each with the state of the other") as see:
        encoder, decoder = make(return_state=True), make(return_sequences=True)
        _, *states = encoder(x)
        see(output=decoder(images, initial_state=states))

    with step("get_initial_state, the batch size") as see:
        layer = make()
        layer.build(shape)
        states = layer.get_initial_state(batch_size=2)
        see(shapes=np.concatenate([state.shape for state in states]))


if __name__ == "__main__":
    alone(scenario)
