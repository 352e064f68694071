# A model whose LSTM starts from constants is saved and loaded.
import os
import tempfile

import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)
h = np.linspace(0, 1, 2 * 5, dtype=np.float32).reshape(2, 5)
folder = tempfile.mkdtemp()

# the state is an input
inputs = [tf.keras.Input((4, 3)), tf.keras.Input((5,)), tf.keras.Input((5,))]
lstm = tf.keras.layers.LSTM(5, kernel_initializer="ones", recurrent_initializer="ones")
model = tf.keras.Model(inputs, lstm(inputs[0], initial_state=inputs[1:]))
before = model([x, h, 1 - h]).numpy()
model.save(os.path.join(folder, "inputs.h5"))
loaded = tf.keras.models.load_model(os.path.join(folder, "inputs.h5"))
print(np.abs(loaded([x, h, 1 - h]) - before).max())

# the state is a constant
inputs = tf.keras.Input((4, 3), batch_size=2)
cell = tf.keras.layers.LSTMCell(5, kernel_initializer="ones", recurrent_initializer="ones")
rnn = tf.keras.layers.RNN(cell)
out = rnn(inputs, initial_state=[tf.constant(h), tf.constant(1 - h)])
model = tf.keras.Model(inputs, out)
before = model(x).numpy()
print(before.sum())
model.save(os.path.join(folder, "constants.h5"))
loaded = tf.keras.models.load_model(os.path.join(folder, "constants.h5"))
after = loaded(x).numpy()
print(np.abs(after - before).max())
