# A cell of one's own with two states is saved to HDF5 and loaded.
import os
import tempfile

import numpy as np
import tensorflow as tf


class Leaky(tf.keras.layers.Layer):
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
        total, other = states
        total = 0.5 * total + tf.matmul(inputs, self.kernel)
        return total, [total, other + 1.0]

    def get_config(self):
        return dict(super().get_config(), units=self.units)


x = np.linspace(-1, 1, 2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)
inputs = tf.keras.Input((4, 3), batch_size=2)
model = tf.keras.Model(inputs, tf.keras.layers.RNN(Leaky(5), return_state=True)(inputs))
out, total, other = model(x)
print(np.mean(out), np.mean(other))

file = os.path.join(tempfile.mkdtemp(), "model.h5")
model.save(file)
loaded = tf.keras.models.load_model(file, custom_objects={"Leaky": Leaky})
out, total, other = loaded(x)
print(np.mean(out), np.mean(other))
