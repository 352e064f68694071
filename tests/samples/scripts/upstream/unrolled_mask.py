# Reported: an unrolled RNN of two LSTM cells fails if its input is masked.
# https://github.com/tensorflow/tensorflow/issues/32570
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

x = np.linspace(-1, 1, 2 * 4 * 3).reshape(2, 4, 3).astype("float32")
x[:, 3] = 0


def stacked(unroll):
    cells = [
        layers.LSTMCell(n, kernel_initializer="ones", recurrent_initializer="ones")
        for n in (3, 2)
    ]
    return layers.RNN(cells, unroll=unroll)


masked = layers.Masking()(x)
y = stacked(unroll=False)(masked)
print(y.numpy())
y = stacked(unroll=True)(masked)
print(y.numpy())
