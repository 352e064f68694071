"""Short configs: layers and cells named by their class alone, as people write configs by hand."""

import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers


def named(kind, **config):
    return {"class_name": kind, "config": config}


def scenario(variant, step):
    with step("a layer") as see:
        see(units=layers.deserialize(named("LSTM", units=2)).units)

    with step("Bidirectional of a layer") as see:
        both = layers.Bidirectional.from_config({"layer": named("LSTM", units=2)})
        see(units=both.forward_layer.units)

    with step("TimeDistributed of a layer") as see:
        see(
            units=layers.TimeDistributed.from_config({"layer": named("Dense", units=2)}).layer.units
        )

    with step("RNN of a cell") as see:
        see(units=layers.RNN.from_config({"cell": named("LSTMCell", units=2)}).cell.units)

    with step("StackedRNNCells of a cell") as see:
        stack = layers.StackedRNNCells.from_config({"cells": [named("LSTMCell", units=2)]})
        see(units=stack.cells[0].units)

    with step("there and back") as see:
        config = layers.serialize(layers.Bidirectional(layers.LSTM(2)))
        see(units=layers.deserialize(config).forward_layer.units)


if __name__ == "__main__":
    alone(scenario)
