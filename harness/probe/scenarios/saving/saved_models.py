"""Saved models: a whole model in each format that a release has, loaded and called."""

import os
import tempfile

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3)


# a loop takes twice as long to build; weights and states are the same without
unrolled = {"unroll": True}


def make(layer):
    """A model of one layer, whose weights go from -1 to 1."""
    inputs = tf.keras.Input(x.shape[1:], batch_size=2)
    model = tf.keras.Model(inputs, layer(inputs))
    model.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in model.get_weights()])
    return model


def loaded(model, name):
    model.save(name)
    return tf.keras.models.load_model(name)


def scenario(variant, step):
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)  # so that an error names a file without its directory

        for suffix in (".h5", ".keras"):
            with step("Bidirectional, " + suffix) as see:
                layer = layers.Bidirectional(layers.SimpleRNN(2, **unrolled))
                see(output=loaded(make(layer), "both" + suffix)(x))

            with step("RNN of two cells, " + suffix) as see:
                layer = layers.RNN([layers.SimpleRNNCell(2), layers.SimpleRNNCell(2)], **unrolled)
                see(output=loaded(make(layer), "two" + suffix)(x))

            with step("stateful after a call, " + suffix) as see:
                model = make(layers.SimpleRNN(2, stateful=True, **unrolled))
                model(x)
                see(output=loaded(model, "stateful" + suffix)(x))

        with step("Bidirectional, unrolled, as a SavedModel") as see:
            make(layers.Bidirectional(layers.SimpleRNN(2, **unrolled))).save("both directory")
            see(saved=os.path.exists("both directory/saved_model.pb"))

        with step("stateful, unrolled, as a SavedModel") as see:
            model = make(layers.SimpleRNN(2, stateful=True, **unrolled))
            model(x)
            model.save("stateful directory")
            see(saved=os.path.exists("stateful directory/saved_model.pb"))

        with step("stateful after a call, SavedModel, two calls once loaded") as see:
            if not os.path.exists("stateful directory"):  # the layer may be saved if it loops
                model = make(layers.SimpleRNN(2, stateful=True))
                model(x)
                model.save("stateful directory")
            model = tf.keras.models.load_model("stateful directory")
            state = model.layers[-1].states[0].numpy()
            see(state=state, first=model(x), second=model(x))

        with step("stateful after a call, exported, two calls once loaded") as see:
            model = make(layers.SimpleRNN(2, stateful=True, **unrolled))
            model(x)
            model.export("exported")
            exported = tf.saved_model.load("exported")
            see(first=exported.serve(x), second=exported.serve(x))

        os.chdir(before)


if __name__ == "__main__":
    alone(scenario)
