# A state is given to a Bidirectional LSTM in several ways.
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import LSTM, Bidirectional

x = tf.constant(np.linspace(-1, 1, 2 * 4 * 3).reshape(2, 4, 3), tf.float32)
states = [
    tf.constant(np.linspace(k, k + 1, 2 * 5).reshape(2, 5) / 4, tf.float32) for k in range(4)
]


def make(**kwargs):
    return Bidirectional(
        LSTM(5, return_state=True, kernel_initializer="ones", recurrent_initializer="ones", **kwargs)
    )


out, *final = make()(x)
print("no state", np.mean(out))

out, *final = make()(x, initial_state=states)
print("four states", np.mean(out))

out, *final = make()(x, initial_state=final)
print("the states that came back", np.mean(out))

inputs = [tf.keras.Input((4, 3))] + [tf.keras.Input((5,)) for _ in range(4)]
outputs = make()(inputs[0], initial_state=inputs[1:])[0]
model = tf.keras.Model(inputs, outputs)
out = model([x] + states)
print("a model, states are inputs", np.mean(out))

layer = make(stateful=True)
out = layer(x)[0]
again = layer(x)[0]
print("stateful", np.mean(out), np.mean(again))

out = make()([x] + states)[0]
print("states in the list of inputs", np.mean(out))
