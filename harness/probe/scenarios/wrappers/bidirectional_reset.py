"""Bidirectional around a stateful layer: its states, and each way to reset and to set them."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 2 * 3, dtype=np.float32).reshape(2, 2, 3)
arrays = [np.linspace(n, n + 1, 2 * 2, dtype=np.float32).reshape(2, 2) / 4 for n in range(4)]


def give_weights(layer, start):
    values = [np.linspace(start, start + 1, w.size).reshape(w.shape) for w in layer.get_weights()]
    layer.set_weights(values)


def make(layer_class=layers.SimpleRNN, merge_mode="concat", stateful=True, **how):
    both = layers.Bidirectional(layer_class(2, stateful=stateful, **how), merge_mode=merge_mode)
    both.build((2, 2, 3))
    give_weights(both.forward_layer.cell, -0.5)
    give_weights(both.backward_layer.cell, -0.4)
    return both


def make_model(both):
    inputs = tf.keras.Input((2, 3), batch_size=2)
    return tf.keras.Model(inputs, both(inputs))


def scenario(variant, step):
    given = [tf.constant(array) for array in arrays[:2]]

    with step("two calls") as see:
        both = make(layers.LSTM)
        see(first=both(x), second=both(x))

    with step("return_state") as see:
        both = make(return_state=True)
        both(x)
        output, forward_state, backward_state = both(x)
        see(output=output, forward_state=forward_state, backward_state=backward_state)

    with step("states of both layers") as see:
        both = make()
        both(x)
        forward, backward = both.forward_layer.states + both.backward_layer.states
        see(forward=forward.numpy(), backward=backward.numpy())

    with step("states of the wrapper") as see:
        both = make()
        both(x)
        forward, backward = both.states
        see(forward=forward.numpy(), backward=backward.numpy())

    with step("reset_states") as see:
        both = make()
        both(x)
        both.reset_states()
        see(output=both(x))

    with step("reset_state") as see:
        both = make()
        both(x)
        both.reset_state()
        see(output=both(x))

    with step("reset_states to values") as see:
        both = make()
        both(x)
        both.reset_states(arrays[:2])
        see(output=both(x))

    with step("values assigned to the states") as see:
        both = make()
        both(x)
        both.forward_layer.states[0].assign(arrays[0])
        both.backward_layer.states[0].assign(arrays[1])
        see(output=both(x))

    with step("reset_states before it is built") as see:
        both = layers.Bidirectional(layers.SimpleRNN(2, stateful=True))
        both.reset_states()
        see(it_is_built=both.built)

    with step("reset_states of a layer that is not stateful") as see:
        both = make(stateful=False)
        first = both(x)
        both.reset_states()
        see(output=both(x) - first)

    with step("initial_state in a later call") as see:
        both = make()
        both(x)
        see(output=both(x, initial_state=given))

    with step("another batch size") as see:
        both = make()
        both(x)
        see(output=both(x[:1]))

    with step("reset_states of the model") as see:
        model = make_model(make())
        model(x)
        model.reset_states()
        see(output=model(x))

    with step("reset_states of the model, given states") as see:
        inputs = [tf.keras.Input(shape, batch_size=2) for shape in ((2, 3), (2,), (2,))]
        model = tf.keras.Model(inputs, make()(inputs[0], initial_state=inputs[1:]))
        model([x, *arrays[:2]])
        model.reset_states()
        see(output=model([x, *arrays[2:]]))


if __name__ == "__main__":
    alone(scenario)
