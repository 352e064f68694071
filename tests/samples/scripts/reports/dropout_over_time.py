# Does an LSTM with dropout drop the same inputs in each time step?
import numpy as np
import tensorflow as tf

features, timesteps = 32, 6
x = np.ones((2, timesteps, features), np.float32)
eye = np.eye(features, dtype=np.float32)
off = np.zeros((features, features), np.float32)
one = np.ones(features, np.float32)

# no recurrence, open gates, no memory: an output changes over time only if its mask does
kernel = np.concatenate([off, off, eye, off], axis=1)
recurrent_kernel = np.zeros((features, 4 * features), np.float32)
bias = np.concatenate([100 * one, -100 * one, 0 * one, 100 * one])

lstm = tf.keras.layers.LSTM(features, dropout=0.5, return_sequences=True)
lstm.build(x.shape)
lstm.set_weights([kernel, recurrent_kernel, bias])
out = lstm(x, training=True)  # other numbers in each run
out = np.array(out)
drops = bool((out == 0).any())
print("drops", drops)
changes = bool((out != out[:, :1]).any())
print("changes over time", changes)
same = lstm(x, training=False)

rnn = tf.keras.layers.LSTM(features, dropout=0.5, implementation=1)
state = rnn(x, training=True)
print(state.shape)

gru = tf.keras.layers.GRU(features, implementation=1, reset_after=False)
state = gru(x)
print(state.shape)
