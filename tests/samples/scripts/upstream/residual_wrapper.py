# Reported: the cell wrappers of TensorFlow do not take the cells of tf.keras.layers.
# https://github.com/tensorflow/tensorflow/issues/25641
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 2 * 4 * 3).reshape(2, 4, 3).astype("float32")

cell = tf.keras.layers.LSTMCell(3, kernel_initializer="ones", recurrent_initializer="ones")
residual = tf.nn.RNNCellResidualWrapper(cell)
zeros = residual.get_initial_state(batch_size=2, dtype=tf.float32)
print(len(zeros), zeros[0].shape)

y = tf.keras.layers.RNN(residual)(x)
print(y.numpy())
