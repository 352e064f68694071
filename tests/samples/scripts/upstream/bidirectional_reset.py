# Reported: model.reset_states() fails for a stateful Bidirectional that is given its state.
# https://github.com/tensorflow/tensorflow/issues/38403
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 2 * 4 * 3).reshape(2, 4, 3).astype("float32")
states = [np.full((2, 5), 0.1 * n, np.float32) for n in range(4)]

inputs = tf.keras.Input((4, 3), batch_size=2)
given = [tf.keras.Input((5,), batch_size=2) for _ in range(4)]
layer = tf.keras.layers.Bidirectional(
    tf.keras.layers.LSTM(
        5, kernel_initializer="ones", recurrent_initializer="ones", stateful=True
    )
)
outputs = layer(inputs, initial_state=given)
model = tf.keras.Model([inputs] + given, outputs)
y = model([x] + states)
print(y.numpy().sum())

y = model([x] + states)
print(y.numpy().sum())

model.reset_states()
y = model([x] + states)
print(y.numpy().sum())
