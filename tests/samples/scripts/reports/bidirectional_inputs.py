# The states of a Bidirectional LSTM are given in one list with the input.
import numpy as np
import tensorflow as tf

x = tf.constant(np.linspace(-1, 1, 2 * 4 * 3).reshape(2, 4, 3), tf.float32)
h = tf.ones((2, 5))
c = tf.zeros((2, 5))

layer = tf.keras.layers.Bidirectional(
    tf.keras.layers.LSTM(5, kernel_initializer="ones", recurrent_initializer="ones")
)
y = layer(x)
print(y.numpy().sum())
y = layer([x, h, c, h, c])
print(y.numpy().sum())
