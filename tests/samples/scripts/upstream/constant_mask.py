# Reported: a model whose LSTM has a constant mask cannot be loaded after it was saved.
# https://github.com/keras-team/keras/issues/17173
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 2 * 4 * 3).reshape(2, 4, 3).astype("float32")
mask = tf.constant([[True, True, True, False]] * 2)

inputs = tf.keras.Input((4, 3), batch_size=2)
lstm = tf.keras.layers.LSTM(6, kernel_initializer="ones", recurrent_initializer="ones")
model = tf.keras.Model(inputs, lstm(inputs, mask=mask))
before = model(x).numpy()
print(before.sum())

model.save("lstm.h5")
loaded = tf.keras.models.load_model("lstm.h5", compile=False)
after = loaded(x).numpy()
print(np.abs(after - before).max())
