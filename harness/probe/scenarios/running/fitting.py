"""Fitting: what fit, evaluate and train_on_batch do with the state of a stateful model.

The optimizer has a learning rate of zero: the weights stay as they are, so that the state after
each step shows how many batches went through the layer since its last reset.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 3, dtype=np.float32).reshape(2, 3, 3)
y = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)
two_batches = {"x": np.concatenate([x, x]), "y": np.concatenate([y, y]), "batch_size": 2}


def make(**how):
    inputs = tf.keras.Input(shape=(3, 3), batch_size=2)
    layer = layers.SimpleRNN(2, stateful=True)
    model = tf.keras.Model(inputs, layer(inputs))
    layer.set_weights(
        [np.linspace(-0.5, 0.5, w.size).reshape(w.shape) for w in layer.get_weights()]
    )
    model.compile(tf.keras.optimizers.SGD(0.0), "mse", **how)
    return model, layer


def scenario(variant, step):
    model, layer = make()

    def state():
        return layer.states[0].numpy()

    with step("evaluate after a call") as see:
        layer.reset_states()
        model(x)
        loss = model.evaluate(x, y, batch_size=2, verbose=0)
        see(loss=np.float32(loss), state=state())

    # eagerly, since tf_keras 2.16 takes 15 s to trace a training step
    model, layer = make(run_eagerly=True)

    with step("eagerly, fit, two epochs of two batches") as see:
        layer.reset_states()
        model.fit(**two_batches, epochs=2, shuffle=False, verbose=0)
        see(state=state())

    with step("eagerly, fit with validation data") as see:
        layer.reset_states()
        model.fit(x, y, batch_size=2, validation_data=(x, y), shuffle=False, verbose=0)
        see(state=state())

    with step("eagerly, fit, a reset at the start of each epoch") as see:
        layer.reset_states()
        reset = tf.keras.callbacks.LambdaCallback(on_epoch_begin=lambda *_: layer.reset_states())
        model.fit(x, y, batch_size=2, epochs=2, callbacks=[reset], shuffle=False, verbose=0)
        see(state=state())

    with step("eagerly, test_on_batch after train_on_batch") as see:
        other, kept = make(run_eagerly=True)  # one without losses of earlier steps
        other.train_on_batch(x, y)
        loss = other.test_on_batch(x, y)
        see(loss=np.float32(loss), state=kept.states[0].numpy())

    with step("eagerly, predict after fit") as see:
        layer.reset_states()
        model.fit(x, y, batch_size=2, shuffle=False, verbose=0)
        see(output=model.predict(x, batch_size=2, verbose=0), state=state())

    with step("eagerly, fit, a partial last batch") as see:
        layer.reset_states()
        rows = {"x": np.concatenate([x, x[:1]]), "y": np.concatenate([y, y[:1]])}
        model.fit(**rows, batch_size=2, shuffle=False, verbose=0)
        see(state=state())


if __name__ == "__main__":
    alone(scenario)
