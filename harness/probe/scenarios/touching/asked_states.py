"""`get_initial_state` of layers and cells, called in every form that a release has had."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = tf.constant(np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2))


def seen(states):
    """The container of states, and the states."""
    several = isinstance(states, (list, tuple))
    return {
        "a_list": isinstance(states, list),
        "a_tuple": isinstance(states, tuple),
        "output": np.stack([np.array(each) for each in states]) if several else np.array(states),
    }


def scenario(variant, step):
    lstm, cell, gru_cell = layers.LSTM(4), layers.LSTMCell(4), layers.GRUCell(4)
    stacked = layers.RNN([cell, gru_cell])
    forms = [
        ("layer, by position, inputs", lambda: lstm.get_initial_state(x)),
        ("layer, inputs", lambda: lstm.get_initial_state(inputs=x)),
        ("layer, by position, a batch size", lambda: lstm.get_initial_state(2)),
        ("layer, batch_size", lambda: lstm.get_initial_state(batch_size=2)),
        ("layer, without arguments", lstm.get_initial_state),
        (
            "layer, batch_size and dtype",
            lambda: lstm.get_initial_state(batch_size=2, dtype="float32"),
        ),
        ("cell, by position, inputs", lambda: cell.get_initial_state(x)),
        ("cell, inputs", lambda: cell.get_initial_state(inputs=x)),
        ("cell, by position, a batch size", lambda: cell.get_initial_state(2)),
        ("cell, batch_size", lambda: cell.get_initial_state(batch_size=2)),
        (
            "cell, batch_size and dtype",
            lambda: cell.get_initial_state(batch_size=2, dtype="float32"),
        ),
        (
            "cell, None, batch size and dtype by position",
            lambda: cell.get_initial_state(None, 2, "float32"),
        ),
        ("cell, without arguments", cell.get_initial_state),
        ("cell of one state, inputs", lambda: gru_cell.get_initial_state(inputs=x)),
        (
            "cell of one state, batch_size",
            lambda: gru_cell.get_initial_state(batch_size=2),
        ),
    ]
    for name, ask in forms:
        with step(name) as see:
            see(**seen(ask()))

    with step("layer of two cells, inputs by position") as see:
        first, second = stacked.get_initial_state(x)
        see(count=len(first), alone=not isinstance(second, (list, tuple)), output=first[0])

    with step("layer of two cells, batch_size") as see:
        first, second = stacked.get_initial_state(batch_size=2)
        see(count=len(first), alone=not isinstance(second, (list, tuple)), output=first[0])


if __name__ == "__main__":
    alone(scenario)
