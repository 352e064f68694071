"""A functional model whose states are inputs: the forms in which a caller gives them, or some."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

x = np.linspace(-0.5, 1, 2 * 1 * 2, dtype=np.float32).reshape(2, 1, 2)
h = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)
c = np.array([[1.0, 0.5], [-1.0, 0.0]], np.float32)


def make(form, **how):
    """A model of an LSTM with the sequence, `h` and `c` as its inputs, in a list or a dict."""
    ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
    lstm = tf.keras.layers.LSTM(2, unroll=True, **ones, **how)
    size = 2 if how.get("stateful") else None
    inputs = tf.keras.Input((1, 2), batch_size=size, name="inputs")
    states = [tf.keras.Input((2,), batch_size=size, name="state_" + name) for name in "hc"]
    output = lstm(inputs, initial_state=states)
    if form is dict:
        named = dict(zip(("inputs", "state_h", "state_c"), [inputs, *states]))
        return tf.keras.Model(named, output)
    return tf.keras.Model([inputs, *states], output)


def scenario(variant, step):
    sequence, hidden, cell = tf.constant(x), tf.constant(h), tf.constant(c)
    named = {"inputs": sequence, "state_h": hidden, "state_c": cell}
    # a value of its own, which shows whether a model takes the additional name for a state
    with_another = dict(named, other=tf.zeros((2, 2)))
    model = make(list)

    with step("a list") as see:
        see(output=model([sequence, hidden, cell]))

    with step("a tuple") as see:
        see(output=model((sequence, hidden, cell)))

    with step("a dict by the names of the inputs") as see:
        see(output=model(named))

    with step("a dict with a name more") as see:
        see(output=model(with_another))

    with step("a dict with a name less") as see:
        see(output=model({"inputs": sequence, "state_h": hidden}))

    with step("the sequence and one state") as see:
        see(output=model([sequence, hidden]))

    with step("the sequence alone") as see:
        see(output=model(sequence))

    with step("a state too many") as see:
        see(output=model([sequence, hidden, cell, cell]))

    with step("None for a state") as see:
        see(output=model([sequence, hidden, None]))

    with step("states of other units") as see:
        see(output=model([sequence, tf.ones((2, 3)), tf.ones((2, 3))]))

    model_of_dict = make(dict)
    with step("model of a dict, a dict") as see:
        see(output=model_of_dict(named))

    with step("model of a dict, a name more") as see:
        see(output=model_of_dict(with_another))

    with step("model of a dict, a name less") as see:
        see(output=model_of_dict({"inputs": sequence, "state_h": hidden}))

    with step("model of a dict, a list") as see:
        see(output=model_of_dict([sequence, hidden, cell]))

    with step("stateful, a later call") as see:
        stateful = make(list, stateful=True)
        stateful([sequence, hidden, cell])
        see(output=stateful([sequence, hidden, cell]))

    with step("stateful, reset_states of the model") as see:
        stateful = make(list, stateful=True)
        stateful([sequence, hidden, cell])
        stateful.reset_states()
        see(output=stateful([sequence, tf.zeros((2, 2)), tf.zeros((2, 2))]))


if __name__ == "__main__":
    alone(scenario)
