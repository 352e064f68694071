# A stateful ConvLSTM2D is reset: after two calls, to values, and before it is built.
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 2 * 3 * 4 * 4, dtype=np.float32).reshape(2, 3, 4, 4, 1)
ones = np.ones((2, 4, 4, 2), np.float32)

layer = tf.keras.layers.ConvLSTM2D(
    2,
    3,
    padding="same",
    recurrent_activation="sigmoid",
    stateful=True,
    kernel_initializer="ones",
    recurrent_initializer="ones",
)
first = layer(x)
second = layer(x)
print(np.mean(first), np.mean(second))

layer.reset_states()
again = layer(x)
print("after reset_states()", np.mean(again))

layer.reset_states(states=[ones, ones])
from_ones = layer(x)
print("from ones", np.mean(from_ones))

other = tf.keras.layers.ConvLSTM2D(2, 3, stateful=True, batch_size=2)
other.reset_states()
