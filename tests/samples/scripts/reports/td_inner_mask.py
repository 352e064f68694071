# Sentences of words, some padded: TimeDistributed around an Embedding, then around an LSTM.
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

words = np.array([[[1, 2, 0, 0], [3, 0, 0, 0]], [[2, 2, 2, 2], [1, 3, 0, 0]]])
vectors = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)

embedding = layers.Embedding(4, 3, mask_zero=True)
embedding.build((None, 4))
embedding.set_weights([vectors])
lstm = layers.LSTM(2, kernel_initializer="ones", recurrent_initializer="ones")

# what it should be: sentence by sentence
expected = np.stack([lstm(embedding(words[:, n])) for n in range(2)], axis=1)
print(expected.sum())

embedded = layers.TimeDistributed(embedding)(words)
out = layers.TimeDistributed(lstm)(embedded)
print(np.abs(expected - out).max())
