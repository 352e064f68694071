# Reported: a ConvLSTM2D whose initial_state is a Keras input gets that state twice, and fails.
# https://github.com/tensorflow/tensorflow/issues/35306
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 2 * 3 * 4 * 4).reshape(2, 3, 4, 4, 1).astype("float32")
state = np.linspace(0, 1, 2 * 4 * 4 * 2).reshape(2, 4, 4, 2).astype("float32")

layer = tf.keras.layers.ConvLSTM2D(
    2,
    3,
    padding="same",
    recurrent_activation="sigmoid",
    kernel_initializer="ones",
    recurrent_initializer="ones",
)
y = layer(x)
print(y.numpy().sum())
y = layer(x, initial_state=[tf.constant(state), tf.constant(-state)])
print(y.numpy().sum())

inputs = tf.keras.Input((3, 4, 4, 1))
h = tf.keras.Input((4, 4, 2))
c = tf.keras.Input((4, 4, 2))
model = tf.keras.Model([inputs, h, c], layer(inputs, initial_state=[h, c]))
y = model([x, state, -state])
print(y.numpy().sum())
