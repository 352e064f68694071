# reset_states() of a model of one's own: which stateful layers does it reach?
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)


def lstm():
    return tf.keras.layers.LSTM(
        2, kernel_initializer="ones", recurrent_initializer="ones", stateful=True
    )


class Block(tf.keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.lstm = lstm()

    def call(self, inputs):
        return self.lstm(inputs)


class Wrapped(tf.keras.Model):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, inputs):
        return self.inner(inputs)


flat = Wrapped(lstm())
nested = Wrapped(Block())
first = flat(x).numpy()
assert np.allclose(first, nested(x))

second = flat(x).numpy()
assert np.allclose(second, nested(x))
print("goes on:", not np.allclose(first, second))

flat.reset_states()
print("reset:", np.allclose(first, flat(x)))
nested.reset_states()
print("reset inside a layer:", np.allclose(first, nested(x)))
