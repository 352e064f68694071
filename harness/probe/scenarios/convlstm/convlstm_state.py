"""ConvLSTM state: kept, reset before and after a layer is built, reset to values, assigned."""

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
    with step("stateful, second call") as see:
        layer = make(stateful=True)
        layer(x)
        see(output=layer(x))

    with step("stateful, states after a call") as see:
        layer = make(stateful=True)
        layer(x)
        see(hidden=layer.states[0].numpy(), cell=layer.states[1].numpy())

    with step("reset_states before the layer is built") as see:
        layer = make(stateful=True)
        layer.reset_states()
        see(output=layer(x))

    with step("built by hand") as see:
        layer = make(stateful=True)
        layer.build(shape)
        see(output=layer(x))

    with step("reset_states once the layer is built by hand") as see:
        layer = make(stateful=True)
        layer.build(shape)
        layer.reset_states()
        see(output=layer(x))

    with step("reset_states after a call") as see:
        layer = make(stateful=True)
        layer(x)
        layer.reset_states()
        see(output=layer(x))

    with step("reset_state after a call") as see:
        layer = make(stateful=True)
        layer(x)
        layer.reset_state()
        see(output=layer(x))

    with step("reset_states to values") as see:
        layer = make(stateful=True)
        layer(x)
        layer.reset_states(states=[start, -start])
        see(output=layer(x))

    with step("reset_states to values before a call") as see:
        layer = make(stateful=True)
        layer.build(shape)
        layer.reset_states(states=[start, -start])
        see(output=layer(x))

    with step("reset_states to one value of two") as see:
        layer = make(stateful=True)
        layer(x)
        layer.reset_states(states=[start])
        see(output=layer(x))

    with step("states are assigned") as see:
        layer = make(stateful=True)
        layer(x)
        for state, value in zip(layer.states, (start, -start)):
            state.assign(value)
        see(output=layer(x))

    with step("reset_states of a layer that is not stateful") as see:
        layer = make()
        layer(x)
        layer.reset_states()
        see(output=layer(x))

    with step("stateful, valid padding, second call") as see:
        layer = make(stateful=True, padding="valid")
        layer(x)
        see(output=layer(x))

    with step("stateful, another batch size in the second call") as see:
        layer = make(stateful=True)
        layer(x)
        see(output=layer(x[:1]))

    with step("stateful, functional model, second call") as see:
        inputs = tf.keras.Input(shape[1:], batch_size=2)
        model = tf.keras.Model(inputs, make(stateful=True)(inputs))
        model(x)
        see(output=model(x))


if __name__ == "__main__":
    alone(scenario)
