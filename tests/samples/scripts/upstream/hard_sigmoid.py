# Reported: hard_sigmoid is not what its documentation says, it saturates at 3 and not at 2.5.
# https://github.com/tensorflow/tensorflow/issues/65381
import numpy as np
import tensorflow as tf

x = np.linspace(-4, 4, 2 * 5 * 3).reshape(2, 5, 3).astype("float32")

plain = tf.keras.layers.LSTM(2, kernel_initializer="ones", recurrent_initializer="ones")
y = plain(x)
print(y.numpy())

hard = tf.keras.layers.LSTM(
    2,
    kernel_initializer="ones",
    recurrent_initializer="ones",
    recurrent_activation="hard_sigmoid",
)
y = hard(x)
print(y.numpy())
