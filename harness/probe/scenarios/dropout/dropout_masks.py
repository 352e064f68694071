"""Dropout masks of gates: which gates and which samples drop the same units.

Each gate shows its mask in a block of the output of its own: the block is zero where the gate gets
a zero. With 32 units in a block, two masks that are drawn apart are never the same.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

n = 32  # units in a block
OPEN, SHUT = 100.0, -100.0  # what makes a gate 1, or 0
eye = np.eye(n, dtype=np.float32)
x = np.ones((2, 1, n), np.float32)

# the gates of a layer in the order of its weights, then the gate that shows its mask in each block,
# with the biases of the other gates there
LSTM = ("i", "f", "candidate", "o")
GRU = ("z", "r", "candidate")
BLOCKS = {
    LSTM: (
        ("i", {"f": SHUT, "candidate": OPEN, "o": OPEN}),
        ("f", {"i": SHUT, "candidate": OPEN, "o": OPEN}),
        ("candidate", {"i": OPEN, "f": SHUT, "o": OPEN}),
        ("o", {"i": OPEN, "f": SHUT, "candidate": OPEN}),
    ),
    GRU: (
        ("z", {"r": SHUT, "candidate": 0.0}),
        ("r", {"z": SHUT, "candidate": 0.0}),
        ("candidate", {"z": SHUT, "r": OPEN}),
    ),
}


def weights(gates, of_the_state):
    """Kernels and bias with which a layer puts out its masks of the input, or of the state.

    The state is read in its first block, which is the one of the first gate.
    """
    count = len(gates)
    shown = np.zeros((n, count * count * n), np.float32)
    bias = np.zeros(count * count * n, np.float32)
    for block, (gate, others) in enumerate(BLOCKS[gates]):
        for name, value in dict(others, **{gate: 0.0 if gate == "candidate" else -50.0}).items():
            first = (gates.index(name) * count + block) * n
            bias[first : first + n] = value
            if name == gate:
                shown[:, first : first + n] = eye * (1 if gate == "candidate" else 100)
    kernel, recurrent = np.zeros_like(shown), np.zeros((count * n, shown.shape[1]), np.float32)
    if of_the_state:
        recurrent[:n] = shown
    else:
        kernel = shown
    if gates == GRU:  # what the gate r lets pass
        second = np.zeros_like(bias)
        second[(2 * count + 1) * n :][:n] = 1.0
        bias = np.stack([bias, second])
    return [kernel, recurrent, bias]


def told(layer, gates, of_the_state=False):
    """Which masks a layer drew for one time step."""
    layer.build(x.shape)
    layer.set_weights(weights(gates, of_the_state))
    start = tf.ones((2, len(gates) * n))
    states = [start, start] if gates == LSTM else [start]
    kept = np.array(layer(x, initial_state=states, training=True)) > 0.1
    of_gates = np.split(kept[0], len(gates))
    return {
        "units_are_dropped": not kept.all(),
        "masks_of_gates": len(np.unique(of_gates, axis=0)),
        "same_for_each_sample": bool((kept[0] == kept[1]).all()),
    }


def scenario(variant, step):
    layers = tf.keras.layers

    def lstm(**how):
        return layers.LSTM(4 * n, **how)

    def gru(**how):
        return layers.GRU(3 * n, **how)

    for name, make, gates in (("LSTM", lstm, LSTM), ("GRU", gru, GRU)):
        with step(name + ", dropout") as see:
            see(**told(make(dropout=0.5), gates))

        with step(name + ", dropout, implementation 1") as see:
            see(**told(make(dropout=0.5, implementation=1), gates))

        with step(name + ", recurrent_dropout") as see:
            see(**told(make(recurrent_dropout=0.5), gates, of_the_state=True))

        with step(name + ", recurrent_dropout, implementation 2") as see:
            layer = make(recurrent_dropout=0.5, implementation=2)
            see(**told(layer, gates, of_the_state=True))

        with step(name + ", both, masks of the state") as see:
            layer = make(dropout=0.4, recurrent_dropout=0.6)
            see(**told(layer, gates, of_the_state=True))

    with step("LSTM, both, masks of the input") as see:
        see(**told(lstm(dropout=0.4, recurrent_dropout=0.6), LSTM))

    with step("RNN of an LSTMCell, dropout") as see:
        see(**told(layers.RNN(layers.LSTMCell(4 * n, dropout=0.5)), LSTM))

    with step("RNN of an LSTMCell, recurrent_dropout") as see:
        rnn = layers.RNN(layers.LSTMCell(4 * n, recurrent_dropout=0.5))
        see(**told(rnn, LSTM, of_the_state=True))


if __name__ == "__main__":
    alone(scenario)
