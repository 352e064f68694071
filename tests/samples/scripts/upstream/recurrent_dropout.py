# Reported: in training with recurrent_dropout, the output of a GRU grows without bounds.
# https://github.com/keras-team/keras/issues/20276
import numpy as np
import tensorflow as tf

n = 20
x = tf.zeros((2, 3, 1))
ones = tf.ones((2, n))

gru = tf.keras.layers.GRU(n, recurrent_dropout=0.5)
gru.build((2, 3, 1))
kernel = np.zeros((1, 3 * n), np.float32)
recurrent_kernel = np.zeros((n, 3 * n), np.float32)
bias = np.zeros((2, 3 * n), np.float32)
bias[:, :n] = 100  # the update gate is one: the old state is kept
gru.set_weights([kernel, recurrent_kernel, bias])

y = gru(x, initial_state=[ones], training=False)
print(y.numpy().mean())
y = gru(x, initial_state=[ones], training=True)
kept = bool(np.all(y == ones))
print("kept in training:", kept)
