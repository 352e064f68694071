"""Saved custom cell: a cell of one's own with two states, saved, loaded, and cloned."""

import os
import tempfile

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

x = np.linspace(-1, 1, 2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)


class Leaky(tf.keras.layers.Layer):
    """Puts out half of its last sum and the sum of its input; its second state counts steps."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], self.units), initializer="ones"
        )
        self.built = True

    def call(self, inputs, states):
        total, count = states
        total = 0.5 * total + tf.matmul(inputs, self.kernel)
        return total, [total, count + 1.0]

    def get_config(self):
        return dict(super().get_config(), units=self.units)


def seen(model):
    out, total, count = model(x)
    return {"output": out, "total": total, "count": count}


def scenario(variant, step):
    inputs = tf.keras.Input((4, 3), batch_size=2)
    layer = tf.keras.layers.RNN(Leaky(2), return_state=True)
    model = tf.keras.Model(inputs, layer(inputs))

    with step("as made") as see:
        see(**seen(model))

    with tempfile.TemporaryDirectory() as directory:
        for suffix in (".h5", ".keras"):
            with step("saved as {}, and loaded".format(suffix)) as see:
                path = os.path.join(directory, "model" + suffix)
                model.save(path)
                see(**seen(tf.keras.models.load_model(path, custom_objects={"Leaky": Leaky})))

    with step("cloned in a scope") as see:
        with tf.keras.utils.custom_object_scope({"Leaky": Leaky}):
            copy = tf.keras.models.clone_model(model)
        see(**seen(copy))


if __name__ == "__main__":
    alone(scenario)
