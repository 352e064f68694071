"""Kinds of calls: a stateful model keeps one state, whichever way runs the model.

A model runs in every way once, on the same batch, so each output shows what the way before left.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 3, dtype=np.float32).reshape(2, 3, 3)


class Model(tf.keras.Model):
    """Predicts as ever, but spares tf_keras 2.16 that AutoGraph converts it, in 10 s."""

    @tf.autograph.experimental.do_not_convert
    def predict_step(self, data):
        return super().predict_step(data)


def make(batch_size=2):
    inputs = tf.keras.Input(shape=(3, 3), batch_size=batch_size)
    layer = layers.SimpleRNN(2, stateful=True)
    model = Model(inputs, layer(inputs))
    layer.set_weights(
        [np.linspace(-0.5, 0.5, w.size).reshape(w.shape) for w in layer.get_weights()]
    )
    return model, layer


def scenario(variant, step):
    model, layer = make()

    with step("call") as see:
        see(output=model(x), state=layer.states[0].numpy())

    with step("predict after the call") as see:
        see(output=model.predict(x, batch_size=2, verbose=0), state=layer.states[0].numpy())

    with step("predict_on_batch after predict") as see:
        see(output=model.predict_on_batch(x), state=layer.states[0].numpy())

    with step("call after predict_on_batch") as see:
        see(output=model(x), state=layer.states[0].numpy())

    with step("predict after a reset, two batches") as see:
        layer.reset_states()
        see(output=model.predict(np.concatenate([x, x]), batch_size=2, verbose=0))

    with step("predict, a partial last batch") as see:
        layer.reset_states()
        see(output=model.predict(np.concatenate([x, x[:1]]), batch_size=2, verbose=0))

    with step("batch size unknown at build") as see:
        unknown, _ = make(batch_size=None)
        see(output=unknown(x))


if __name__ == "__main__":
    alone(scenario)
