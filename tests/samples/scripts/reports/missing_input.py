# A model leaves out the input that its GRU gets the state from.
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)

inputs = tf.keras.Input((4, 3))
state = tf.keras.Input((2,))
gru = tf.keras.layers.GRU(2, kernel_initializer="ones", recurrent_initializer="ones")
outputs = gru(inputs, initial_state=state)

model = tf.keras.Model(inputs, outputs)
print("the model is made")
y = model(x)
print(y)
