# RNN([cell, cell]): its state is given nested, reset, and given flat.
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)


def make(**kwargs):
    cells = [
        tf.keras.layers.LSTMCell(n, kernel_initializer="ones", recurrent_initializer="ones")
        for n in (5, 2)
    ]
    return tf.keras.layers.RNN(cells, return_state=True, **kwargs)


nested = [[tf.fill((2, n), 0.1 * n), tf.fill((2, n), -0.1 * n)] for n in (5, 2)]
flat = nested[0] + nested[1]

out, *final = make()(x)
print("nothing", np.mean(out), len(final))

out, *final = make()(x, initial_state=nested)
print("nested", np.mean(out))

inputs = tf.keras.Input((4, 3))
given = [[tf.keras.Input((n,)), tf.keras.Input((n,))] for n in (5, 2)]
result = make()(inputs, initial_state=given)[0]
model = tf.keras.Model([inputs, given], result)
out = model([tf.constant(x), nested])
print("model", np.mean(out))

layer = make(stateful=True)
out = layer(x)[0]
out = layer(x)[0]
print("stateful", np.mean(out))
layer.reset_states()
out = layer(x)[0]
print("reset", np.mean(out))

out = make()(x, initial_state=flat)[0]
print("flat", np.mean(out))
