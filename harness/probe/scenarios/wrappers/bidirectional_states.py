"""Bidirectional: a state given with the call, in each way to give it."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 3, dtype=np.float32).reshape(2, 3, 3)
arrays = [np.linspace(n, n + 1, 2 * 2, dtype=np.float32).reshape(2, 2) / 4 for n in range(4)]


def give_weights(layer, start):
    values = [np.linspace(start, start + 1, w.size).reshape(w.shape) for w in layer.get_weights()]
    layer.set_weights(values)


def make(layer_class=layers.SimpleRNN, merge_mode="concat", **how):
    both = layers.Bidirectional(layer_class(2, **how), merge_mode=merge_mode)
    both.build((2, 3, 3))
    give_weights(both.forward_layer, -0.5)
    give_weights(both.backward_layer, -0.4)
    return both


def scenario(variant, step):
    states = [tf.constant(array) for array in arrays]
    ahead, back = states[:2]

    with step("no state") as see:
        see(output=make()(x))

    with step("four tensors") as see:
        output, _h, c, backward_h, backward_c = make(layers.LSTM, return_state=True)(
            x, initial_state=states
        )
        see(output=output, cell=c, backward_hidden=backward_h, backward_cell=backward_c)

    with step("two tensors") as see:
        see(output=make()(x, initial_state=[ahead, back]))

    with step("a tuple of tensors") as see:
        see(output=make()(x, initial_state=(ahead, back)))

    with step("arrays") as see:
        see(output=make()(x, initial_state=arrays[:2]))

    with step("by position") as see:
        see(output=make()(x, [ahead, back]))

    with step("in a list with the input") as see:
        see(output=make()([tf.constant(x), ahead, back]))

    with step("with a mask") as see:
        mask = tf.constant([[True, True, False], [True, False, False]])
        see(output=make()(x, initial_state=[ahead, back], mask=mask))

    with step("half of the tensors that an LSTM needs") as see:
        see(output=make(layers.LSTM)(x, initial_state=states[:2]))

    with step("a single tensor") as see:
        see(output=make()(x, initial_state=ahead))

    with step("None instead of one") as see:
        see(output=make()(x, initial_state=[ahead, None]))

    with step("of another batch size") as see:
        see(output=make()(x, initial_state=[ahead[:1], back[:1]]))

    with step("time_major False") as see:
        see(output=make(time_major=False)(x, initial_state=[ahead, back]))

    with step("functional model, states are inputs") as see:
        inputs = [tf.keras.Input((3, 3)), tf.keras.Input((2,)), tf.keras.Input((2,))]
        output, *_ = make(return_state=True)(inputs[0], initial_state=inputs[1:])
        model = tf.keras.Model(inputs, output)
        see(output=model([x, *arrays[:2]]))

    with step("functional model, an input and a tensor") as see:
        inputs = [tf.keras.Input((3, 3)), tf.keras.Input((2,))]
        output = make()(inputs[0], initial_state=[inputs[1], tf.constant(arrays[1])])
        see(output=tf.keras.Model(inputs, output)([x, arrays[0]]))


if __name__ == "__main__":
    alone(scenario)
