"""Half precision: the states of layers that compute in it, with weights of single precision.

Gates are open or half open, and what goes through them is 1, or -1 at times in a SimpleRNN, so that
each value is exact in half precision, and a state that was kept or lost shows.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers


def make_lstm(policy):
    lstm = layers.LSTM(1, stateful=True, dtype=policy)
    lstm.build((1, 12, 1))
    # all gates are open but that of the output, which is half open: the cell counts the steps
    lstm.set_weights([np.array([[0, 0, 16, 0]]), np.zeros((1, 4)), np.array([20, 20, 0, 0])])
    return lstm


def make_gru(policy):
    gru = layers.GRU(1, stateful=True, dtype=policy)
    gru.build((1, 2, 1))
    # the gate is half open: the state goes half of the way to 1 in each step
    gru.set_weights([np.array([[0, 0, 16]]), np.zeros((1, 3)), np.zeros((2, 3))])
    return gru


def make_rnn(policy):
    rnn = layers.SimpleRNN(1, stateful=True, dtype=policy)
    rnn.build((1, 1, 1))
    # the state changes its sign in each step
    rnn.set_weights([np.array([[16]]), np.array([[-32]]), np.zeros(1)])
    return rnn


def policy_of(name):
    precision = tf.keras.mixed_precision
    if not hasattr(precision, "Policy"):  # before 2.4
        precision = precision.experimental
    return precision.Policy(name)


def seen(layer):
    return {"state_{}".format(at): state.numpy() for at, state in enumerate(layer.states)}


def scenario(variant, step):
    for name in ("mixed_float16", "mixed_bfloat16"):
        for kind, make, time in (
            ("LSTM", make_lstm, 12),
            ("GRU", make_gru, 2),
            ("SimpleRNN", make_rnn, 1),
        ):
            x = np.ones((1, time, 1), np.float32)

            with step("{}, {}, second call".format(kind, name)) as see:
                layer = make(policy_of(name))
                layer(x)
                output = layer(x)
                see(**dict(seen(layer), output=output))

            with step("{}, {}, after a reset".format(kind, name)) as see:
                layer = make(policy_of(name))
                layer(x)
                layer.reset_states()
                see(**dict(seen(layer), output=layer(x)))


if __name__ == "__main__":
    alone(scenario)
