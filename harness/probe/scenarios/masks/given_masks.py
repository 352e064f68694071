"""Masks that are given to a layer: the forms that a layer takes, and what it makes of each.

`MASK` is true where a time step counts: the first sample is padded at its end, the second one has
a gap.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

MASK = np.array([[1, 1, 0], [1, 0, 1]], bool)
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3)
padded = x * MASK[:, :, None].astype(np.float32)
start = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)


def weighted(layer, *shape):
    """The layer with fixed weights."""
    layer.build(shape or x.shape)
    layer.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in layer.get_weights()])
    return layer


def scenario(variant, step):
    layers = tf.keras.layers
    see_all = {"return_sequences": True, "return_state": True}
    rnn = weighted(layers.SimpleRNN(2, **see_all))
    lstm = weighted(layers.LSTM(2, **see_all))

    with step("Masking") as see:
        out, state = rnn(layers.Masking()(padded))
        see(output=out, state=state)

    with step("Embedding with mask_zero") as see:
        embedding = weighted(layers.Embedding(6, 3, mask_zero=True), 2, 3)
        out, state = rnn(embedding(np.array([[1, 2, 0], [4, 0, 5]])))
        see(output=out, state=state)

    with step("tensor") as see:
        out, state = rnn(x, mask=tf.constant(MASK))
        see(output=out, state=state)

    with step("NumPy array") as see:
        out, state = rnn(x, mask=MASK)
        see(output=out, state=state)

    with step("integers, LSTM") as see:
        out, hidden, cell = lstm(x, mask=tf.constant(MASK.astype(np.int32)))
        see(output=out, hidden=hidden, cell=cell)

    with step("floats, GRU") as see:
        out, state = weighted(layers.GRU(2, **see_all))(
            x, mask=tf.constant(MASK.astype(np.float32))
        )
        see(output=out, state=state)

    with step("list of a tensor") as see:
        out, state = rnn(x, mask=[tf.constant(MASK)])
        see(output=out, state=state)

    with step("an axis more") as see:
        out, state = rnn(x, mask=tf.constant(MASK[:, :, None]))
        see(output=out, state=state)

    with step("one mask for all samples") as see:
        out, state = rnn(x, mask=tf.constant(MASK[:1]))
        see(output=out, state=state)

    with step("shorter than the sequence") as see:
        out, state = rnn(x, mask=tf.constant(MASK[:, :2]))
        see(output=out, state=state)

    with step("all steps masked, LSTM") as see:
        mask = tf.constant(np.zeros_like(MASK))
        states = [tf.constant(start), tf.constant(-start)]
        out, hidden, cell = lstm(x, mask=mask, initial_state=states)
        see(output=out, hidden=hidden, cell=cell)

    with step("tensor, with initial_state") as see:
        out, state = rnn(x, mask=tf.constant(MASK), initial_state=[tf.constant(start)])
        see(output=out, state=state)

    with step("Masking, with initial_state") as see:
        out, state = rnn(layers.Masking()(padded), initial_state=[tf.constant(start)])
        see(output=out, state=state)

    with step("another mask than that of the input") as see:
        out, state = rnn(layers.Masking()(padded), mask=tf.constant(MASK[::-1]))
        see(output=out, state=state)

    with step("None, with a masked input") as see:
        out, state = rnn(layers.Masking()(padded), mask=None)
        see(output=out, state=state)

    with step("attached to the input by hand") as see:
        given = tf.constant(x)
        given._keras_mask = tf.constant(MASK)
        out, state = rnn(given)
        see(output=out, state=state)

    with step("input of a model") as see:
        inputs = [tf.keras.Input((3, 3)), tf.keras.Input((3,), dtype="bool")]
        model = tf.keras.Model(inputs, rnn(inputs[0], mask=inputs[1]))
        out, state = model([x, MASK])
        see(output=out, state=state)

    with step("constant in a model, from its config") as see:
        inputs = tf.keras.Input((3, 3), batch_size=2)
        model = tf.keras.Model(inputs, rnn(inputs, mask=tf.constant(MASK)))
        again = tf.keras.Model.from_config(model.get_config())
        again.set_weights(model.get_weights())
        out, state = again(x)
        see(output=out, state=state)


if __name__ == "__main__":
    alone(scenario)
