# Requested: Keras layers, recurrent ones among them, should take ragged tensors.
# https://github.com/tensorflow/tensorflow/issues/27170
import tensorflow as tf

sentences = tf.ragged.constant([[[1.0], [2.0], [3.0]], [[1.0]]], inner_shape=(1,))

lstm = tf.keras.layers.LSTM(2, kernel_initializer="ones", recurrent_initializer="ones")
one_by_one = [lstm(sentences[n][None]).numpy() for n in range(2)]
print(one_by_one)

together = lstm(sentences)
print(together.numpy())
