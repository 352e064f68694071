"""TimeDistributed and masks: those that it is given, makes and hands on, and of another length."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
words = np.array([[[1, 2, 0], [3, 0, 0]], [[2, 2, 2], [1, 3, 0]]])  # (batch, sentence, word)
x = np.linspace(-1, 1, 2 * 2 * 3 * 2, dtype=np.float32).reshape(2, 2, 3, 2)
flat = x.reshape(2, 4, 3)
counting = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], dtype=bool)
padded = np.where(counting[:, :, None], flat, 0).astype(np.float32)


def give_weights(layer, start):
    values = [np.linspace(start, start + 1, w.size).reshape(w.shape) for w in layer.get_weights()]
    layer.set_weights(values)


def built(layer, shape, start=-0.5):
    layer.build(shape)
    give_weights(layer, start)
    return layer


def make_embedding():
    return built(layers.Embedding(4, 2, mask_zero=True), (None, 3), -0.6)


def make_rnn():
    return built(layers.SimpleRNN(2), (None, 3, 2))


def make_dense():
    return built(layers.Dense(2), (None, 3))


def scenario(variant, step):
    mask = tf.constant(counting)
    inner_mask = tf.constant(words != 0)

    with step("sentence by sentence") as see:
        rnn, embedding = make_rnn(), make_embedding()
        see(output=tf.stack([rnn(embedding(words[:, n])) for n in range(2)], axis=1))

    with step("the mask of an Embedding reaches the next") as see:
        embedded = layers.TimeDistributed(make_embedding())(words)
        see(output=layers.TimeDistributed(make_rnn())(embedded))

    with step("the mask of an Embedding reaches an LSTM") as see:
        lstm = built(layers.LSTM(2), (None, 3, 2))
        embedded = layers.TimeDistributed(make_embedding())(words)
        see(output=layers.TimeDistributed(lstm)(embedded))

    with step("the mask of an Embedding, around a Sequential") as see:
        inner = tf.keras.Sequential([tf.keras.Input((3,)), make_embedding(), make_rnn()])
        see(output=layers.TimeDistributed(inner)(words))

    with step("the mask of an Embedding, functional") as see:
        inputs = tf.keras.Input((2, 3))
        embedded = layers.TimeDistributed(make_embedding())(inputs)
        output = layers.TimeDistributed(make_rnn())(embedded)
        see(output=tf.keras.Model(inputs, output)(words))

    with step("a mask of words given to a recurrent layer") as see:
        see(output=layers.TimeDistributed(make_rnn())(x, mask=inner_mask))

    with step("a mask of sentences given to a Dense") as see:
        see(output=layers.TimeDistributed(make_dense())(flat, mask=mask))

    with step("the mask passes a Dense on its way") as see:
        between = layers.TimeDistributed(make_dense())(layers.Masking()(padded))
        see(output=built(layers.SimpleRNN(2), (None, 4, 2))(between))

    with step("the mask of words is one of sentences") as see:
        between = layers.TimeDistributed(make_rnn())(
            x, mask=tf.constant([[[True] * 3, [False] * 3]] * 2)
        )
        see(output=built(layers.SimpleRNN(2), (None, 2, 2))(between))

    with step("a mask of 3 steps instead of 4") as see:
        see(output=layers.TimeDistributed(make_dense())(flat, mask=tf.ones((2, 3), tf.bool)))

    with step("a mask of 5 steps instead of 4") as see:
        see(output=layers.TimeDistributed(make_dense())(flat, mask=tf.ones((2, 5), tf.bool)))

    with step("a mask of 3 steps instead of 2, around a layer that takes it") as see:
        rnn = layers.TimeDistributed(make_rnn())
        see(output=rnn(x, mask=tf.ones((2, 3, 3), tf.bool)))

    with step("a mask of another batch size") as see:
        see(output=layers.TimeDistributed(make_dense())(flat, mask=mask[:1]))

    with step("a mask without steps") as see:
        see(output=layers.TimeDistributed(make_dense())(flat, mask=mask[:, 0]))

    with step("Masking, a batch of any size in tf.function") as see:
        dense, any_batch = layers.TimeDistributed(make_dense()), tf.TensorSpec((None, 4, 3))
        call = lambda a: dense(layers.Masking()(a))  # noqa: E731
        see(output=tf.function(call, input_signature=[any_batch], autograph=False)(padded))


if __name__ == "__main__":
    alone(scenario)
