"""Saved weights: files of weights alone, checkpoints, and whether the state of a layer travels."""

import os
import tempfile

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3)


class Model(tf.keras.Model):
    """A model of one layer."""

    def __init__(self, rnn):
        super().__init__()
        self.rnn = rnn

    def build(self, input_shape):
        self.rnn.build(input_shape)
        self.built = True

    def call(self, inputs):
        return self.rnn(inputs)


def make(start, rnn=None, data=x):
    """A model whose weights go from -1 to 1, or are zeros."""
    model = Model(rnn or layers.SimpleRNN(2))
    model.build(data.shape)
    values = [start * np.linspace(-1, 1, w.size).reshape(w.shape) for w in model.get_weights()]
    model.set_weights(values)
    return model


def stateful(start, data=x):
    """A model with a state other than zeros, unless its weights are zeros."""
    model = make(start, layers.SimpleRNN(2, stateful=True), data)
    model(data)
    return model


def state(model):
    return model.rnn.states[0].numpy()


def scenario(variant, step):
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)  # so that an error names a file without its directory

        for name in ("a.h5", "b.weights.h5", "c"):
            with step("weights in a file named " + name) as see:
                make(1).save_weights(name)
                model = make(0)
                model.load_weights(name)
                see(output=model(x))

        with step("weights as a checkpoint") as see:
            make(1).save_weights(("d"), save_format="tf")
            model = make(0)
            model.load_weights("d")
            see(output=model(x))

        with step("tf.train.Checkpoint") as see:
            saved = tf.train.Checkpoint(model=make(1)).save("e")
            model = make(0)
            tf.train.Checkpoint(model=model).restore(saved)
            see(output=model(x))

        for at, (name, rnn) in enumerate(
            (
                ("two cells of one kind", lambda: layers.RNN([layers.GRUCell(2) for _ in "ab"])),
                ("a Bidirectional", lambda: layers.Bidirectional(layers.SimpleRNN(2))),
            )
        ):
            with step("weights of " + name) as see:
                file = "{}.weights.h5".format(at)
                make(1, rnn()).save_weights(file)
                model = make(0, rnn())
                model.load_weights(file)
                see(output=model(x))

        with step("weights of a subclass, into the class of Keras") as see:
            file = "f.weights.h5"
            make(1, type("Mine", (layers.SimpleRNN,), {})(2)).save_weights(file)
            model = make(0)
            model.load_weights(file)
            see(output=model(x))

        with step("state, by get_weights") as see:
            model = stateful(0)
            model.set_weights(stateful(1).get_weights())
            see(state=state(model))

        with step("state, in a file of weights") as see:
            stateful(1).save_weights("g.weights.h5")
            model = stateful(0)
            model.load_weights("g.weights.h5")
            see(state=state(model))

        with step("state, in a tf.train.Checkpoint") as see:
            saved = tf.train.Checkpoint(model=stateful(1)).save("h")
            model = stateful(0)
            tf.train.Checkpoint(model=model).restore(saved)
            see(state=state(model))

        with step("state of another batch size, in a file of weights") as see:
            stateful(1).save_weights("i.weights.h5")
            model = stateful(0, x[:1])
            model.load_weights("i.weights.h5")
            see(output=model(x[:1]))

        with step("state of another batch size, in a tf.train.Checkpoint") as see:
            saved = tf.train.Checkpoint(model=stateful(1)).save("j")
            model = stateful(0, x[:1])
            tf.train.Checkpoint(model=model).restore(saved)
            see(state=state(model))

        os.chdir(before)


if __name__ == "__main__":
    alone(scenario)
