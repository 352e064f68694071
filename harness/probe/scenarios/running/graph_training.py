"""Training in a graph: how often fit and predict trace a model, and whether its state survives.

The optimizer has a learning rate of zero, so that the weights stay as they are.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 3, dtype=np.float32).reshape(2, 3, 3)
y = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)
two_batches = {"x": np.concatenate([x, x]), "y": np.concatenate([y, y]), "batch_size": 2}


class Model(tf.keras.Model):
    """Trains and predicts as ever, but spares tf_keras 2.16 that AutoGraph converts it, in 15 s."""

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data):
        return super().train_step(data)

    @tf.autograph.experimental.do_not_convert
    def predict_step(self, data):
        return super().predict_step(data)


class Counting(layers.Layer):
    """Passes its input on, and counts how often Python runs it: once for each trace."""

    traces = 0

    def call(self, inputs):
        Counting.traces += 1
        return inputs


def make(length=3, batch_size=2, **how):
    inputs = tf.keras.Input((length, 3), batch_size=batch_size)
    layer = layers.SimpleRNN(2, **how)
    model = Model(inputs, layer(Counting()(inputs)))
    layer.set_weights(
        [np.linspace(-0.5, 0.5, w.size).reshape(w.shape) for w in layer.get_weights()]
    )
    model.compile(tf.keras.optimizers.SGD(0.0), "mse")
    return model, layer


def scenario(variant, step):
    # unrolled, since the gradient of a loop takes twice as long to trace
    model, layer = make(stateful=True, unroll=True)

    for name in ("fit, two epochs of two batches", "fit, once more after a reset"):
        with step(name) as see:
            layer.reset_states()
            Counting.traces = 0
            model.fit(**two_batches, epochs=2, shuffle=False, verbose=0)
            see(state=layer.states[0].numpy(), traces=Counting.traces)

    with step("stateful, predict, then another length") as see:
        model, layer = make(length=None, stateful=True)
        Counting.traces = 0
        first = model.predict(x, batch_size=2, verbose=0)
        see(first=first, traces=Counting.traces)
        shorter = model.predict(x[:, :2], batch_size=2, verbose=0)
        see(shorter=shorter, state=layer.states[0].numpy(), traces_of_both=Counting.traces)

    with step("predict, then another batch size") as see:
        model, _ = make(batch_size=None, unroll=True)
        Counting.traces = 0
        first = model.predict(x, batch_size=2, verbose=0)
        see(first=first, traces=Counting.traces)
        row = model.predict(x[:1], batch_size=1, verbose=0)
        see(row=row, traces_of_both=Counting.traces)


if __name__ == "__main__":
    alone(scenario)
